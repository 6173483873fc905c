"""The history as a place: opened, kept up to date, written to and read from; whatever the database says becomes one clear error."""

from __future__ import annotations

import codecs
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from storepact.history import tables
from storepact.history.urls import checked_url, default_url, parse_url, shown_url, tells_a_password
from storepact.model.errors import HistoryDamaged, HistoryUnusable, UsageError

__all__ = ["LOOKED_BACK", "PATIENCE", "Earlier", "History", "Run", "checked_url", "default_url", "suites_of"]

#: Seconds that a writer waits for another one.
PATIENCE = 60.0

#: Runs over which it is judged whether a finding is new, old, or comes and goes.
LOOKED_BACK = 20

#: The lock that PostgreSQL holds while tables are made; a number of ours.
_LOCK = 7_370_741

#: What a SQLite file begins with.
_HEADER = b"SQLite format 3\0"

#: No run has a number as large as this; databases break over it.
_NO_NUMBER = 2**63

_DAMAGED = ("not a database", "malformed", "disk image", "file is encrypted", "unsupported file format")


@dataclass(frozen=True)
class Run:
    """One run as lists and trends show it. `covered` of `described` rows of the document were seen."""

    id: int
    started: str
    target: str
    suites: str
    verdict: str
    findings: int
    causes: int
    exchanges: int
    covered: int
    described: int
    not_verified: int
    seconds: float
    storepact: str


@dataclass(frozen=True)
class Earlier:
    """What an earlier run found, for the history of findings."""

    started: str
    fingerprints: frozenset[str]


