"""What the record of a shard says of its plan and of the tests of other shards."""

from __future__ import annotations

import json
from collections.abc import Iterable

from storepact.model.outcome import Reason, sentence_of
from storepact.record.recorder import Recorder
from storepact.record.values import ShardSection, Snapshot
from storepact.run.session import PreparedRun
from storepact.run.sharding import OPTIONS, contracts_digest, file_digest, plan_digest, shard_of


def shard_section(
    prepared: PreparedRun, evidence: Snapshot, tests: int, cases: Iterable[str] = ()
) -> ShardSection | None:
    """Return what the record of a shard says of it and its plan; None for a whole run.

    `tests` is how many tests the shard has; `cases` are the digests of the generated cases of an exploration.
    """
    shard = shard_of(prepared.settings)
    if shard is None:
        return None
    return ShardSection(
        number=shard.number,
        count=shard.count,
        tests=tests,
        plan=plan_digest(prepared.whole_plan),
        document=file_digest(prepared.settings.document_path),
        contracts=contracts_digest(prepared.contracts),
        options={name: json.dumps(getattr(prepared.settings, name)) for name in OPTIONS},
        evidence=evidence,
        cases=tuple(sorted(cases)),
    )


def record_other_shards(prepared: PreparedRun, recorder: Recorder, *, is_exploration: bool = False) -> None:
    """Record that the tests of the other shards were not run; a shard without a test is a trouble.

    An exploration is divided by its parts, each of some cases of one test, and not by its tests.
    """
    shard = shard_of(prepared.settings)
    if shard is None:
        return
    count, others = len(prepared.whole_plan.tests), "the cases of the other shards"
    lack = "has no case: take fewer shards, or explore more cases"
    if not is_exploration:
        others = f"{count - len(prepared.plan.tests):,} of {count:,} tests"
        lack = "has no test of this plan: take fewer shards"
    if is_exploration or count > len(prepared.plan.tests):
        recorder.cannot_verify(others, sentence_of(Reason.OTHER_SHARD), Reason.OTHER_SHARD)
    if not recorder.outcomes and not recorder.troubles:
        recorder.troubles.append(f"shard {shard} {lack}")
