"""The columns of a history: what its list of runs holds of each run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, fields
from typing import Any

from storepact.model.outcome import SUITES
from storepact.model.values import lean_value
from storepact.record.values import Outcome, Record

#: What all our tables begin with, so that a team's database can hold others beside them.
PREFIX = "storepact_"

#: The names of the tables.
SCHEMA, RUNS, RECORDS, FINDINGS = (f"{PREFIX}{name}" for name in ("schema", "runs", "records", "findings"))

#: The value of a column.
Value = str | int | float | bytes


@lean_value(frozen=True)
class Column:
    """A column of the table of runs, and the field of `Run` with the same name."""

    name: str
    type: type
    """str, int or float."""
    value: Callable[[Record], Value]
    """Returns the value from the record of a run."""
    length: int | None = None
    """The most characters of a str."""
    index: bool = False


def _column(
    value: Callable[[Record], Value], type_: type = int, length: int | None = None, *, index: bool = False
) -> Any:
    return field(metadata={"type": type_, "value": value, "length": length, "index": index})


def suites_of(outcomes: Iterable[Outcome]) -> str:
    """Return the suites of a run as one text: sorted names with commas."""
    return ",".join(sorted({outcome.suite for outcome in outcomes}))


@lean_value(frozen=True)
class Run:
    """One run of a history. To add a column, add a field here and a step in `steps`."""

    id: int
    started: str = _column(lambda record: record.started, str, 40, index=True)
    target: str = _column(lambda record: record.target, str, 500, index=True)
    suites: str = _column(lambda record: suites_of(record.outcomes), str, 200)
    verdict: str = _column(lambda record: str(record.verdict), str, 20)
    findings: int = _column(lambda record: len(record.findings))
    causes: int = _column(lambda record: len(record.causes))
    exchanges: int = _column(lambda record: record.exchanges_total)
    covered: int = _column(lambda record: sum(row.is_covered for row in record.rows))
    described: int = _column(lambda record: sum(row.counts for row in record.rows))
    not_verified: int = _column(lambda record: len(record.not_verified))
    seconds: float = _column(lambda record: record.duration_s, float)
    storepact: str = _column(lambda record: record.storepact, str, 40)

    @property
    def is_complete(self) -> bool:
        """Whether every suite ran."""
        return set(SUITES) <= set(self.suites.split(","))


#: The columns of the table of runs, in order, without its id.
COLUMNS = tuple(Column(item.name, **item.metadata) for item in fields(Run) if item.metadata)

#: The columns of the table of runs with its id, as the fields of `Run`.
COLUMN_NAMES = ", ".join(item.name for item in fields(Run))
