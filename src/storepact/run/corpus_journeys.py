"""The journeys of a corpus, recorded and played on the embedded mock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from storepact.engines.corpus.files import read_each_entry
from storepact.engines.corpus.journeys import (
    JOURNEYS_FILE,
    PinnedJourney,
    PinnedStep,
    PlayedStep,
    misfit,
    pin_journey,
    render_journeys,
    transitions,
)
from storepact.engines.corpus.reach import Branches, Item, unique_reach
from storepact.engines.corpus.refresh import Change, ChangeKind, Refreshed
from storepact.engines.corpus.values import content_id
from storepact.engines.family import Family
from storepact.engines.harness import Harness
from storepact.engines.questions import journeys
from storepact.families import require_mock
from storepact.mock.serve import serve
from storepact.model.errors import UsageError
from storepact.run.corpus_work import CorpusWork
from storepact.run.engine_options import engine_options
from storepact.run.target import MOCK_CONDITIONS, MOCK_LIMITS, mock_credentials


def has_mock(work: CorpusWork) -> bool:
    """Whether the family of a corpus has a mock, and journeys."""
    try:
        require_mock(work.settings.family)
    except UsageError:
        return False
    return bool(work.family.journey_rules)


@contextmanager
def open_mock(work: CorpusWork, *faults: str) -> Iterator[Harness]:
    """The gate on a mock of its own, with these faults."""
    with serve(conditions=MOCK_CONDITIONS) as running:
        running.configure(faults=list(faults), limits=MOCK_LIMITS)
        options = engine_options(work.settings, running.url, shrink=False)
        with Harness(options, work.family, mock_credentials(running)) as harness:
            yield harness


def refresh_journeys(work: CorpusWork, result: Refreshed) -> None:
    """Play the journeys of a corpus again, or record them where there are none, and add their file.

    A family without a mock or without journeys gets none.
    """
    if not has_mock(work):
        return
    with open_mock(work) as harness:
        entries = _present(work, harness, result) or _record(work, harness, result)
    result.entries += len(entries)
    result.files[JOURNEYS_FILE] = render_journeys(work.document, entries)


def _record(work: CorpusWork, harness: Harness, result: Refreshed) -> tuple[PinnedJourney, ...]:
    seed = work.settings.seed
    entries = {
        entry.id: entry
        for number in journeys(work.family)
        for entry in (pin_journey(number, seed, steps) for steps in harness.record_journey(number))
    }
    result.changes.append(Change(ChangeKind.ADDED, "journeys", f"{len(entries):,} stories"))
    return tuple(sorted(entries.values(), key=lambda entry: (entry.journey, entry.id)))


@dataclass
class JourneyMeasure:
    """Measures what pinned journeys reach on a mock: steps, their order, branches of rules and oracle."""

    family: Family
    harness: Harness

    def measure(self, entry: PinnedJourney) -> tuple[PinnedJourney, frozenset[Item]]:
        """The journey with what its steps send here, and what it reaches."""
        branches = Branches(self.family)
        with branches:
            played = self.harness.replay_journey(entry)
        reached = {("branch", str(entry.journey), *branch) for branch in branches.taken}
        return _with_steps(entry, played), frozenset(reached | set(transitions(played)))


def _with_steps(entry: PinnedJourney, played: Sequence[PlayedStep]) -> PinnedJourney:
    """The journey with the steps as they were played; those that were not reached stay."""
    steps = tuple(PinnedStep(step.rule, tuple(step.draws), tuple(step.texts)) for step in played)
    again = msgspec.structs.replace(entry, steps=(*steps, *entry.steps[len(played) :]))
    return msgspec.structs.replace(again, id=content_id(again))


def _present(work: CorpusWork, harness: Harness, result: Refreshed) -> tuple[PinnedJourney, ...]:
    """The journeys of the present file, with what their steps send now."""
    path = work.folder / JOURNEYS_FILE
    if not path.is_file():
        return ()
    journeys = JourneyMeasure(work.family, harness)
    played: dict[str, tuple[PinnedJourney, PinnedJourney, frozenset[Item]]] = {}
    for number, entry in read_each_entry(path, "journeys", PinnedJourney):
        problem = entry if isinstance(entry, str) else misfit(entry, work.family.journey_rules)
        if isinstance(entry, str) or problem:
            change = Change(ChangeKind.DROPPED, "journeys", f"journey {number}", problem)
            result.changes.append(change)
            continue
        again, reached = journeys.measure(entry)
        played.setdefault(again.id, (entry, again, reached))
    only = unique_reach({name: reached for name, (_, _, reached) in played.items()})
    return tuple(
        _note_change(entry, msgspec.structs.replace(again, only=only[name]), result)
        for name, (entry, again, _) in played.items()
    )


def _note_change(entry: PinnedJourney, again: PinnedJourney, result: Refreshed) -> PinnedJourney:
    if again == entry:
        result.kept += 1
        return again
    why = "its steps send something else than before"
    if again.id == entry.id:
        why = "what only it reaches is something else than before"
    result.changes.append(Change(ChangeKind.REMADE, "journeys", again.id, why))
    return again
