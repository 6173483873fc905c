"""The history as a place: opened, kept up to date, written to and read from; whatever the database says becomes one clear error."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from storepact.errors import HistoryDamaged, HistoryUnusable, UsageError
from storepact.history import tables

#: Seconds that a writer waits for another one.
PATIENCE = 60.0

#: Runs over which it is judged whether a finding is new, old, or comes and goes.
LOOKED_BACK = 20

#: The lock that PostgreSQL holds while tables are made; a number of ours.
_LOCK = 7_370_741

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


def default_url(environment: Mapping[str, str] = os.environ) -> str:
    """Where runs are kept if nothing else is said: STOREPACT_HISTORY, else a file in the state folder of the user."""
    told = environment.get("STOREPACT_HISTORY")
    if told:
        return told
    state = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return f"sqlite:///{Path(state) / 'storepact' / 'history.db'}"


def checked_url(told: str) -> str:
    """A URL from an argument list: a path is a SQLite file, and a password is refused, as others could read it there.

    Raises:
        UsageError: it holds a password, or is no database that we know.

    """
    if "://" not in told:
        return f"sqlite:///{told}"
    try:
        url = sa.make_url(told)
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise exc.ArgumentError
    except (exc.ArgumentError, ValueError):
        raise UsageError("--history is no database URL: write a file, sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    if url.password or any("password" in name.lower() for name in url.query):
        raise UsageError(
            "--history holds a password, which others could read there: put the URL into STOREPACT_HISTORY, or use PGPASSWORD"
        )
    return told


class History:
    """The runs of a database. Use it as a context manager; `url` may hold a password, which nothing shows."""

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        """Open it, and bring it up to date.

        Raises:
            HistoryUnusable: it cannot be reached or written, or is of a newer version.
            HistoryDamaged: the file is no history any more; it has been set aside.

        """
        self._url = _parsed(url)
        self.shown = _shown(self._url)
        self.file = Path(self._url.database) if self._url.get_backend_name() == "sqlite" and self._url.database else None
        self._readonly = readonly
        if self.file is not None and not readonly:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise HistoryUnusable(self.shown, f"{self.file.parent} cannot be made: {error.strerror}") from None
        self.engine = _engine(self._url)
        self._bring_up_to_date()

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def _bring_up_to_date(self) -> None:
        if self._readonly and self.file is not None and not self.file.exists():
            raise HistoryUnusable(self.shown, "there is none yet: `storepact verify` begins one")
        with self._connected(write=False) as connection:
            version = _version(connection)
        if version > len(tables.STEPS):
            raise HistoryUnusable(
                self.shown, f"was written by a newer storepact (version {version}, this one knows {len(tables.STEPS)}): upgrade it"
            )
        if version == len(tables.STEPS):
            return
        with self._connected(write=True) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            version = _version(connection)  # somebody else may have been faster
            tables.metadata.create_all(connection, tables=[tables.schema])
            for step in tables.STEPS[version:]:
                step(connection)
            connection.execute(tables.schema.delete())
            connection.execute(tables.schema.insert(), {"version": len(tables.STEPS)})

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
            raise HistoryUnusable(self.shown, f"holds a record that cannot be read: {type(error).__name__}") from None

    def _translated(self, error: exc.DBAPIError) -> HistoryUnusable | HistoryDamaged:
        said = " ".join(str(error.orig).split())
        if self.file is not None and any(word in said for word in _DAMAGED):
            return HistoryDamaged(self.file, self._set_aside())
        if "readonly" in said or "read-only" in said or "permission denied" in said.lower():
            return HistoryUnusable(self.shown, "may only be read; name another one with --history")
        if "locked" in said:
            return HistoryUnusable(self.shown, f"somebody else has held it for {PATIENCE:.0f} s")
        if "unable to open" in said:
            return HistoryUnusable(self.shown, "cannot be opened; is its folder there, and may you write to it?")
        if self.file is not None and ("no such table" in said or "no such column" in said):
            return HistoryUnusable(self.shown, "is a database of somebody else; name another file with --history")
        return HistoryUnusable(self.shown, said[:200])

    def _set_aside(self) -> Path | None:
        """The damaged file under another name, never overwritten; None if it could not be moved."""
        assert self.file is not None
        self.engine.dispose()
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        for number in range(1, 1_000):
            aside = self.file.with_name(f"{self.file.name}.damaged-{stamp}" + (f"-{number}" if number > 1 else ""))
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
        rows = [each for each in record["rows"] if each["outcome"] != "not described" and not each["reason"].startswith("allowed")]
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
        data = tables.packed({name: value for name, value in record.items() if name != "teeth"})
        with self._connected(write=True) as connection:
            number = connection.execute(tables.runs.insert(), values).inserted_primary_key
            assert number is not None
            connection.execute(tables.records.insert(), {"run": number[0], "record": data})
            names = sorted({each["fingerprint"] for each in record["findings"]})
            if names:
                connection.execute(tables.findings.insert(), [{"run": number[0], "fingerprint": name} for name in names])
            return int(number[0])

    # reading

    def runs(self, *, target: str | None = None, limit: int | None = None) -> list[Run]:
        """The last runs, the newest first."""
        wanted = sa.select(tables.runs).order_by(tables.runs.c.id.desc())
        wanted = wanted.where(tables.runs.c.target == target) if target is not None else wanted
        with self._connected(write=False) as connection:
            return [Run(**row._mapping) for row in connection.execute(wanted.limit(limit) if limit is not None else wanted)]

    def record(self, number: int) -> dict[str, Any]:
        """The record of a run.

        Raises:
            UsageError: there is no such run.

        """
        wanted = sa.select(tables.records.c.record).where(tables.records.c.run == number)
        with self._connected(write=False) as connection:
            data = connection.execute(wanted).scalar()
        if data is None:
            raise UsageError(f"there is no run {number} in {self.shown}; `storepact history` lists them")
        record: dict[str, Any] = tables.unpacked(data)
        return record

    def latest_green(self, *, target: str | None = None, before: str | None = None) -> int | None:
        """The number of the last run that conforms, of one target, begun before a time; None if there is none."""
        wanted = sa.select(tables.runs.c.id).where(tables.runs.c.verdict == "conforms").order_by(tables.runs.c.id.desc())
        wanted = wanted.where(tables.runs.c.target == target) if target is not None else wanted
        wanted = wanted.where(tables.runs.c.started < before) if before is not None else wanted
        with self._connected(write=False) as connection:
            found = connection.execute(wanted.limit(1)).scalar()
        return None if found is None else int(found)

    def earlier(self, *, target: str, suites: str, before: str | None = None, limit: int = LOOKED_BACK) -> list[Earlier]:
        """What the last runs of a target found that were asked the same suites, and begun before a time; the oldest first."""
        mine = (
            sa.select(tables.runs.c.id, tables.runs.c.started)
            .where(tables.runs.c.target == target, tables.runs.c.suites == suites, tables.runs.c.verdict != "undetermined")
            .order_by(tables.runs.c.id.desc())
            .limit(limit)
        )
        mine = mine.where(tables.runs.c.started < before) if before is not None else mine
        with self._connected(write=False) as connection:
            rows = connection.execute(mine).all()
            wanted = sa.select(tables.findings.c.run, tables.findings.c.fingerprint).where(
                tables.findings.c.run.in_([row.id for row in rows])
            )
            found: dict[int, set[str]] = {}
            for run, fingerprint in connection.execute(wanted) if rows else ():
                found.setdefault(run, set()).add(fingerprint)
        return [Earlier(row.started, frozenset(found.get(row.id, ()))) for row in reversed(rows)]


def suites_of(record: Mapping[str, Any]) -> str:
    """The suites that a run was asked, as one text."""
    return ",".join(sorted({outcome["suite"] for outcome in record["outcomes"]}))


def _parsed(url: str) -> sa.URL:
    how = "write a file, sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, in a password %40 for @, %3A for :, %2F for /"
    try:
        parsed = sa.make_url(url if "://" in url else f"sqlite:///{url}")
    except (exc.ArgumentError, ValueError):
        raise HistoryUnusable("STOREPACT_HISTORY", f"is no database URL: {how}") from None
    name = parsed.get_backend_name()
    if name == "postgresql":
        if any(each in (parsed.host or "") for each in "@#/ "):
            raise HistoryUnusable("STOREPACT_HISTORY", f"is no database URL: {how}")
        return parsed.set(drivername="postgresql+psycopg")
    if name != "sqlite":
        raise HistoryUnusable(_shown(parsed), "is neither SQLite nor PostgreSQL")
    return parsed


def _shown(url: sa.URL) -> str:
    """A URL without what may be secret in it."""
    return url.set(query={}).render_as_string(hide_password=True)


def _engine(url: sa.URL) -> sa.Engine:
    try:
        if url.get_backend_name() == "sqlite":
            engine = sa.create_engine(url, connect_args={"timeout": PATIENCE}, poolclass=sa.NullPool)
            sa.event.listen(engine, "connect", _plain)
            return engine
        return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 10})
    except ModuleNotFoundError:
        raise HistoryUnusable(_shown(url), "needs a driver: pip install 'storepact[postgresql]'") from None


def _plain(connection: Any, _: object) -> None:
    """Transactions are begun by us: the driver would begin them too late, and two writers could meet in the middle."""
    connection.isolation_level = None


def _version(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table(tables.schema.name):
        return 0
    return int(connection.execute(sa.select(tables.schema.c.version)).scalar() or 0)
