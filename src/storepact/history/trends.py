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
    return [
        _read_target(connection, name, (count, last), most_points, newest) for name, count, last in counts
    ]


def _read_target(
    connection: sa.Connection, target: str, size: tuple[int, int], most_points: int, newest: int
) -> TargetRuns:
    """Read the runs of one target; `size` is how many there are, and the id of the newest."""
    count, last = size
    runs, step = tables.runs, max(1, -(-count // most_points))
    latest = sa.select(runs).where(runs.c.target == target).order_by(runs.c.id.desc()).limit(newest)
    points = tuple(Point(*row) for row in connection.execute(_points_query(target, step, last)))
    return TargetRuns(target, count, step, points, tuple(Run(*row) for row in connection.execute(latest)))


def _sections(target: str, step: int) -> sa.CTE:
    """The first id of every `step` runs, and that of the next ones: read from the index, without the runs."""
    runs = tables.runs.c

    def following(first: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
        query = sa.select(runs.id).where(runs.target == target, runs.id >= first)
        return query.order_by(runs.id).limit(1).offset(step).scalar_subquery()

    oldest = sa.select(sa.func.min(runs.id)).where(runs.target == target).scalar_subquery()
    sections = sa.select(oldest.label("first"), following(oldest).label("next")).cte(recursive=True)
    first = sections.c.next
    return sections.union_all(sa.select(first, following(first)).where(first.is_not(None)))


def _points_query(target: str, step: int, last: int) -> sa.Select[Any]:
    """The query for points: their columns are the fields of `Point`. `last` is the id of the newest run."""
    runs, sections = tables.runs.c, _sections(target, step)
    rank = sa.case({name: rank for rank, name in enumerate(_RANKS)}, value=runs.verdict, else_=1)
    percent = sa.case((runs.described > 0, 100.0 * runs.covered / runs.described), else_=0.0)
    belongs = sa.and_(
        runs.target == target,
        runs.id >= sections.c.first,
        runs.id < sa.func.coalesce(sections.c.next, last + 1),
    )
    worst = (
        sa.select(
            sa.func.max(runs.id).label("id"),
            sa.func.max(rank).label("rank"),
            sa.func.max(runs.findings).label("findings"),
            sa.func.min(percent).label("percent"),
            sa.func.max(runs.seconds).label("seconds"),
        )
        .join_from(sections, tables.runs, belongs)
        .group_by(sections.c.first)
        .subquery()
    )
    verdict = sa.case(dict(enumerate(_RANKS)), value=worst.c.rank)
    newest = tables.runs.alias()
    return (
        sa.select(worst.c.id, newest.c.started, verdict, worst.c.findings, worst.c.percent, worst.c.seconds)
        .join_from(worst, newest, worst.c.id == newest.c.id)
        .order_by(worst.c.id)
    )