class History:
    """The runs of a database. Use it as a context manager; `url` may hold a password, which nothing shows."""

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        """Open it, and bring it up to date; `readonly` writes nothing at all, and reads an older one as it is.

        Raises:
            HistoryUnusable: it cannot be reached or written, is of a newer version, or somebody else's.
            HistoryDamaged: the file is no history any more; it has been set aside.

        """
        self._url = parse_url(url)
        self.shown = shown_url(self._url)
        self.file = (
            Path(self._url.database)
            if self._url.get_backend_name() == "sqlite" and self._url.database
            else None
        )
        self._readonly = readonly
        if self.file is not None and not readonly:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise HistoryUnusable(
                    self.shown, f"{self.file.parent} cannot be made: {error.strerror}"
                ) from None
        self.engine = _engine(self._url, self.file, readonly=readonly)
        self._version = self._brought_up_to_date()

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def _brought_up_to_date(self) -> int:
        """The version that it has now."""
        if self.file is not None and _is_text(self.file):
            raise HistoryUnusable(self.shown, "is no history but a text; name another file with --history")
        if self._readonly and self.file is not None and not _is_begun(self.file):
            raise self._none_yet()
        with self._connected(write=False) as connection:
            version = _version(connection)
            foreign = version == 0 and self.file is not None and _holds_anything(connection)
        if foreign:
            raise self._foreign()
        if version > len(tables.STEPS):
            raise HistoryUnusable(
                self.shown,
                f"was written by a newer storepact (version {version}, this one knows {len(tables.STEPS)}): upgrade it",
            )
        if self._readonly and version == 0:
            raise self._none_yet()
        if self._readonly or version == len(tables.STEPS):
            return version
        with self._connected(write=True) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            version = _version(connection)  # somebody else may have been faster
            tables.metadata.create_all(connection, tables=[tables.schema])
            for step in tables.STEPS[version:]:
                step(connection)
            connection.execute(tables.schema.delete())
            connection.execute(tables.schema.insert(), {"version": len(tables.STEPS)})
        return len(tables.STEPS)

    def _none_yet(self) -> HistoryUnusable:
        return HistoryUnusable(self.shown, "there is none yet: `storepact verify` begins one")

    def _foreign(self) -> HistoryUnusable:
        return HistoryUnusable(self.shown, "is a database of somebody else; name another file with --history")

    @contextmanager
    def _connected(self, *, write: bool) -> Iterator[sa.Connection]:
        with self._translating(), self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
            yield connection
            connection.commit()

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Whatever the database says becomes one of ours."""
        try:
            yield
        except exc.DBAPIError as error:
            raise self._translated(error) from None
        except exc.SQLAlchemyError as error:
            raise HistoryUnusable(self.shown, f"cannot be used: {type(error).__name__}") from None
        except (zlib.error, ValueError) as error:
            raise HistoryUnusable(
                self.shown, f"holds a record that cannot be read: {type(error).__name__}"
            ) from None

    def _translated(self, error: exc.DBAPIError) -> HistoryUnusable | HistoryDamaged:
        said = " ".join(str(error.orig).split())
        if self.file is not None and any(word in said for word in _DAMAGED):
            return HistoryDamaged(self.file, self._set_aside())
        if self._readonly and self.file is not None and "readonly" in said:
            return HistoryUnusable(
                self.shown,
                "was left unfinished by a run that broke off; the next `storepact verify` mends it",
            )
        if "readonly" in said or "read-only" in said or "permission denied" in said.lower():
            return HistoryUnusable(self.shown, "may only be read; name another one with --history")
        if "locked" in said:
            return HistoryUnusable(self.shown, f"somebody else has held it for {PATIENCE:.0f} s")
        if "unable to open" in said:
            return HistoryUnusable(
                self.shown, "cannot be opened; is its folder there, and may you write to it?"
            )
        if self.file is not None and ("no such table" in said or "no such column" in said):
            return self._foreign()
        if tells_a_password(said, self._url):
            said = "it cannot be reached, or does not let us in; check its host, name, user and password"
        return HistoryUnusable(self.shown, said[:200])

    def _set_aside(self) -> Path | None:
        """The damaged file under another name, never overwritten; None if it could not be moved."""
        assert self.file is not None
        self.engine.dispose()
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        for number in range(1, 1_000):
            aside = self.file.with_name(
                f"{self.file.name}.damaged-{stamp}" + (f"-{number}" if number > 1 else "")
            )
            if not aside.exists():
                try:
                    self.file.rename(aside)
                except OSError:
                    return None
                return aside
        return None

    # writing

    def prove_writable(self) -> None:
        """Make sure that a run can be kept.

        Raises:
            HistoryUnusable: it cannot.

        """
        with self._connected(write=True):
            pass

    def add(self, record: Mapping[str, Any]) -> int:
        """Keep a run; its number.

        Raises:
            HistoryUnusable: it cannot be written.

        """
        rows = [
            row
            for row in record["rows"]
            if row["outcome"] != "not described" and not row["reason"].startswith("allowed")
        ]
        values = {
            "started": record["started"],
            "target": record["target"],
            "suites": suites_of(record),
            "verdict": record["verdict"],
            "findings": len(record["findings"]),
            "causes": len(record["causes"]),
            "exchanges": record["exchanges_total"],
            "covered": sum(1 for each in rows if each["outcome"] == "covered"),
            "described": len(rows),
            "not_verified": len(record["not_verified"]),
            "seconds": record["duration_s"],
            "storepact": record["storepact"],
        }
        data = tables.pack_record({name: value for name, value in record.items() if name != "teeth"})
        with self._connected(write=True) as connection:
            number = connection.execute(tables.runs.insert(), values).inserted_primary_key
            assert number is not None
            connection.execute(tables.records.insert(), {"run": number[0], "record": data})
            names = sorted({finding["fingerprint"] for finding in record["findings"]})
            if names:
                connection.execute(
                    tables.findings.insert(), [{"run": number[0], "fingerprint": name} for name in names]
                )
            return int(number[0])

    # reading

    def runs(self, *, target: str | None = None, limit: int | None = None) -> list[Run]:
        """The last runs, the newest first."""
        wanted = sa.select(tables.runs).order_by(tables.runs.c.id.desc())
        wanted = wanted.where(tables.runs.c.target == target) if target is not None else wanted
        with self._connected(write=False) as connection:
            return [
                Run(**row._mapping)
                for row in connection.execute(wanted.limit(limit) if limit is not None else wanted)
            ]

    def record(self, number: int) -> dict[str, Any]:
        """The record of a run.

        Raises:
            UsageError: there is no such run.

        """
        wanted = sa.select(tables.records.c.record).where(tables.records.c.run == number)
        data = None
        if number < _NO_NUMBER:
            with self._connected(write=False) as connection:
                data = connection.execute(wanted).scalar()
        if data is None:
            raise UsageError(f"there is no run {number} in {self.shown}; `storepact history` lists them")
        record: dict[str, Any] = tables.unpack_record(data)
        return record

    def latest_green(self, *, target: str | None = None, before: str | None = None) -> int | None:
        """The number of the last run that conforms, of one target, begun before a time; None if there is none."""
        wanted = (
            sa.select(tables.runs.c.id)
            .where(tables.runs.c.verdict == "conforms")
            .order_by(tables.runs.c.id.desc())
        )
        wanted = wanted.where(tables.runs.c.target == target) if target is not None else wanted
        wanted = wanted.where(tables.runs.c.started < before) if before is not None else wanted
        with self._connected(write=False) as connection:
            found = connection.execute(wanted.limit(1)).scalar()
        return None if found is None else int(found)

    def earlier(
        self, *, target: str, suites: str, before: str | None = None, limit: int = LOOKED_BACK
    ) -> list[Earlier]:
        """What the last runs of a target found that were asked the same suites, and begun before a time; the oldest first."""
        mine = (
            sa.select(tables.runs.c.id, tables.runs.c.started)
            .where(
                tables.runs.c.target == target,
                tables.runs.c.suites == suites,
                tables.runs.c.verdict != "undetermined",
            )
            .order_by(tables.runs.c.id.desc())
            .limit(limit)
        )
        mine = mine.where(tables.runs.c.started < before) if before is not None else mine
        with self._connected(write=False) as connection:
            rows = connection.execute(mine).all()
            found: dict[int, set[str]] = {}
            for run, fingerprint in self._found(connection, [row.id for row in rows]) if rows else ():
                found.setdefault(run, set()).add(fingerprint)
        return [Earlier(row.started, frozenset(found.get(row.id, ()))) for row in reversed(rows)]

    def _found(self, connection: sa.Connection, numbers: list[int]) -> Iterator[tuple[int, str]]:
        """What runs found: from their records where a history is older than its table of findings."""
        if self._version >= tables.WITH_FINDINGS:
            wanted = sa.select(tables.findings.c.run, tables.findings.c.fingerprint).where(
                tables.findings.c.run.in_(numbers)
            )
            yield from ((row.run, row.fingerprint) for row in connection.execute(wanted))
            return
        kept = sa.select(tables.records.c.run, tables.records.c.record).where(
            tables.records.c.run.in_(numbers)
        )
        for run, data in connection.execute(kept):
            yield from ((run, finding["fingerprint"]) for finding in tables.unpack_record(data)["findings"])


def suites_of(record: Mapping[str, Any]) -> str:
    """The suites that a run was asked, as one text."""
    return ",".join(sorted({outcome["suite"] for outcome in record["outcomes"]}))


def _engine(url: sa.URL, file: Path | None, *, readonly: bool) -> sa.Engine:
    if file is not None:

        def connected() -> sqlite3.Connection:
            return sqlite3.connect(_reading(file) if readonly else file, timeout=PATIENCE, uri=readonly)

        engine = sa.create_engine("sqlite://", creator=connected, poolclass=sa.NullPool)
        sa.event.listen(engine, "connect", _plain)
        return engine
    try:
        return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 10})
    except ModuleNotFoundError:
        raise HistoryUnusable(shown_url(url), "needs a driver: pip install 'storepact[postgresql]'") from None


def _reading(file: Path) -> str:
    """A SQLite URL that cannot write, not even the two files that a write-ahead log would leave beside a database nobody writes."""
    with suppress(OSError), file.open("rb") as opened:
        start = opened.read(20)
        if (
            start.startswith(_HEADER)
            and 2 in start[18:20]
            and not file.with_name(f"{file.name}-wal").exists()
        ):
            return f"{file.absolute().as_uri()}?immutable=1"
    return f"{file.absolute().as_uri()}?mode=ro"


def _is_begun(file: Path) -> bool:
    """Whether a file is there and not empty; where that cannot be seen, the database says why."""
    try:
        return file.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _is_text(file: Path) -> bool:
    """Whether a file is plainly somebody's text, and never was a database: one of a single letter would be written over."""
    try:
        with file.open("rb") as opened:
            start = opened.read(len(_HEADER))
            if not start or start == _HEADER:
                return False
            start += opened.read(100_000)
        return "\0" not in codecs.getincrementaldecoder("utf-8")().decode(start)
    except (OSError, UnicodeDecodeError):
        return False


def _holds_anything(connection: sa.Connection) -> bool:
    return connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first() is not None


def _plain(connection: Any, _: object) -> None:
    """Transactions are begun by us: the driver would begin them too late, and two writers could meet in the middle."""
    connection.isolation_level = None


def _version(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table(tables.schema.name):
        return 0
    return int(connection.execute(sa.select(tables.schema.c.version)).scalar() or 0)
