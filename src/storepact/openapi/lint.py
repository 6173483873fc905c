"""Lint: is the document itself sound?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from storepact.openapi.document import Fragment
from storepact.openapi.validators import compiled
from storepact.openapi.yaml import escape


@dataclass(frozen=True)
class Trouble:
    """One thing wrong with the document."""

    operation: str
    pointer: str
    message: str


def lint(fragment: Fragment) -> Iterator[Trouble]:
    """Everything wrong: not valid OpenAPI, examples that do not fit, links that lead nowhere."""
    maker = OpenAPIV30SpecValidator if fragment.dialect.startswith("3.0") else OpenAPIV31SpecValidator
    for error in maker(fragment.document).iter_errors():
        place = "".join(f"/{escape(token)}" for token in getattr(error, "absolute_path", ()))
        yield Trouble("", place, " ".join(str(getattr(error, "message", error)).split())[:300])
    for operation in fragment.operations.values():
        for pointer, schema in _examples(fragment, operation):
            for violation in compiled(fragment, schema).violations(fragment.at(pointer)):
                yield Trouble(operation.id, pointer, f"the example does not fit: {violation.place or '/'}: {violation.message}")
        for status in operation.responses:
            yield from _links(fragment, operation.id, f"{operation.pointer}/responses/{status}")


def _examples(fragment: Fragment, operation: Any) -> Iterator[tuple[str, str]]:
    schemas = [operation.body_pointer] if operation.body_pointer else []
    schemas += [pointer for response in operation.responses.values() for pointer in response.content.values()]
    for schema in schemas:
        media = schema.rpartition("/")[0]
        node = fragment.at(media)
        if "example" in node:
            yield f"{media}/example", schema
        for name in node.get("examples") or ():
            place = fragment.settle(f"{media}/examples/{escape(name)}")
            if "value" in fragment.at(place):
                yield f"{place}/value", schema


def _links(fragment: Fragment, operation: str, pointer: str) -> Iterator[Trouble]:
    links = fragment.resolve(fragment.at(pointer)).get("links")
    for name, link in links.items() if isinstance(links, Mapping) else ():
        aim = fragment.resolve(link).get("operationId")
        if aim is not None and aim not in fragment.operations:
            yield Trouble(operation, f"{pointer}/links/{escape(name)}", f"the link leads to {aim!r}, which is not there")
