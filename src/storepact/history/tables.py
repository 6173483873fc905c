"""The tables of a history as they are today; `steps` brings older ones here."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from storepact.history.columns import COLUMNS, Column

#: What all our tables begin with, so that a team's database can hold others beside them.
PREFIX = "storepact_"

metadata = sa.MetaData()

schema = sa.Table(f"{PREFIX}schema", metadata, sa.Column("version", sa.Integer, nullable=False))


def runs_table(columns: Sequence[Column], metadata: sa.MetaData) -> sa.Table:
    """Return the table of runs with these columns."""
    return sa.Table(
        f"{PREFIX}runs",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(column.name, column.type, nullable=False, index=column.index) for column in columns),
        sqlite_autoincrement=True,
    )


runs = runs_table(COLUMNS, metadata)

records = sa.Table(
    f"{PREFIX}records",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey(runs.c.id), primary_key=True),
    sa.Column("record", sa.LargeBinary, nullable=False),
)

findings = sa.Table(
    f"{PREFIX}findings",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey(runs.c.id), primary_key=True),
    sa.Column("fingerprint", sa.String(12), primary_key=True),
)
