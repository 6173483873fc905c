"""Where findings are in the files of the user's repository: in a pact, or in the document that was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from storepact.model.paths import repository_path
from storepact.openapi.source import SourceText
from storepact.record.values import FileLocation, Finding
from storepact.run.session import PreparedRun


class Locations:
    """The files of one run that the user's repository has."""

    def __init__(self, prepared: PreparedRun) -> None:
        self._prepared = prepared

    def add(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield each finding with its location, if it has one."""
        for finding in findings:
            yield msgspec.structs.replace(finding, location=self._location(finding))

    def _location(self, finding: Finding) -> FileLocation | None:
        """In the pact if the finding is about one; else in the document, if it was given."""
        place = finding.pact
        pact = None if place is None else _locate(self._pacts.get(place.file), place.pointer)
        return pact or _locate(self._document, finding.pointer)

    @cached_property
    def _document(self) -> SourceText | None:
        path = self._prepared.settings.openapi
        return None if path is None else SourceText(path)

    @cached_property
    def _pacts(self) -> dict[str, SourceText]:
        """The pacts by file name; those of a broker are no files of the repository."""
        if self._prepared.broker is not None:
            return {}
        folder = self._prepared.settings.contracts_path
        paths: Iterable[Path] = [folder] if folder.is_file() else folder.glob("*.json")
        return {path.name: SourceText(path) for path in paths}


def _locate(source: SourceText | None, pointer: str) -> FileLocation | None:
    file = None if source is None else repository_path(source.path)
    excerpt = None if source is None or file is None else source.excerpt(pointer, 1)
    if file is None or excerpt is None:
        return None
    return FileLocation(file=file, line=excerpt.line, column=excerpt.column)
