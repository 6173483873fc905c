"""What a run has gathered when its tests are done."""

from __future__ import annotations

from storepact.model.outcome import Reason
from storepact.model.values import lean_value
from storepact.record.recorder import Recorder
from storepact.record.values import (
    Exploration,
    ProofRecord,
    ShardSection,
)
from storepact.run.session import PreparedRun


@lean_value(frozen=True)
class RunData:
    """What a record is made of."""

    prepared: PreparedRun
    recorder: Recorder
    teeth: ProofRecord | None = None
    """The proof in the report folder, if there is one."""
    is_selection: bool = False
    """Whether the user chose only some of the planned tests."""
    shard: ShardSection | None = None
    """Which part of a plan this is; None for a whole run."""
    exploration: Exploration | None = None
    """What was explored; None for any other run."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out by the user, and the run did not end after `--max-failures`."""
        reasons = {entry.reason_code for entry in self.recorder.not_verified}
        is_part = self.shard is not None or self.exploration is not None
        selects = self.prepared.settings.selects or is_part
        return not selects and Reason.MAX_FAILURES not in reasons

    @property
    def coverage(self) -> dict[str, dict[str, int]]:
        """How often each status of each operation was seen."""
        return {name: dict(counts) for name, counts in sorted(self.recorder.coverage.items())}
