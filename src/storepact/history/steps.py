"""The steps that bring an older history up to date.

Each step creates what its own version had, never what `tables` has today: a fresh database takes all steps,
too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from storepact.history.packed import fingerprints_of

if TYPE_CHECKING:
    import sqlalchemy as sa


def _create_runs(connection: sa.Connection) -> None:
    """Create the tables of runs and of their records."""
    from storepact.history import first_tables as first  # a history that is up to date needs no SQLAlchemy

    first.metadata.create_all(connection, tables=[first.runs, first.records])


def _create_findings(connection: sa.Connection) -> None:
    """Create the table of findings, so that what flaps is known without reading records, and fill it."""
    from storepact.history import first_tables as first

    first.metadata.create_all(connection, tables=[first.findings])
    for run, packed in connection.execute(first.records.select()).all():
        rows = [{"run": run, "fingerprint": name} for name in sorted(fingerprints_of(packed))]
        if rows:
            connection.execute(first.findings.insert(), rows)


#: Each step brings a history from its number to the next one; none is ever changed or removed.
STEPS: tuple[Callable[[sa.Connection], None], ...] = (_create_runs, _create_findings)

#: What the first two steps make of an empty SQLite file, word for word: it is made without SQLAlchemy.
FILE_VERSION = 2
FILE_TABLES = (
    "CREATE TABLE storepact_runs (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "
    "started VARCHAR(40) NOT NULL, target VARCHAR(500) NOT NULL, suites VARCHAR(200) NOT NULL, "
    "verdict VARCHAR(20) NOT NULL, findings INTEGER NOT NULL, causes INTEGER NOT NULL, "
    "exchanges INTEGER NOT NULL, covered INTEGER NOT NULL, described INTEGER NOT NULL, "
    "not_verified INTEGER NOT NULL, seconds FLOAT NOT NULL, storepact VARCHAR(40) NOT NULL)",
    "CREATE INDEX ix_storepact_runs_started ON storepact_runs (started)",
    "CREATE INDEX ix_storepact_runs_target ON storepact_runs (target)",
    "CREATE TABLE storepact_records (run INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (run), "
    "FOREIGN KEY(run) REFERENCES storepact_runs (id))",
    "CREATE TABLE storepact_findings (run INTEGER NOT NULL, fingerprint VARCHAR(12) NOT NULL, "
    "PRIMARY KEY (run, fingerprint), FOREIGN KEY(run) REFERENCES storepact_runs (id))",
    "CREATE TABLE storepact_schema (version INTEGER NOT NULL)",
)

#: The version since which findings have a table.
WITH_FINDINGS = 2
