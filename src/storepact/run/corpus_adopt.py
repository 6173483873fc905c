"""Adopt what an exploration offers: cases that reach what no entry of the corpus does, and journeys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path

import msgspec

from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.files import case_file, document_digest
from storepact.engines.corpus.reach import Item, Judge, cover, unique_reach
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
from storepact.model.values import lean_value
from storepact.record.store import load_record, write_whole
from storepact.record.values import Exploration, InterestingCase
from storepact.run.corpus_adopt_journeys import adopt_journeys, decode_journeys
from storepact.run.corpus_adoption import Adoption
from storepact.run.corpus_journeys import has_mock, open_mock
from storepact.run.corpus_work import CorpusWork
from storepact.run.explore.novelty import responses_reach

#: The kinds of what a case is adopted for: other shapes of values are endless.
_KINDS = frozenset({"row", "shape", "keyword", "branch", "flaw", "promise"})

#: The largest corpus, in bytes: a repository and a gate can carry it.
_MOST_BYTES = 1_000_000


def adopt_cases(work: CorpusWork, run: Path, advance: Callable[[str], None]) -> Adoption:
    """Choose the cases and journeys of a record that reach what the corpus does not; nothing is written.

    What a case reaches is measured as `corpus minimize` does: on the rules, and on the embedded mock.

    Raises:
        RecordUnusable: the record is none of an exploration of this document, or is damaged.
        CorpusUnusable: the corpus cannot be used, or would be too large.

    """
    offers = [offer for offer in _offers_of(_exploration_of(run, work), run) if offer.id]
    cases = _candidates((offer for offer in offers if offer.operation), work, run)
    journeys = decode_journeys((offer for offer in offers if not offer.operation), work, run)
    corpus, adoption = work.open_corpus(), Adoption()
    with open_mock(work) if has_mock(work) else nullcontext() as harness:
        for operation, candidates in cases.items():
            advance(operation)
            _adopt_for(adoption, corpus, operation, candidates, _Measure(work, harness))
        if journeys and harness is not None:
            advance("journeys")
            adopt_journeys(adoption, corpus, journeys, work, harness)
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


@lean_value(frozen=True)
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
        text = f"{operation} {entry.id} ({entry.mutation or 'a valid request'})"
        adoption.add(text, reaches[name] - reached)
        reached |= reaches[name]
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
