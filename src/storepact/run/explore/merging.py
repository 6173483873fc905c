"""The record of a whole exploration, made from those of its shards."""

from __future__ import annotations

from collections.abc import Sequence

from storepact.record.recorder import Recorder
from storepact.record.values import Exploration, ShardSection
from storepact.run.explore.chunks import explored_tests
from storepact.run.explore.exploration import Progress, finish_exploration
from storepact.run.explore.tasks import Budget
from storepact.run.finish import FinishedRun
from storepact.run.session import PreparedRun


def merge_explorations(
    shards: Sequence[tuple[ShardSection, Exploration]], prepared: PreparedRun
) -> FinishedRun:
    """Write the record and the reports of all shards; `prepared` is the run that they are parts of.

    A case that several shards have sent counts once, and what several were the first to reach belongs to the
    case that a run without shards would have sent first.
    """
    progress = Progress(Recorder(), workers=0)
    for section, exploration in shards:
        progress.add_shard(section, exploration)
    positions = {test.name: index for index, test in enumerate(explored_tests(prepared.plan))}
    cases = (case for _, exploration in shards for case in exploration.interesting)
    for case in sorted(cases, key=lambda case: (case.round, positions.get(case.test, len(positions)))):
        progress.add_interesting(case)
    _, first = shards[0]
    return finish_exploration(prepared, progress, Budget(first.budget_s, first.budget_cases))
