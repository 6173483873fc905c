"""The runs of each target as points of a plot, summarized by the database: a long history stays fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from storepact.history import tables
from storepact.history.columns import Run
from storepact.model.outcome import Verdict

#: Verdicts by rank; of several runs the highest counts.
_RANKS = (str(Verdict.CONFORMS), str(Verdict.UNDETERMINED), str(Verdict.BROKEN))


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


def read_target_runs(
    connection: sa.Connection, target: str | None, most_points: int, newest: int
) -> list[TargetRuns]:
    """Read the runs of a target, or of all; the target of the newest run is the first."""
    runs = tables.runs.c
    totals = sa.select(runs.target, sa.func.count(), sa.func.max(runs.id)).group_by(runs.target)
    if target is not None:
        totals = totals.where(runs.target == target)
    counts = sorted(connection.execute(totals).all(), key=lambda row: -row[2])
    return [_read_target(connection, name, count, most_points, newest) for name, count, _ in counts]


def _read_target(
    connection: sa.Connection, target: str, count: int, most_points: int, newest: int
) -> TargetRuns:
    runs, step = tables.runs, max(1, -(-count // most_points))
    last = sa.select(runs).where(runs.c.target == target).order_by(runs.c.id.desc()).limit(newest)
    points = tuple(Point(*row) for row in connection.execute(_points_query(target, step)))
    return TargetRuns(target, count, step, points, tuple(Run(*row) for row in connection.execute(last)))


def _points_query(target: str, step: int) -> sa.Select[Any]:
    """The query for points: their columns are the fields of `Point`."""
    runs = tables.runs.c
    rank = sa.case({name: rank for rank, name in enumerate(_RANKS)}, value=runs.verdict, else_=1)
    percent = sa.case((runs.described > 0, 100.0 * runs.covered / runs.described), else_=0.0)
    position = sa.func.row_number().over(order_by=runs.id) - 1
    numbered = (
        sa.select(
            runs.id,
            runs.findings,
            runs.seconds,
            rank.label("rank"),
            percent.label("percent"),
            position.label("position"),
        )
        .where(runs.target == target)
        .subquery()
    )
    group = numbered.c.position // step
    worst = (
        sa.select(
            sa.func.max(numbered.c.id).label("id"),
            sa.func.max(numbered.c.rank).label("rank"),
            sa.func.max(numbered.c.findings).label("findings"),
            sa.func.min(numbered.c.percent).label("percent"),
            sa.func.max(numbered.c.seconds).label("seconds"),
        )
        .group_by(group)
        .subquery()
    )
    verdict = sa.case(dict(enumerate(_RANKS)), value=worst.c.rank)
    return (
        sa.select(worst.c.id, runs.started, verdict, worst.c.findings, worst.c.percent, worst.c.seconds)
        .join_from(worst, tables.runs, worst.c.id == runs.id)
        .order_by(worst.c.id)
    )
