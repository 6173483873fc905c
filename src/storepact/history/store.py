"""The history of runs: kept up to date, written to and read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from storepact.history import steps
from storepact.history.columns import (
    COLUMN_NAMES,
    COLUMNS,
    FINDINGS,
    RECORDS,
    RUNS,
    SCHEMA,
    Run,
    Value,
    suites_of,
)
from storepact.history.database import PATIENCE, Database
from storepact.history.packed import fingerprints_of, pack_record, unpack_data
from storepact.history.rows import LibraryRows, Rows
from storepact.history.trends import TargetRuns, read_target_runs
from storepact.history.urls import checked_url, default_url
from storepact.model.errors import HistoryUnusable, UsageError
from storepact.model.outcome import Verdict
from storepact.model.values import lean_value
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


@lean_value(frozen=True)
class EarlierRun:
    """When an earlier run began, and the fingerprints of its findings."""

    number: int
    started: str
    fingerprints: frozenset[str]


class _Beginning(NamedTuple):
    number: int
    started: str


class _Finding(NamedTuple):
    run: int
    fingerprint: str


class _Packed(NamedTuple):
    run: int
    record: bytes


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
        if version == 0 and not database.readonly and database.file is not None:
            version = self._make_file_tables()
        if database.readonly or version == newest:
            return version
        import sqlalchemy as sa

        from storepact.history import tables

        with database.connect(write=True) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            version = _version(LibraryRows(connection))  # another process may have been faster
            tables.metadata.create_all(connection, tables=[tables.schema])
            for step in steps.STEPS[version:]:
                step(connection)
            connection.execute(tables.schema.delete())
            connection.execute(tables.schema.insert(), {"version": newest})
        return newest

    def _make_file_tables(self) -> int:
        """Make the tables of an empty file as the steps make them; returns the version that it has then."""
        if len(steps.STEPS) < steps.FILE_VERSION:
            return 0
        with self._database.open_file_rows(write=True) as rows:
            version = _version(rows)  # another process may have been faster
            if version == 0:
                rows.make_tables(steps.FILE_TABLES)
                rows.insert(SCHEMA, [{"version": steps.FILE_VERSION}])
                version = steps.FILE_VERSION
        return version

    def _read_version(self) -> int:
        """The version that the history has now, 0 for an empty database; one that is not ours is refused."""
        database = self._database
        if database.is_text():
            raise HistoryUnusable(
                self.display_name, "is no history but a text; name another file with --history"
            )
        if database.readonly and not database.has_content():
            raise self._none_yet()
        with database.open_rows(write=False) as rows:
            version = _version(rows)
            is_foreign = version == 0 and rows.holds_anything()
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
        with self._database.open_rows(write=True):
            pass

    def add(self, record: Record) -> int:
        """Keep a run; returns its number.

        Raises:
            HistoryUnusable: it cannot be written.

        """
        values = {column.name: column.value(record) for column in COLUMNS}
        packed = pack_record(record)
        fingerprints = sorted({finding.fingerprint for finding in record.findings})
        with self._database.open_rows(write=True) as rows:
            number = rows.insert_row(RUNS, values)
            rows.insert(RECORDS, [{"run": number, "record": packed}])
            if fingerprints:
                rows.insert(FINDINGS, [{"run": number, "fingerprint": name} for name in fingerprints])
            return number

    def runs(self, *, target: str | None = None, limit: int | None = None) -> list[Run]:
        """Return the last runs, the newest first."""
        where, values = _where({"target = :target": target})
        limited = "" if limit is None else f"LIMIT {limit:d}"
        query = f"SELECT {COLUMN_NAMES} FROM {RUNS} {where} ORDER BY id DESC {limited}"
        with self._database.open_rows(write=False) as rows:
            return rows.select(Run, query, values)

    def target_runs(self, *, target: str | None, points: int, newest: int) -> list[TargetRuns]:
        """Return the runs of a target, or of all, in at most so many points, and the last so many whole."""
        with self._database.open_rows(write=False) as rows:
            return read_target_runs(rows, target, points, newest)

    def record(self, number: int) -> Record:
        """Return the record of a run.

        Raises:
            UsageError: there is no such run.
            RecordUnusable: its record is of a format that this version does not read.

        """
        packed: list[bytes] = []
        if number < _NO_NUMBER:
            with self._database.open_rows(write=False) as rows:
                packed = rows.select(bytes, f"SELECT record FROM {RECORDS} WHERE run = :run", {"run": number})
        if not packed:
            raise UsageError(
                f"there is no run {number} in {self.display_name}; `storepact history` lists them"
            )
        with self._database.translate_errors():
            data = unpack_data(packed[0])
        return read_record(data, f"run {number} of {self.display_name}")

    def latest_green(self, *, target: str | None = None, before: str | None = None) -> int | None:
        """Return the number of the last run of a target, begun before a time, that conforms; else None."""
        green = Verdict.CONFORMS.value
        where, values = _where(
            {"verdict = :verdict": green, "target = :target": target, "started < :before": before}
        )
        with self._database.open_rows(write=False) as rows:
            numbers = rows.select(int, f"SELECT id FROM {RUNS} {where} ORDER BY id DESC LIMIT 1", values)
        return numbers[0] if numbers else None

    def earlier(
        self, *, target: str, suites: str, before: str | None = None, limit: int = LOOKED_BACK
    ) -> list[EarlierRun]:
        """Return the last runs of a target with the same suites, begun before a time; the oldest first.

        Undetermined runs are left out: they say nothing about the provider.
        """
        where, values = _where(
            {
                "suites = :suites": suites,
                "verdict <> :verdict": Verdict.UNDETERMINED.value,
                "target = :target": target,
                "started < :before": before,
            }
        )
        query = f"SELECT id, started FROM {RUNS} {where} ORDER BY id DESC LIMIT {limit:d}"
        with self._database.open_rows(write=False) as rows:
            runs = rows.select(_Beginning, query, values)
            findings: dict[int, set[str]] = {run.number: set() for run in runs}
            for run, fingerprint in self._findings(rows, list(findings)):
                findings[run].add(fingerprint)
        return [EarlierRun(*run, frozenset(findings[run.number])) for run in reversed(runs)]

    def _findings(self, rows: Rows, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
        """The findings of runs; of their records where a history is older than its table of findings."""
        within = f"WHERE run IN ({', '.join(map(str, numbers)) or 'NULL'})"
        if self._version >= steps.WITH_FINDINGS:
            yield from rows.select(_Finding, f"SELECT run, fingerprint FROM {FINDINGS} {within}")
            return
        for run, data in rows.select(_Packed, f"SELECT run, record FROM {RECORDS} {within}"):
            yield from ((run, fingerprint) for fingerprint in fingerprints_of(data))


def _where(conditions: Mapping[str, Value | None]) -> tuple[str, dict[str, Value]]:
    """Return the condition of a query, and its values by name, of the conditions that have a value."""
    chosen = {text: value for text, value in conditions.items() if value is not None}
    names = {text.rpartition(":")[2]: value for text, value in chosen.items()}
    return f"WHERE {' AND '.join(chosen)}" if chosen else "", names


def _version(rows: Rows) -> int:
    if not rows.has_table(SCHEMA):
        return 0
    versions = rows.select(int, f"SELECT version FROM {SCHEMA}")
    return versions[0] if versions else 0
