"""Tables of the history, and the steps that bring an older one up to date."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

#: What all our tables begin with, so that a team's database can hold others beside them.
_PREFIX = "storepact_"

metadata = sa.MetaData()

schema = sa.Table(f"{_PREFIX}schema", metadata, sa.Column("version", sa.Integer, nullable=False))

runs = sa.Table(
    f"{_PREFIX}runs",
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
    f"{_PREFIX}records",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey(runs.c.id), primary_key=True),
    sa.Column("record", sa.LargeBinary, nullable=False),
)

findings = sa.Table(
    f"{_PREFIX}findings",
    metadata,
    sa.Column("run", sa.Integer, sa.ForeignKey(runs.c.id), primary_key=True),
    sa.Column("fingerprint", sa.String(12), primary_key=True),
)


def pack_record(record: dict[str, Any]) -> bytes:
    """A record as it is kept: JSON, compressed."""
    return zlib.compress(
        json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"), 6
    )


def unpack_record(data: bytes) -> Any:
    """The record again."""
    return json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))


def _first(connection: sa.Connection) -> None:
    """Runs and their records."""
    metadata.create_all(connection, tables=[runs, records])


def _second(connection: sa.Connection) -> None:
    """Findings by themselves, so that what flaps can be told without reading records."""
    metadata.create_all(connection, tables=[findings])
    for run, data in connection.execute(sa.select(records.c.run, records.c.record)).all():
        names = [
            {"run": run, "fingerprint": finding["fingerprint"]} for finding in unpack_record(data)["findings"]
        ]
        if names:
            connection.execute(findings.insert(), names)


#: Each step brings a history from its number to the next one; none is ever changed or taken out.
STEPS: tuple[Callable[[sa.Connection], None], ...] = (_first, _second)

#: The number since which findings are by themselves.
WITH_FINDINGS = 2
