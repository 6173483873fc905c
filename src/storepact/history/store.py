"""The history of runs: kept up to date, written to and read from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from storepact.history import steps, tables
from storepact.history.columns import COLUMNS, Run, suites_of
from storepact.history.database import PATIENCE, Database
from storepact.history.packed import fingerprints_of, pack_record, unpack_data
from storepact.history.trends import TargetRuns, read_target_runs
from storepact.history.urls import checked_url, default_url
from storepact.model.errors import HistoryUnusable, UsageError
from storepact.model.outcome import Verdict
from storepact.record.store import read_record
from storepact.record.values import Record

__all__ = [
    "LOOKED_BACK",
    "PATIENCE",
    "EarlierRun",
    "History",
    "Run",
    "TargetRuns",
    "checked_url",
    "default_url",
    "suites_of",
]

#: How many runs say whether a finding is new, old, or comes and goes.
LOOKED_BACK = 20

#: The lock that PostgreSQL holds while tables are made; a number of ours.
_LOCK = 7_370_741

#: No run has a number as large as this; databases break over it.
_NO_NUMBER = 2**63

_Query = TypeVar("_Query", bound=sa.Select[Any])


@dataclass(frozen=True)
class EarlierRun:
    """When an earlier run began, and the fingerprints of its findings."""

    number: int
    started: str
    fingerprints: frozenset[str]


class History:
    """The runs of a database, as a context manager; its URL may hold a password, which is never shown."""

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        """Open a history and bring it up to date; `readonly` writes nothing, and reads an older one as it is.

        Raises:
            HistoryUnusable: it cannot be reached or written, is of a newer version, or is not ours.
            HistoryDamaged: the file is damaged, and has been set aside.

        """
        self._database = Database(url, readonly=readonly)
        self.display_name = self._database.display_name
        self._version = self._bring_up_to_date()

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _bring_up_to_date(self) -> int:
        """Take the steps that are missing; returns the version that the history has then."""
        database, newest = self._database, len(steps.STEPS)
        version = self._read_version()
        if version > newest:
            raise HistoryUnusable(
                self.display_name,
                f"was written by a newer storepact (version {version}, this one knows {newest}): upgrade it",
            )
        if database.readonly and version == 0:
            raise self._none_yet()
        if database.readonly or version == newest:
            return version
        with database.connect(write=True) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            version = _version(connection)  # another process may have been faster
            tables.metadata.create_all(connection, tables=[tables.schema])
            for step in steps.STEPS[version:]:
                step(connection)
            connection.execute(tables.schema.delete())
            connection.execute(tables.schema.insert(), {"version": newest})
        return newest

    def _read_version(self) -> int:
        """The version that the history has now, 0 for an empty database; one that is not ours is refused."""
        database = self._database
        if database.is_text():
            raise HistoryUnusable(
                self.display_name, "is no history but a text; name another file with --history"
            )
        if database.readonly and not database.has_content():
            raise self._none_yet()
        with database.connect(write=False) as connection:
            version = _version(connection)
            is_foreign = version == 0 and database.file is not None and _holds_anything(connection)
        if is_foreign:
            raise database.foreign()
        return version

    def _none_yet(self) -> HistoryUnusable:
        return HistoryUnusable(self.display_name, "there is none yet: `storepact verify` begins one")

    def prove_writable(self) -> None:
        """Make sure that a run can be kept.

        Raises:
            HistoryUnusable: it cannot.

        """
        with self._database.connect(write=True):
            pass

    def add(self, record: Record) -> int:
        """Keep a run; returns its number.

        Raises:
            HistoryUnusable: it cannot be written.

        """
        values = {column.name: column.value(record) for column in COLUMNS}
        packed = pack_record(record)
        fingerprints = sorted({finding.fingerprint for finding in record.findings})
        with self._database.connect(write=True) as connection:
            key = connection.execute(tables.runs.insert(), values).inserted_primary_key
            assert key is not None
            number = int(key[0])
            connection.execute(tables.records.insert(), {"run": number, "record": packed})
            if fingerprints:
                rows = [{"run": number, "fingerprint": fingerprint} for fingerprint in fingerprints]
                connection.execute(tables.findings.insert(), rows)
            return number

    def runs(self, *, target: str | None = None, limit: int | None = None) -> list[Run]:
        """Return the last runs, the newest first."""
        query = _of_target(sa.select(tables.runs).order_by(tables.runs.c.id.desc()), target)
        with self._database.connect(write=False) as connection:
            return [Run(*row) for row in connection.execute(query.limit(limit))]

    def target_runs(self, *, target: str | None, points: int, newest: int) -> list[TargetRuns]:
        """Return the runs of a target, or of all, in at most so many points, and the last so many whole."""
        with self._database.connect(write=False) as connection:
            return read_target_runs(connection, target, points, newest)

    def record(self, number: int) -> Record:
        """Return the record of a run.

        Raises:
            UsageError: there is no such run.
            RecordUnusable: its record is of a format that this version does not read.

        """
        packed = None
        if number < _NO_NUMBER:
            query = sa.select(tables.records.c.record).where(tables.records.c.run == number)
            with self._database.connect(write=False) as connection:
                packed = connection.execute(query).scalar()
        if packed is None:
            raise UsageError(
                f"there is no run {number} in {self.display_name}; `storepact history` lists them"
            )
        with self._database.translate_errors():
            data = unpack_data(packed)
        return read_record(data, f"run {number} of {self.display_name}")

    def latest_green(self, *, target: str | None = None, before: str | None = None) -> int | None:
        """Return the number of the last run of a target, begun before a time, that conforms; else None."""
        query = sa.select(tables.runs.c.id).where(tables.runs.c.verdict == Verdict.CONFORMS.value)
        query = _begun_before(_of_target(query, target), before).order_by(tables.runs.c.id.desc())
        with self._database.connect(write=False) as connection:
            number = connection.execute(query.limit(1)).scalar()
        return None if number is None else int(number)

    def earlier(
        self, *, target: str, suites: str, before: str | None = None, limit: int = LOOKED_BACK
    ) -> list[EarlierRun]:
        """Return the last runs of a target with the same suites, begun before a time; the oldest first.

        Undetermined runs are left out: they say nothing about the provider.
        """
        query = sa.select(tables.runs.c.id, tables.runs.c.started).where(
            tables.runs.c.suites == suites,
            tables.runs.c.verdict != Verdict.UNDETERMINED.value,
        )
        query = _begun_before(_of_target(query, target), before).order_by(tables.runs.c.id.desc())
        with self._database.connect(write=False) as connection:
            rows = connection.execute(query.limit(limit)).all()
            findings: dict[int, set[str]] = {row.id: set() for row in rows}
            for run, fingerprint in self._findings(connection, list(findings)):
                findings[run].add(fingerprint)
        return [EarlierRun(row.id, row.started, frozenset(findings[row.id])) for row in reversed(rows)]

    def _findings(self, connection: sa.Connection, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
        """The findings of runs; of their records where a history is older than its table of findings."""
        if self._version >= steps.WITH_FINDINGS:
            table = tables.findings
            query = sa.select(table.c.run, table.c.fingerprint).where(table.c.run.in_(numbers))
            yield from ((row.run, row.fingerprint) for row in connection.execute(query))
            return
        records = tables.records
        packed = sa.select(records.c.run, records.c.record).where(records.c.run.in_(numbers))
        for run, data in connection.execute(packed):
            yield from ((run, fingerprint) for fingerprint in fingerprints_of(data))


def _of_target(query: _Query, target: str | None) -> _Query:
    return query if target is None else query.where(tables.runs.c.target == target)


def _begun_before(query: _Query, time: str | None) -> _Query:
    return query if time is None else query.where(tables.runs.c.started < time)


def _holds_anything(connection: sa.Connection) -> bool:
    return connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first() is not None


def _version(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table(tables.schema.name):
        return 0
    return int(connection.execute(sa.select(tables.schema.c.version)).scalar() or 0)
