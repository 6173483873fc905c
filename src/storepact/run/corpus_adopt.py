"""Adopt what an exploration found: its cases that reach what no entry of the corpus does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.files import case_file, document_digest
from storepact.engines.corpus.reach import Item, Judge, cover, describe_item, unique_reach
from storepact.engines.corpus.refresh import order, render_cases
from storepact.engines.corpus.values import PinnedCase, content_id, pin
from storepact.engines.harness import Harness
from storepact.model.errors import (
    CorpusUnusable,
    PrerequisiteMissing,
    RecordUnusable,
    RequestUnsendable,
    UsageError,
)
from storepact.record.store import load_record, write_whole
from storepact.record.values import Exploration, InterestingCase
from storepact.report.wording import many
from storepact.run.corpus_journeys import has_mock, open_mock
from storepact.run.corpus_work import CorpusWork
from storepact.run.explore.novelty import responses_reach

#: The kinds of what a case is adopted for: other shapes of values are endless.
_KINDS = frozenset({"row", "shape", "keyword", "branch", "flaw", "promise"})

#: The largest corpus, in bytes: a repository and a gate can carry it.
_MOST_BYTES = 1_000_000

#: How much of what an entry adds is printed.
_MOST_WORDS = 3


@dataclass(frozen=True)
class Addition:
    """A case that a corpus adopts, and what it adds in words."""

    operation: str
    entry: PinnedCase
    adds: tuple[str, ...]

    def __str__(self) -> str:
        more = len(self.adds) - _MOST_WORDS
        adds = ", ".join(self.adds[:_MOST_WORDS]) + (f" and {more} more" if more > 0 else "")
        return f"added: {self.operation} {self.entry.id} ({self.entry.mutation or 'a valid request'}): {adds}"


@dataclass
class Adoption:
    """What became of the cases that a record offers."""

    additions: list[Addition] = field(default_factory=list)
    offered: int = 0
    present: int = 0
    """Offered cases that the corpus has already."""
    stories: int = 0
    """Stories of journeys that were new; a record cannot offer them."""
    files: dict[str, str] = field(default_factory=dict)
    """The texts of the files that change, by name."""


def adopt_cases(work: CorpusWork, run: Path, advance: Callable[[str], None]) -> Adoption:
    """Choose the cases of a record that reach what the corpus does not; nothing is written.

    What a case reaches is measured as `corpus minimize` does: on the rules, and on the embedded mock.

    Raises:
        RecordUnusable: the record is none of an exploration of this document, or is damaged.
        CorpusUnusable: the corpus cannot be used, or would be too large.

    """
    offers = _offers_of(_exploration_of(run, work), run)
    corpus, adoption = work.open_corpus(), Adoption()
    for offer in offers:
        adoption.stories += not offer.id
    with open_mock(work) if has_mock(work) else nullcontext() as harness:
        for operation, candidates in _candidates(offers, work, run).items():
            advance(operation)
            _adopt_for(adoption, corpus, operation, candidates, _Measure(work, harness))
    _check_size(work.folder, adoption.files)
    return adoption


def write_adoption(work: CorpusWork, adoption: Adoption) -> None:
    """Write the files that change.

    Raises:
        ReportFolderUnusable: a file cannot be written.

    """
    for name, text in adoption.files.items():
        write_whole(work.folder / name, text)


def _exploration_of(run: Path, work: CorpusWork) -> Exploration:
    """The exploration of a record, of the same document as the corpus."""
    record = load_record(run)
    section = record.exploration
    if section is None:
        raise RecordUnusable(run, "is no record of `storepact explore`")
    if not section.digest:
        raise RecordUnusable(run, "does not say for which document it was made: explore again")
    if section.digest != document_digest(work.document):
        raise RecordUnusable(
            run, f"was made for another document than {work.document.path}: name that one with --openapi"
        )
    return section


def _offers_of(section: Exploration, run: Path) -> tuple[InterestingCase, ...]:
    if not section.interesting:
        raise UsageError(f"{run} offers no case: the exploration reached nothing")
    return section.interesting


def _candidates(
    offers: Iterable[InterestingCase], work: CorpusWork, run: Path
) -> dict[str, dict[str, PinnedCase]]:
    """The offered cases by operation and id, judged again."""
    judge, candidates = Judge(work.document, work.family), defaultdict[str, dict[str, PinnedCase]](dict)
    for offer in offers:
        if not offer.id:
            continue
        try:
            entry = msgspec.json.decode(offer.case, type=PinnedCase)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise RecordUnusable(run, f"is damaged: the case {offer.id}: {error}") from None
        if offer.operation not in work.document.operations or entry.id != content_id(entry):
            raise RecordUnusable(run, f"was changed by hand: the case {offer.id} does not fit its id")
        case = entry.to_case(offer.operation)
        again = pin(case, work.family, judge.promise(case), entry.seed)
        candidates[offer.operation][again.id] = again
    return candidates


@dataclass(frozen=True)
class _Measure:
    """Measures what entries reach."""

    work: CorpusWork
    harness: Harness | None
    """The gate on a mock; None where the family has none."""

    def reach(self, operation: str, entries: Iterable[PinnedCase]) -> dict[str, frozenset[Item]]:
        """By the id of an entry, what it reaches of the kinds that count."""
        judge = Judge(self.work.document, self.work.family)
        reaches = {}
        for entry in entries:
            items = {item for item in judge.reach(entry.to_case(operation)) if item[0] in _KINDS}
            reaches[entry.id] = frozenset((*items, *self._items_of_response(operation, entry)))
        return reaches

    def _items_of_response(self, operation: str, entry: PinnedCase) -> Iterator[Item]:
        """Rows and shapes of the response."""
        if self.harness is None:
            return
        try:
            exchange, _ = self.harness.workspace.send_case(entry.to_case(operation), "conformance")
        except (RequestUnsendable, PrerequisiteMissing):
            return
        for novelty in responses_reach(operation, exchange):
            yield (novelty.kind, operation, novelty.what.removeprefix(f"{operation} "))


def _adopt_for(
    adoption: Adoption,
    corpus: Corpus,
    operation: str,
    candidates: Mapping[str, PinnedCase],
    measure: _Measure,
) -> None:
    """Adopt the fewest cases of an operation that add what all of them add."""
    present = {entry.id: entry for entry in corpus.pinned_cases(operation)}
    fresh = {name: entry for name, entry in candidates.items() if name not in present}
    adoption.offered += len(candidates)
    adoption.present += len(candidates) - len(fresh)
    if not fresh:
        return
    reaches = measure.reach(operation, (*present.values(), *fresh.values()))
    reached = {item for name in present for item in reaches[name]}
    chosen = cover([(name, reaches[name]) for name in sorted(fresh)], reached)
    if not chosen:
        return
    only = unique_reach({name: reaches[name] for name in (*present, *chosen)})
    for name in chosen:
        entry = msgspec.structs.replace(fresh[name], only=only[name])
        adds = tuple(sorted({describe_item(item) for item in reaches[name] - reached}))
        reached |= reaches[name]
        adoption.additions.append(Addition(operation, entry, adds))
        present[name] = entry
    cases = tuple(sorted(present.values(), key=order))
    path = case_file(corpus.folder, operation)
    adoption.files[path.name] = render_cases(corpus.document, operation, cases)


def _check_size(folder: Path, files: Mapping[str, str]) -> None:
    size = sum(len(text.encode()) for text in files.values())
    size += sum(path.stat().st_size for path in folder.glob("*.json") if path.name not in files)
    if size > _MOST_BYTES:
        raise CorpusUnusable(
            folder,
            f"would have {size:,} bytes, and {_MOST_BYTES:,} is the most: `storepact corpus minimize` leaves "
            "out what is not needed",
        )


def describe_adoption(adoption: Adoption, folder: Path, *, written: bool) -> str:
    """What became of the offered cases, for a terminal."""
    lines = [str(addition) for addition in adoption.additions]
    useless = adoption.offered - adoption.present - len(adoption.additions)
    verb = "added to" if written else "would be added to"
    lines.append(
        f"{len(adoption.additions):,} of {many(adoption.offered, 'offered case')} {verb} {folder}; "
        f"{useless:,} add nothing, {adoption.present:,} are there already"
    )
    if adoption.stories:
        lines.append(
            f"{many(adoption.stories, 'response')} of journeys were new: journeys are not adopted, the gate "
            "plays two fresh ones of each"
        )
    return "".join(f"{line}\n" for line in lines)
