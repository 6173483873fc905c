"""A corpus: the pinned cases of one document, looked up by question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from storepact.engines.corpus.files import case_file, document_digest, read_cases, read_json
from storepact.engines.corpus.journeys import JOURNEYS_FILE, PinnedJourney, read_journeys
from storepact.engines.corpus.values import PINNED_PHASES, PinnedCase
from storepact.engines.family import JourneyRule
from storepact.model.case import Case
from storepact.model.errors import CorpusUnusable
from storepact.openapi.document import Document
from storepact.openapi.source import SourceText

#: What to do about a corpus that cannot be used.
REMEDY = "`storepact corpus refresh` makes it again"


class Corpus:
    """The pinned cases in a folder. A file is read when a case of it is needed for the first time."""

    def __init__(self, folder: Path, document: Document) -> None:
        self.folder, self.document = folder, document
        self._cases: dict[str, tuple[PinnedCase, ...]] = {}
        self._journeys: tuple[PinnedJourney, ...] | None = None

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Its files, by name."""
        return tuple(sorted(self.folder.glob("*.json")))

    def cases(self, operation: str, variant: str | None, phase: str) -> Iterator[Case] | None:
        """The cases of a question; None if cases of its phase are not pinned.

        Raises:
            CorpusUnusable: the file of the operation is missing, damaged, or for another document.

        """
        if phase not in PINNED_PHASES:
            return None
        return (
            pinned.to_case(operation)
            for pinned in self.pinned_cases(operation)
            if pinned.variant == variant and pinned.phase == phase
        )

    def pinned_cases(self, operation: str) -> tuple[PinnedCase, ...]:
        """The pinned cases of an operation.

        Raises:
            CorpusUnusable: as `cases`.

        """
        if operation not in self._cases:
            path = case_file(self.folder, operation)
            if not path.is_file():
                raise CorpusUnusable(path, f"there is no such file: {operation} has no cases; {REMEDY}")
            content = read_cases(path)
            if content.operation != operation:
                raise CorpusUnusable(path, f"holds the cases of {content.operation!r}; {REMEDY}", line=1)
            self._check_digest(path, content.digest)
            self._cases[operation] = content.cases
        return self._cases[operation]

    def all_journeys(self, rules: Sequence[JourneyRule]) -> tuple[PinnedJourney, ...]:
        """The pinned journeys; none if the corpus has no file of them.

        Raises:
            CorpusUnusable: the file is damaged, or for another document.

        """
        path = self.folder / JOURNEYS_FILE
        if self._journeys is None:
            self._journeys = ()
            if path.is_file():
                self._check_digest(path, str(read_json(path)["digest"]))
                self._journeys = read_journeys(path, rules)
        return self._journeys

    def journeys(self, number: int, rules: Sequence[JourneyRule]) -> tuple[PinnedJourney, ...]:
        """The pinned stories of one journey.

        Raises:
            CorpusUnusable: as `all_journeys`.

        """
        return tuple(entry for entry in self.all_journeys(rules) if entry.journey == number)

    def fits(self) -> bool:
        """Whether the corpus was made for this document.

        Raises:
            CorpusUnusable: its first file is none of a corpus.

        """
        return bool(self.files) and read_json(self.files[0])["digest"] == document_digest(self.document)

    def check(self, operations: Sequence[str], rules: Sequence[JourneyRule]) -> None:
        """Read every file.

        Raises:
            CorpusUnusable: one is missing, damaged, for another document, or of no operation.

        """
        if not self.files:
            raise CorpusUnusable(self.folder, f"there is no corpus in this folder; {REMEDY}")
        own = {self.folder / JOURNEYS_FILE, *(case_file(self.folder, name) for name in operations)}
        for path in self.files:
            self._check_digest(path, str(read_json(path)["digest"]))
            if path not in own:
                raise CorpusUnusable(path, f"the document has no such operation; {REMEDY}", line=1)
        for operation in operations:
            self.pinned_cases(operation)
        self.all_journeys(rules)

    def require_cases(self, operations: Sequence[str]) -> None:
        """Make sure that a run has a case of each operation.

        Raises:
            CorpusUnusable: one has none.

        """
        for operation in operations:
            if not self.pinned_cases(operation):
                path = case_file(self.folder, operation)
                line = SourceText(path).line("/cases")
                raise CorpusUnusable(path, f"{operation} has no cases; {REMEDY}", line=line)

    def _check_digest(self, path: Path, digest: str) -> None:
        if digest != document_digest(self.document):
            raise CorpusUnusable(
                path, f"was made for another document than {self.document.path}; {REMEDY}", line=1
            )
