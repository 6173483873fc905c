"""Statuses that a run has and its base never had, and those that took the place of another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.record.values import ChangeKind, Record, ShapeChange

#: The status of a limit: it depends on other requests at the same moment.
LIMITED = "429"

#: How much of the share of the old status the new one must have: one that was never there, and one that was.
_NEW, _MOVED = 0.25, 0.75

#: Runs with the same of these send the same cases.
_SETTINGS = ("target", "profile", "seed", "document", "writes", "storepact")

Counts = Mapping[str, int]


def find_status_changes(base: Record, run: Record) -> Iterator[ShapeChange]:
    """Yield each status that is new, or came instead of one that is gone, with the operations."""
    places: dict[tuple[ChangeKind, str, str], list[str]] = {}
    for operation, before in base.coverage.items():
        if not any(before.values()):
            continue
        replaced = replaced_statuses(base, run, operation)
        for old, status in replaced.items():
            places.setdefault(("status changed", old, status), []).append(operation)
        for status in _missing_in(before, _describe_statuses(run, operation)):
            if status not in replaced.values():
                places.setdefault(("new status", "", status), []).append(operation)
    for (what, old, new), operations in places.items():
        where = f"{old} → {new}" if old else new
        yield ShapeChange(
            what=what, where=where, detail="", places=tuple(operations), before=old or "never", now=new
        )


def replaced_statuses(base: Record, run: Record, operation: str) -> dict[str, str]:
    """Return the statuses of an operation that are gone, each with the one that took its place.

    Both are successes or both are refusals. The new one was never there before and has about as large a share
    of the responses; or it was there and, with the same cases, has become more frequent by this share.
    """
    before, after = base.coverage.get(operation, {}), _describe_statuses(run, operation)
    replaced: dict[str, str] = {}
    if not sum(before.values()) or not sum(after.values()):
        return replaced
    gains = {status: _share(status, after) - _share(status, before) for status in after}
    same_cases = all(getattr(base, name) == getattr(run, name) for name in _SETTINGS)
    for old in _missing_in(run.coverage.get(operation, {}), before):
        share = _share(old, before)
        fitting = [
            status
            for status, gain in gains.items()
            if status[0] == old[0]
            and LIMITED not in (old, status)
            and gain >= share * (_MOVED if before.get(status) else _NEW)
            and (same_cases or not before.get(status))
        ]
        if fitting:
            replaced[old] = min(
                fitting, key=lambda status: (bool(before.get(status)), abs(gains[status] - share))
            )
            gains[replaced[old]] -= share
    return replaced


def _share(status: str, counts: Counts) -> float:
    return counts.get(status, 0) / sum(counts.values())


def _missing_in(counts: Counts, others: Counts) -> list[str]:
    """The statuses of successes and refusals that `others` have and `counts` have not."""
    return [
        status for status, count in others.items() if count and not counts.get(status) and status[0] in "24"
    ]


def _describe_statuses(run: Record, operation: str) -> Counts:
    """The statuses of an operation, without those that the document does not describe: they are findings."""
    undescribed = {
        row.status for row in run.rows if row.operation == operation and row.outcome == "not described"
    }
    described = {
        row.status for row in run.rows if row.operation == operation and row.outcome != "not described"
    }
    counts = run.coverage.get(operation, {})
    return {status: counts[status] for status in counts if status not in undescribed - described}
