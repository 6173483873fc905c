"""The columns of a history: what its list of runs holds of each run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any

import sqlalchemy as sa

from storepact.model.outcome import SUITES
from storepact.record.values import Outcome, Record


@dataclass(frozen=True)
class Column:
    """A column of the table of runs, and the field of `Run` with the same name."""

    name: str
    type: Any
    """The SQLAlchemy type."""
    value: Callable[[Record], object]
    """Returns the value from the record of a run."""
    index: bool = False


def _column(type_: Any, value: Callable[[Record], object], *, index: bool = False) -> Any:
    return field(metadata={"type": type_, "value": value, "index": index})


def suites_of(outcomes: Iterable[Outcome]) -> str:
    """Return the suites of a run as one text: sorted names with commas."""
    return ",".join(sorted({outcome.suite for outcome in outcomes}))


@dataclass(frozen=True)
class Run:
    """One run of a history. To add a column, add a field here and a step in `steps`."""

    id: int
    started: str = _column(sa.String(40), lambda record: record.started, index=True)
    target: str = _column(sa.String(500), lambda record: record.target, index=True)
    suites: str = _column(sa.String(200), lambda record: suites_of(record.outcomes))
    verdict: str = _column(sa.String(20), lambda record: str(record.verdict))
    findings: int = _column(sa.Integer, lambda record: len(record.findings))
    causes: int = _column(sa.Integer, lambda record: len(record.causes))
    exchanges: int = _column(sa.Integer, lambda record: record.exchanges_total)
    covered: int = _column(sa.Integer, lambda record: sum(row.is_covered for row in record.rows))
    described: int = _column(sa.Integer, lambda record: sum(row.counts for row in record.rows))
    not_verified: int = _column(sa.Integer, lambda record: len(record.not_verified))
    seconds: float = _column(sa.Float, lambda record: record.duration_s)
    storepact: str = _column(sa.String(40), lambda record: record.storepact)

    @property
    def is_complete(self) -> bool:
        """Whether every suite ran."""
        return set(SUITES) <= set(self.suites.split(","))


#: The columns of the table of runs, in order, without its id.
COLUMNS = tuple(Column(item.name, **item.metadata) for item in fields(Run) if item.metadata)
