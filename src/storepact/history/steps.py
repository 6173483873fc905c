"""The steps that bring an older history up to date.

Each step creates what its own version had, never what `tables` has today: a fresh database takes all steps,
too.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from storepact.history.packed import fingerprints_of

_V1 = sa.MetaData()

_RUNS = sa.Table(
    "storepact_runs",
    _V1,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("started", sa.String(40), nullable=False, index=True),
    sa.Column("target", sa.String(500), nullable=False, index=True),
    sa.Column("suites", sa.String(200), nullable=False),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("findings", sa.Integer, nullable=False),
    sa.Column("causes", sa.Integer, nullable=False),
    sa.Column("exchanges", sa.Integer, nullable=False),
    sa.Column("covered", sa.Integer, nullable=False),
    sa.Column("described", sa.Integer, nullable=False),
    sa.Column("not_verified", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("storepact", sa.String(40), nullable=False),
    sqlite_autoincrement=True,
)

_RECORDS = sa.Table(
    "storepact_records",
    _V1,
    sa.Column("run", sa.Integer, sa.ForeignKey(_RUNS.c.id), primary_key=True),
    sa.Column("record", sa.LargeBinary, nullable=False),
)

_FINDINGS = sa.Table(
    "storepact_findings",
    _V1,
    sa.Column("run", sa.Integer, sa.ForeignKey(_RUNS.c.id), primary_key=True),
    sa.Column("fingerprint", sa.String(12), primary_key=True),
)


def _create_runs(connection: sa.Connection) -> None:
    """Create the tables of runs and of their records."""
    _V1.create_all(connection, tables=[_RUNS, _RECORDS])


def _create_findings(connection: sa.Connection) -> None:
    """Create the table of findings, so that what flaps is known without reading records, and fill it."""
    _V1.create_all(connection, tables=[_FINDINGS])
    for run, packed in connection.execute(sa.select(_RECORDS.c.run, _RECORDS.c.record)).all():
        rows = [{"run": run, "fingerprint": name} for name in sorted(fingerprints_of(packed))]
        if rows:
            connection.execute(_FINDINGS.insert(), rows)


#: Each step brings a history from its number to the next one; none is ever changed or removed.
STEPS: tuple[Callable[[sa.Connection], None], ...] = (_create_runs, _create_findings)

#: The version since which findings have a table.
WITH_FINDINGS = 2
