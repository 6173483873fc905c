"""Statuses that a run has and its base never had, and those that took the place of another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.record.values import ChangeKind, Record, ShapeChange

#: The status of a limit: it depends on other requests at the same moment.
LIMITED = "429"

#: How much of the share of responses that the old status had must be the new one's.
_SHARE = 0.25

Counts = Mapping[str, int]


def find_status_changes(base: Record, run: Record) -> Iterator[ShapeChange]:
    """Yield each status that is new, or another one instead of one that is gone, with the operations."""
    places: dict[tuple[ChangeKind, str], list[str]] = {}
    for operation, before in base.coverage.items():
        if not any(before.values()):
            continue
        replaced = {status: old for old, status in replaced_statuses(base, run, operation).items()}
        for status in _missing_in(before, _described(run, operation)):
            old = replaced.get(status)
            key: tuple[ChangeKind, str] = (
                ("status changed", f"{old} → {status}") if old else ("new status", status)
            )
            places.setdefault(key, []).append(operation)
    for (what, where), operations in places.items():
        yield ShapeChange(what=what, where=where, detail="", places=tuple(operations))


def replaced_statuses(base: Record, run: Record, operation: str) -> dict[str, str]:
    """Return the statuses of an operation that another one, never there before, has taken the place of.

    Both are successes or both are refusals, and the new one has about as large a share of the responses.
    """
    before, after = base.coverage.get(operation, {}), _described(run, operation)
    shares = {status: count / sum(after.values()) for status, count in after.items() if count}
    new = {status: shares[status] for status in _missing_in(before, after)}
    replaced: dict[str, str] = {}
    for old in _missing_in(run.coverage.get(operation, {}), before):
        share = before[old] / sum(before.values())
        fitting = [
            status
            for status, left in new.items()
            if status[0] == old[0] and LIMITED not in (old, status) and left >= share * _SHARE
        ]
        if fitting:
            replaced[old] = min(fitting, key=lambda status: abs(new[status] - share))
            new[replaced[old]] -= share
    return replaced


def _missing_in(counts: Counts, others: Counts) -> list[str]:
    """The statuses of successes and refusals that `others` have and `counts` have not."""
    return [
        status for status, count in others.items() if count and not counts.get(status) and status[0] in "24"
    ]


def _described(run: Record, operation: str) -> Counts:
    """The statuses of an operation, without those that the document does not describe: they are findings."""
    undescribed = {
        row.status for row in run.rows if row.operation == operation and row.outcome == "not described"
    }
    described = {
        row.status for row in run.rows if row.operation == operation and row.outcome != "not described"
    }
    counts = run.coverage.get(operation, {})
    return {status: counts[status] for status in counts if status not in undescribed - described}
