"""The runs of each target as points of a plot, summarized by the database: a long history stays fast."""

from __future__ import annotations

from typing import NamedTuple

from storepact.history.columns import COLUMN_NAMES, RUNS, Run
from storepact.history.rows import Rows
from storepact.model.outcome import Verdict
from storepact.model.values import lean_value

#: Verdicts by rank; of several runs the highest counts.
_RANKS = (str(Verdict.CONFORMS), str(Verdict.UNDETERMINED), str(Verdict.BROKEN))


@lean_value(frozen=True)
class Point:
    """The worst of one run or of several neighbouring ones."""

    id: int
    """Of the last of them, with its start."""
    started: str
    verdict: str
    findings: int
    covered: float
    """Per cent of the owed rows."""
    seconds: float


@lean_value(frozen=True)
class TargetRuns:
    """The runs of one target."""

    target: str
    count: int
    step: int
    """How many runs a point stands for."""
    points: tuple[Point, ...]
    """The oldest first."""
    newest: tuple[Run, ...]
    """The last runs, the newest first."""


def read_target_runs(rows: Rows, target: str | None, most_points: int, newest: int) -> list[TargetRuns]:
    """Read the runs of a target, or of all; the target of the newest run is the first."""
    where = "" if target is None else "WHERE target = :target"
    values = {} if target is None else {"target": target}
    query = f"SELECT target, count(*), max(id) FROM {RUNS} {where} GROUP BY target"
    newest_first = sorted(rows.select(_Total, query, values), key=lambda total: -total.last)
    return [_read_target(rows, total, most_points, newest) for total in newest_first]


class _Total(NamedTuple):
    target: str
    runs: int
    last: int
    """The id of the newest run."""


def _read_target(rows: Rows, total: _Total, most_points: int, newest: int) -> TargetRuns:
    """Read the runs of one target."""
    step = max(1, -(-total.runs // most_points))
    points = rows.select(_make_point, _POINTS, {"target": total.target, "step": step, "last": total.last})
    query = f"SELECT {COLUMN_NAMES} FROM {RUNS} WHERE target = :target ORDER BY id DESC LIMIT {newest:d}"
    latest = rows.select(Run, query, {"target": total.target})
    return TargetRuns(total.target, total.runs, step, tuple(points), tuple(latest))


def _make_point(number: int, started: str, rank: int, findings: int, percent: float, seconds: float) -> Point:
    return Point(number, started, _RANKS[rank], findings, percent, seconds)


_RANK = " ".join(f"WHEN '{name}' THEN {rank}" for rank, name in enumerate(_RANKS))

#: The columns are the fields of `Point`, with the rank of the verdict. A section is the first id of every
#: `step` runs, and that of the next ones: they are read from the index, without the runs.
_POINTS = f"""
WITH RECURSIVE sections(first, next) AS (
  SELECT start.id, (
    SELECT id FROM {RUNS} WHERE target = :target AND id >= start.id ORDER BY id LIMIT 1 OFFSET :step)
  FROM (SELECT min(id) AS id FROM {RUNS} WHERE target = :target) AS start
  UNION ALL
  SELECT next, (
    SELECT id FROM {RUNS} WHERE target = :target AND id >= sections.next ORDER BY id LIMIT 1 OFFSET :step)
  FROM sections WHERE next IS NOT NULL)
SELECT worst.id, newest.started, worst.rank, worst.findings, worst.percent, worst.seconds
FROM (
  SELECT max(id) AS id, max(CASE verdict {_RANK} ELSE 1 END) AS rank, max(findings) AS findings,
    min(CASE WHEN described > 0 THEN 100 * CAST(covered AS FLOAT) / described ELSE CAST(0 AS FLOAT) END)
      AS percent,
    max(seconds) AS seconds
  FROM sections JOIN {RUNS} ON target = :target AND id >= first AND id < coalesce(next, :last + 1)
  GROUP BY first) AS worst
JOIN {RUNS} AS newest ON newest.id = worst.id
ORDER BY worst.id
"""
