"""Minimize a corpus: entries stay that together reach all that the corpus reaches, measured on the mock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.files import case_file
from storepact.engines.corpus.journeys import JOURNEYS_FILE, PinnedJourney, render_journeys
from storepact.engines.corpus.reach import Item, Judge, cover, unique_reach
from storepact.engines.corpus.refresh import render_cases
from storepact.engines.corpus.values import PinnedCase
from storepact.engines.harness import Harness
from storepact.mock.faults import Fault
from storepact.model.case import Case
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable
from storepact.model.finding import Finding
from storepact.model.values import lean_value
from storepact.record.store import write_whole
from storepact.run.corpus import pinned_operations
from storepact.run.corpus_journeys import JourneyMeasure, has_mock, open_mock
from storepact.run.corpus_work import CorpusWork
from storepact.run.prove import named_faults

_E = TypeVar("_E", PinnedCase, PinnedJourney)


@lean_value(frozen=True)
class MinimizedFile:
    """What became of one file."""

    name: str
    before: int
    after: int
    items: int
    """How much the entries reach, before and after."""


@dataclass
class Minimizer:
    """Measures what each entry of a corpus reaches, and writes the files with those that are needed."""

    work: CorpusWork
    faults: tuple[str, ...]
    """Faults of the mock that count as things to reach."""
    advance: Callable[[str], None]
    """Called before each measurement, with its name."""
    files: list[MinimizedFile] = field(default_factory=list)

    def run(self) -> tuple[MinimizedFile, ...]:
        """Minimize every file.

        Raises:
            CorpusUnusable: the corpus cannot be used.
            UnknownName: there is no such fault.
            ReportFolderUnusable: a file cannot be written.

        """
        corpus = self.work.open_corpus()
        faults = named_faults(self.faults) if self.faults else ()
        with open_mock(self.work) if has_mock(self.work) else nullcontext() as harness:
            for operation in pinned_operations(self.work.document, self.work.family):
                self.advance(operation)
                self._minimize_cases(corpus, operation, harness, faults)
            if harness is not None:
                self.advance("journeys")
                self._minimize_journeys(corpus, harness)
        return tuple(self.files)

    # cases

    def _minimize_cases(
        self, corpus: Corpus, operation: str, harness: Harness | None, faults: Sequence[Fault]
    ) -> None:
        judge = Judge(self.work.document, self.work.family)
        entries = corpus.pinned_cases(operation)
        cases = {entry.id: entry.to_case(operation) for entry in entries}
        reaches = {name: set(judge.reach(case)) for name, case in cases.items()}
        if harness is not None:
            for name, status, _ in _send_all(harness, cases):
                reaches[name].add(("row", operation, str(status)))
        for fault in faults:
            with open_mock(self.work, fault.name) as faulty:
                for name, _, findings in _send_all(faulty, cases):
                    if findings:
                        reaches[name].add(("fault", fault.name))
        chosen = self._choose(case_file(self.work.folder, operation).name, entries, _frozen(reaches))
        text = render_cases(self.work.document, operation, chosen)
        write_whole(case_file(self.work.folder, operation), text)

    # journeys

    def _minimize_journeys(self, corpus: Corpus, harness: Harness) -> None:
        entries = corpus.all_journeys(self.work.family.journey_rules)
        if not entries:
            return
        journeys = JourneyMeasure(self.work.family, harness)
        reaches = {entry.id: journeys.measure(entry)[1] for entry in entries}
        chosen = self._choose(JOURNEYS_FILE, entries, reaches)
        write_whole(self.work.folder / JOURNEYS_FILE, render_journeys(self.work.document, chosen))

    def _choose(
        self, name: str, entries: Sequence[_E], reaches: Mapping[str, frozenset[Item]]
    ) -> tuple[_E, ...]:
        """The entries that are needed, in their order, each with what only it reaches."""
        names = set(cover([(entry.id, reaches[entry.id]) for entry in entries]))
        kept = {key: items for key, items in reaches.items() if key in names}
        whole, rest = frozenset().union(*reaches.values()), frozenset().union(*kept.values())
        assert whole == rest, "a cover reaches what all entries reach"
        only = unique_reach(kept)
        self.files.append(MinimizedFile(name, len(entries), len(kept), len(whole)))
        return tuple(
            msgspec.structs.replace(entry, only=only[entry.id]) for entry in entries if entry.id in names
        )


def _frozen(reaches: Mapping[str, set[Item]]) -> dict[str, frozenset[Item]]:
    return {name: frozenset(items) for name, items in reaches.items()}


def _send_all(harness: Harness, cases: Mapping[str, Case]) -> Iterator[tuple[str, int, list[Finding]]]:
    """(id, status, findings) of each case that could be sent."""
    for name, case in cases.items():
        try:
            exchange, findings = harness.workspace.send_case(case, "conformance")
        except (RequestUnsendable, PrerequisiteMissing):
            continue
        yield name, exchange.response.status, findings


def minimized_rows(files: Sequence[MinimizedFile]) -> Iterator[tuple[str, ...]]:
    """What became of the files, as a table."""
    yield ("file", "entries before", "entries after", "things reached, before and after")
    for file in files:
        yield (file.name, f"{file.before:,}", f"{file.after:,}", f"{file.items:,}")
    before, after = (sum(column) for column in zip(*((f.before, f.after) for f in files), strict=True))
    yield ("all", f"{before:,}", f"{after:,}", f"{sum(file.items for file in files):,}")
