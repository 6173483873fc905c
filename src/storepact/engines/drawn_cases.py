"""Fresh cases of earlier runs: drawing them again takes longer than sending them.

The cases of a question depend on the document, the seed and the versions of the libraries that draw them, and
are kept by these.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Sequence
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

Consume = Callable[[Case], None]


class DrawnCases:
    """A folder of drawn cases, a file for each question and seed. It may be deleted at any time."""

    def __init__(self, folder: Path, document: Document, family: Family) -> None:
        self._folder, self._document, self._family = folder, document, family

    def replay(
        self, question: str, origin: tuple[int, int], draw: Callable[[Consume], None], consume: Consume
    ) -> None:
        """Hand the cases of a question to `consume`; `origin` is their seed and their number."""
        path = self._folder / f"{self._key(question, origin)}.json"
        cases = _read(path)
        if cases is None:
            cases = []
            draw(cases.append)
            self._keep(path, cases)
        for case in cases:
            consume(case)

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


def _read(path: Path) -> list[Case] | None:
    """The cases of a file; None where there is none, or none that can be read."""
    try:
        return [_case(values) for values in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
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
