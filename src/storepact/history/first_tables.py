"""The tables that the first versions of a history had, for `steps`; they are never changed."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

runs = sa.Table(
    "storepact_runs",
    metadata,
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

records = sa.Table(
    "storepact_records",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey(runs.c.id), primary_key=True),
    sa.Column("record", sa.LargeBinary, nullable=False),
)

findings = sa.Table(
    "storepact_findings",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey(runs.c.id), primary_key=True),
    sa.Column("fingerprint", sa.String(12), primary_key=True),
)
