"""The tables of a history as they are today, for SQLAlchemy; `steps` brings older ones here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storepact.history.columns import COLUMNS, FINDINGS, RECORDS, RUNS, SCHEMA, Column

metadata = sa.MetaData()

schema = sa.Table(SCHEMA, metadata, sa.Column("version", sa.Integer, nullable=False))


def runs_table(columns: Sequence[Column], metadata: sa.MetaData) -> sa.Table:
    """Return the table of runs with these columns."""
    return sa.Table(
        RUNS,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(column.name, _type(column), nullable=False, index=column.index) for column in columns),
        sqlite_autoincrement=True,
    )


def _type(column: Column) -> sa.types.TypeEngine[Any]:
    if column.type is str:
        return sa.String(column.length)
    return sa.Integer() if column.type is int else sa.Float()


runs = runs_table(COLUMNS, metadata)

records = sa.Table(
    RECORDS,
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey(runs.c.id), primary_key=True),
    sa.Column("record", sa.LargeBinary, nullable=False),
)

findings = sa.Table(
    FINDINGS,
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey(runs.c.id), primary_key=True),
    sa.Column("fingerprint", sa.String(12), primary_key=True),
)
