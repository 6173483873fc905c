"""Cases from the document, by schemathesis: examples, boundaries (its coverage phase) and fuzzing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NotSet
from schemathesis.generation import GenerationMode

from storepact.engines.journey import ignore_source_constants, keep_unicode_table
from storepact.model.api import Api
from storepact.model.case import NOTHING, Case, CaseSource
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.openapi.variants import Variant, narrow_document

_CONFIG = {
    "generation": {"with-security-parameters": False},
    "phases": {"coverage": {"unexpected-methods": []}},
}


@lru_cache(maxsize=64)
def _load_schema(
    document: Document,
    identifier: str,
    kind: str | None,
    parameter: str | None,
    overrides: Any,
    placeholders: tuple[tuple[str, str], ...],
) -> Any:
    operation = document.operations[identifier]
    variant = Variant(kind, parameter, dict(overrides))
    fixed = dict(placeholders)
    config = SchemathesisConfig.from_dict(_CONFIG)
    schema = schemathesis.openapi.from_dict(
        narrow_document(document, operation, variant, fixed), config=config
    )
    return schema, schema[operation.path][operation.method], config


class SchemaCases:
    """The cases of one operation and variant. Deterministic for a seed."""

    def __init__(self, document: Document, operation: Operation, variant: Variant, api: Api) -> None:
        ignore_source_constants()
        keep_unicode_table()
        self.operation, self.variant = operation, variant
        self._placeholders = {
            parameter.name: api.placeholder(parameter.name) for parameter in operation.parameters_in("path")
        }
        overrides = tuple(sorted(variant.overrides.items()))
        self._schema, self._api, self._config = _load_schema(
            document,
            operation.id,
            variant.value,
            variant.parameter,
            overrides,
            tuple(self._placeholders.items()),
        )

    def examples(self) -> Iterator[Case]:
        """The document's own examples."""
        for strategy in self._api.get_strategies_from_examples():
            examples: list[Any] = []
            _draw(strategy, 1, 0, examples.append)
            yield from (self._case(example, "examples") for example in examples)

    def coverage(self) -> Iterator[Case]:
        """Boundary values of every keyword, valid and invalid; they depend on no seed."""
        generation = self._config.projects.default.generation
        for case in self._schema.iter_coverage_cases(
            self._api,
            generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
            generation_config=generation,
        ):
            yield self._case(case, "coverage")

    def fuzz(self, count: int, seed_: int, consume: Callable[[Case], None]) -> None:
        """Hand `count` random valid and `count` random invalid cases to `consume`.

        Without a body there is one valid request only. It is a case where the document leaves nothing that
        could be made invalid.
        """
        if self.operation.body_pointer is not None:
            self._fuzz(GenerationMode.POSITIVE, count, seed_, consume)
        has_invalid = self._fuzz(GenerationMode.NEGATIVE, count, seed_, consume)
        if self.operation.body_pointer is None and not has_invalid:
            self._fuzz(GenerationMode.POSITIVE, 1, seed_, consume)

    def _fuzz(self, mode: GenerationMode, count: int, seed_: int, consume: Callable[[Case], None]) -> bool:
        """Hand random cases of a mode to `consume`; returns whether there can be any."""
        strategy = self._api.as_strategy(generation_mode=mode)
        return _draw(strategy, count, seed_, lambda case: consume(self._case(case, "fuzzing")))

    def _case(self, raw: Any, source: CaseSource) -> Case:
        declared = {parameter.name for parameter in self.operation.parameters_in("query")}
        parameters = tuple(
            (name, str(value))
            for name, value in sorted((raw.path_parameters or {}).items())
            if str(value) != self._placeholders.get(name)
        )
        return Case(
            operation=self.operation.id,
            variant=self.variant.value,
            source=source,
            mutation=_mutation(raw),
            path_parameters=parameters,
            query=tuple(
                (name, str(value)) for name, value in sorted((raw.query or {}).items()) if name in declared
            ),
            headers=tuple(self._headers(raw)),
            body=NOTHING if isinstance(raw.body, NotSet) else raw.body,
        )

    def _headers(self, raw: Any) -> Iterator[tuple[str, str | None]]:
        sent = {name.lower(): str(value) for name, value in (raw.headers or {}).items()}
        for parameter in self.operation.parameters_in("header"):
            value = sent.get(parameter.name.lower())
            ordinary = parameter.schema.get("const")
            if value != ordinary:
                yield parameter.name, value
        if "content-type" in sent:
            yield "Content-Type", sent["content-type"]


def _mutation(raw: Any) -> str | None:
    """What schemathesis made invalid, in words; None for a valid case."""
    data = raw.meta.phase.data if raw.meta is not None else None
    if raw.meta is None or raw.meta.generation.mode is GenerationMode.POSITIVE:
        return None
    text = " ".join((getattr(data, "description", None) or "invalid data").split())
    parameter, location = getattr(data, "parameter", None), getattr(data, "parameter_location", None)
    place = getattr(location, "value", location)
    if parameter and place not in (None, "body") and str(parameter) not in text:
        text = f"{place} {parameter}: {text}"
    return text if len(text) <= 300 else f"{text[:297]}…"


def _draw(strategy: Any, count: int, seed_: int, consume: Callable[[Any], None]) -> bool:
    """Hand `count` values of a strategy to `consume`; returns whether it has any.

    What `consume` raises ends the drawing and is raised again, as it is: hypothesis does not see it.
    """
    errors: list[BaseException] = []

    @seed(seed_)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=False,
        print_blob=False,
    )
    @given(strategy)
    def run(case: Any) -> None:
        if errors:
            return
        try:
            consume(case)
        except BaseException as error:
            errors.append(error)

    try:
        run()
    except Unsatisfiable:
        return False
    if errors:
        raise errors[0]
    return True
