"""Fresh cases that were drawn before: drawing them again takes longer than sending them.

The cases of a question depend on the document, the seed and the versions of the libraries that draw them, and
are kept by these. Those of the default seed are shipped in one file, so that a first run is no slower and a
run sends the same whatever the versions.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from storepact import __version__
from storepact.engines.corpus.files import document_digest
from storepact.engines.family import Family
from storepact.model.case import NOTHING, Case
from storepact.model.errors import StorepactError
from storepact.openapi.document import Document
from storepact.record.store import usable_folder, write_whole

#: The libraries that decide what is drawn.
_LIBRARIES = ("schemathesis", "hypothesis", "hypothesis-jsonschema")

#: How many files are kept; the oldest ones are deleted.
_MOST_FILES = 400

#: What files raise that are missing, damaged or of another form.
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)

Consume = Callable[[Case], None]


class DrawnCases:
    """A folder of drawn cases, a file for each question and seed. It may be deleted at any time."""

    def __init__(self, folder: Path, document: Document, family: Family, shipped: Path | None = None) -> None:
        """`shipped` is the file of cases that need not be drawn."""
        self._folder, self._document, self._family = folder, document, family
        self._shipped = shipped

    def replay(
        self, question: str, origin: tuple[int, int], draw: Callable[[Consume], None], consume: Consume
    ) -> None:
        """Hand the cases of a question to `consume`; `origin` is their seed and their number."""
        for case in self._shipped_cases(question, origin) or self._cases_of_folder(question, origin, draw):
            consume(case)

    def _shipped_cases(self, question: str, origin: tuple[int, int]) -> Sequence[Case] | None:
        if self._shipped is None:
            return None
        digest, cases = _read_fresh_cases(self._shipped)
        return cases.get(shipped_key(question, origin)) if digest == document_digest(self._document) else None

    def _cases_of_folder(
        self, question: str, origin: tuple[int, int], draw: Callable[[Consume], None]
    ) -> Sequence[Case]:
        path = self._folder / f"{self._key(question, origin)}.json"
        cases = _read(path)
        if cases is None:
            cases = []
            draw(cases.append)
            self._keep(path, cases)
        return cases

    def _key(self, question: str, origin: tuple[int, int]) -> str:
        parts = (document_digest(self._document), _versions(), self._family.name, question, origin)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def _keep(self, path: Path, cases: Sequence[Case]) -> None:
        with contextlib.suppress(StorepactError, OSError):
            usable_folder(self._folder)
            write_whole(path, json.dumps([_values(case) for case in cases]))
            files = sorted(self._folder.glob("*.json"), key=os.path.getmtime)
            for oldest in files[:-_MOST_FILES]:
                oldest.unlink(missing_ok=True)


def shipped_key(question: str, origin: tuple[int, int]) -> str:
    """The name of the cases of a question in the file of shipped cases; `origin` as in `replay`."""
    return f"{question}, seed {origin[0]}, {origin[1]}"


def render_fresh_cases(document: Document, cases: Mapping[str, Sequence[Case]]) -> str:
    """The text of the file of shipped cases, by their keys: a line for each case."""
    blocks = (
        f"    {json.dumps(key)}: [\n"
        + ",\n".join(f"      {json.dumps(_values(case))}" for case in cases[key])
        + "\n    ]"
        for key in sorted(cases)
    )
    digest = json.dumps(document_digest(document))
    return f'{{\n  "digest": {digest},\n  "cases": {{\n' + ",\n".join(blocks) + "\n  }\n}\n"


@lru_cache(maxsize=4)
def _read_fresh_cases(path: Path) -> tuple[str, dict[str, list[Case]]]:
    """The digest of the document and the cases of a file; none where it cannot be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        cases = {key: [_case(values) for values in entries] for key, entries in data["cases"].items()}
        return str(data["digest"]), cases
    except _UNREADABLE:
        return "", {}


def _read(path: Path) -> list[Case] | None:
    """The cases of a file; None where there is none, or none that can be read."""
    try:
        return [_case(values) for values in json.loads(path.read_text(encoding="utf-8"))]
    except _UNREADABLE:
        return None


def _values(case: Case) -> dict[str, Any]:
    """A generated case as JSON; a body that is no JSON has a character for each byte."""
    values: dict[str, Any] = {
        "operation": case.operation,
        "variant": case.variant,
        "source": case.source,
        "mutation": case.mutation,
        "path_parameters": case.path_parameters,
        "query": case.query,
        "headers": case.headers,
    }
    if isinstance(case.body, bytes):
        return {**values, "bytes": case.body.decode("latin-1")}
    return values if case.body is NOTHING else {**values, "body": case.body}


def _case(values: dict[str, Any]) -> Case:
    raw = values.pop("bytes", None)
    if raw is not None:
        values["body"] = raw.encode("latin-1")
    for name in ("path_parameters", "query", "headers"):
        values[name] = tuple((str(key), value) for key, value in values[name])
    return Case(**values)


@lru_cache(maxsize=1)
def _versions() -> tuple[str, ...]:
    return (__version__, *(f"{name} {_version(name)}" for name in _LIBRARIES))


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return ""
