"""A corpus that is made while it is used, for documents that none ships for."""

from __future__ import annotations

import contextlib
from pathlib import Path

from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.files import case_file
from storepact.engines.corpus.reach import Judge
from storepact.engines.corpus.refresh import order, pin_question, pinned_questions, render_cases
from storepact.engines.corpus.values import PinnedCase
from storepact.engines.questions import CaseGenerator
from storepact.model.errors import CorpusUnusable, StorepactError
from storepact.record.store import usable_folder, write_whole


class CachedCorpus(Corpus):
    """The cases of an operation are generated when they are needed first, and read in later runs.

    Where the folder cannot be written they are generated in each run; a damaged or empty file is
    made again.
    """

    def __init__(self, folder: Path, generator: CaseGenerator) -> None:
        """`generator` makes the cases that are kept: all of them, of the usual seed."""
        super().__init__(folder, generator.document)
        self._generator = generator

    def pinned_cases(self, operation: str) -> tuple[PinnedCase, ...]:
        """The cases of an operation, read or generated."""
        if operation not in self._cases:
            with contextlib.suppress(CorpusUnusable):
                super().pinned_cases(operation)
            if not self._cases.get(operation):
                self._cases[operation] = self._make(operation)
        return self._cases[operation]

    def _make(self, operation: str) -> tuple[PinnedCase, ...]:
        generator = self._generator
        judge, entries = Judge(generator.document, generator.family), dict[str, PinnedCase]()
        for question in pinned_questions(generator.document, generator.family):
            if question.operation == operation:
                for entry in pin_question(generator, judge, question, generator.options.seed):
                    entries.setdefault(entry.id, entry)
        cases = tuple(sorted(entries.values(), key=order))
        with contextlib.suppress(StorepactError, OSError):
            path = case_file(usable_folder(self.folder), operation)
            write_whole(path, render_cases(generator.document, operation, cases))
        return cases
