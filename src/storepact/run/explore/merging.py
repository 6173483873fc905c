"""The record of a whole exploration, made from those of its shards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from storepact.record.recorder import Recorder
from storepact.record.values import Exploration, InterestingCase, Novelty, ShardSection
from storepact.run.explore.chunks import explored_tests
from storepact.run.explore.exploration import Progress, finish_exploration
from storepact.run.explore.tasks import Budget
from storepact.run.finish import FinishedRun
from storepact.run.session import PreparedRun


def merge_explorations(
    shards: Iterable[tuple[ShardSection, Exploration]], budget: Budget, prepared: PreparedRun
) -> FinishedRun:
    """Write the record and the reports of all shards; `prepared` is the run that they are parts of.

    A case that several shards have sent counts once, and what several were the first to reach belongs to the
    case that a run without shards would have sent first.
    """
    progress = Progress(Recorder(), workers=0)
    positions = {test.name: index for index, test in enumerate(explored_tests(prepared.plan))}
    first = _FirstCases(positions)
    for section, exploration in shards:
        progress.add_shard(section, exploration)
        for case in exploration.interesting:
            first.add(case)
    for case in first.in_order():
        progress.add_interesting(case)
    return finish_exploration(prepared, progress, budget)


class _FirstCases:
    """Of all cases the first one that reached each thing: no more of them are kept than there are things."""

    def __init__(self, positions: Mapping[str, int]) -> None:
        self._positions = positions
        self._count = 0
        self._cases: dict[Novelty, tuple[tuple[int, int, int], InterestingCase]] = {}

    def add(self, case: InterestingCase) -> None:
        """Add a case that a shard was the first to send."""
        self._count += 1
        place = (case.round, self._positions.get(case.test, len(self._positions)), self._count)
        for novelty in case.new:
            if novelty not in self._cases or place < self._cases[novelty][0]:
                self._cases[novelty] = place, case

    def in_order(self) -> list[InterestingCase]:
        """Return the cases in the order in which a run without shards would have sent them."""
        places = dict(self._cases.values())
        return [places[place] for place in sorted(places)]
