"""Make a corpus again for its document: what fits stays, what does not is reported, what is new is added."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from storepact.engines.corpus.files import (
    case_file,
    document_digest,
    read_each_entry,
    read_json,
    read_list,
    render_file,
)
from storepact.engines.corpus.journeys import JOURNEYS_FILE
from storepact.engines.corpus.reach import Judge, cover
from storepact.engines.corpus.values import PINNED_PHASES, PinnedCase, content_id, pin
from storepact.engines.family import Family
from storepact.engines.questions import CaseGenerator, Question, questions
from storepact.model.case import Case
from storepact.model.errors import CorpusUnusable
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.variants import variants_of


class ChangeKind(StrEnum):
    """What happened to an entry of a corpus."""

    ADDED = "added"
    REMADE = "made again"
    DROPPED = "no longer fits"


@lean_value(frozen=True)
class Change:
    """One change of a corpus; `entry` is the id of a case, empty where a whole file is meant."""

    kind: ChangeKind
    place: str
    """The operation, or the name of the file."""
    entry: str
    why: str = ""

    def __str__(self) -> str:
        what = f"{self.place} {self.entry}".strip()
        return f"{self.kind}: {what}" + (f": {self.why}" if self.why else "")


@dataclass
class Refreshed:
    """A corpus made again: the texts of its files, and what changed."""

    files: dict[str, str] = field(default_factory=dict)
    """By file name."""
    removed: list[Path] = field(default_factory=list)
    """Files of operations that the document does not have any more."""
    kept: int = 0
    entries: int = 0
    changes: list[Change] = field(default_factory=list)


@dataclass
class Refresh:
    """Makes the cases of one corpus again."""

    folder: Path
    generator: CaseGenerator
    seed: int
    """The seed of what is generated."""

    def __post_init__(self) -> None:
        self._document, self._family = self.generator.document, self.generator.family
        self._judge = Judge(self._document, self._family)
        self._result = Refreshed()

    def run(self, advance: Callable[[Question], None]) -> Refreshed:
        """Make every file again; `advance` is called before the cases of a question are generated."""
        generated = self._generate(advance)
        for operation, candidates in generated.items():
            present = {entry.id: entry for entry in self._present(operation)}
            chosen = {**present, **self._additions(operation, present, candidates)}
            cases = tuple(sorted(chosen.values(), key=order))
            self._result.entries += len(cases)
            path = case_file(self.folder, operation)
            self._result.files[path.name] = render_cases(self._document, operation, cases)
        self._drop_files()
        return self._result

    def _generate(self, advance: Callable[[Question], None]) -> dict[str, dict[str, PinnedCase]]:
        entries: dict[str, dict[str, PinnedCase]] = {}
        for question in pinned_questions(self._document, self._family):
            advance(question)
            own = entries.setdefault(question.operation, {})
            for entry in pin_question(self.generator, self._judge, question, self.seed):
                own.setdefault(entry.id, entry)
        return entries

    def _pin(self, case: Case, seed: int | None) -> PinnedCase:
        return pin(case, self._family, self._judge.promise(case), seed)

    def _additions(
        self, operation: str, present: Mapping[str, PinnedCase], candidates: Mapping[str, PinnedCase]
    ) -> dict[str, PinnedCase]:
        """The generated cases that are missing: all where there are none, else those that reach more."""
        if not present:
            if candidates:
                self._note(ChangeKind.ADDED, operation, f"{len(candidates):,} cases")
            return dict(candidates)
        reached = {item for entry in present.values() for item in self._reach(entry, operation)}
        fresh = [entry for name, entry in sorted(candidates.items()) if name not in present]
        additions = cover([(entry.id, self._reach(entry, operation)) for entry in fresh], reached)
        for name in additions:
            self._note(ChangeKind.ADDED, operation, name, candidates[name].mutation or "a valid request")
        return {name: candidates[name] for name in additions}

    def _reach(self, entry: PinnedCase, operation: str) -> frozenset[tuple[str, ...]]:
        return self._judge.reach(entry.to_case(operation))

    def _note(self, kind: ChangeKind, place: str, entry: str, why: str = "") -> None:
        self._result.changes.append(Change(kind, place, entry, why))

    # what is there already

    def _present(self, operation: str) -> Iterator[PinnedCase]:
        """The cases of the present file that fit the document, judged again."""
        for entry in self._read(case_file(self.folder, operation), operation):
            problem = self._misfit(entry, operation)
            if problem:
                self._note(ChangeKind.DROPPED, operation, entry.id, problem)
                continue
            again = self._pin(entry.to_case(operation), entry.seed)
            again = msgspec.structs.replace(again, only=entry.only)
            if again == entry:
                self._result.kept += 1
                yield entry
                continue
            self._note(ChangeKind.REMADE, operation, again.id, _difference(entry, again))
            yield again

    def _read(self, path: Path, operation: str) -> Iterator[PinnedCase]:
        """The entries of a file, also those changed by hand; damaged ones are reported and dropped."""
        if not path.is_file():
            return
        for number, entry in read_each_entry(path, "cases", PinnedCase):
            if isinstance(entry, PinnedCase):
                yield entry
            else:
                self._note(ChangeKind.DROPPED, operation, f"case {number}", entry)

    def _misfit(self, entry: PinnedCase, operation: str) -> str:
        """Why a case cannot be sent to an operation of the document; empty if it can."""
        described = self._document.operations[operation]
        kinds = {variant.value for variant in variants_of(self._document, described)}
        if entry.variant not in kinds:
            return f"the document has no {entry.variant} variant of the operation"
        for place, names in (("path", entry.path), ("query", dict(entry.query))):
            described_names = {parameter.name for parameter in described.parameters_in(place)}
            for name in names:
                if name not in described_names:
                    return f"the document describes no {place} parameter {name}"
        if not entry.to_case(operation).is_sendable:
            return "its path leads to another operation"
        return ""

    def _drop_files(self) -> None:
        """Report the files of operations that the document does not have any more."""
        for path in sorted(self.folder.glob("*.json")):
            if path.name not in self._result.files and path.name != JOURNEYS_FILE:
                self._note(ChangeKind.DROPPED, path.name, "", "the document has no such operation")
                self._result.removed.append(path)


def check_files(folder: Path) -> None:
    """Make sure that each file of a folder is one of a corpus: nothing else is written over or deleted.

    Raises:
        CorpusUnusable: one cannot be read, or is none.

    """
    for path in sorted(folder.glob("*.json")):
        try:
            read_list(path, read_json(path), "journeys" if path.name == JOURNEYS_FILE else "cases")
        except CorpusUnusable as error:
            remedy = "; mend it, or move it elsewhere to have its entries made again"
            raise CorpusUnusable(path, error.problem + remedy, line=error.line) from None


def _difference(entry: PinnedCase, again: PinnedCase) -> str:
    if entry.expects is not again.expects:
        return f"the documents promise {again.expects} now, and {entry.expects} before"
    return (
        "it was changed by hand" if entry.id != content_id(entry) else "its secrets are pinned in another way"
    )


def pinned_questions(document: Document, family: Family) -> Iterator[Question]:
    """The questions whose cases are pinned."""
    return (
        question for question in questions(document, family, writable=True) if question.phase in PINNED_PHASES
    )


def pin_question(
    generator: CaseGenerator, judge: Judge, question: Question, seed: int
) -> Iterator[PinnedCase]:
    """The generated cases of a question, pinned."""
    origin = seed if question.phase == "fuzzing" else None
    for case in generated_cases(generator, question):
        yield pin(case, generator.family, judge.promise(case), origin)


def generated_cases(generator: CaseGenerator, question: Question) -> list[Case]:
    """The cases of a question that can be sent."""
    cases: list[Case] = []
    generator.generate(question, cases.append)
    return [case for case in cases if case.is_sendable]


def order(case: PinnedCase) -> tuple[str, int, str, str]:
    """The place of a case in its file."""
    return case.variant or "", PINNED_PHASES.index(case.phase), case.mutation or "", case.id


def render_cases(document: Document, operation: str, cases: tuple[PinnedCase, ...]) -> str:
    """The text of an operation's file."""
    head = {"operation": operation, "digest": document_digest(document)}
    return render_file(head, "cases", cases)
