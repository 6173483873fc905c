"""The database under a history: opened for reading or writing, each of its errors one of ours."""

from __future__ import annotations

import codecs
import sqlite3
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storepact.history.rows import FileRows, LibraryRows, Rows
from storepact.history.urls import FileUrl, parse_url, shown_url
from storepact.model.errors import HistoryDamaged, HistoryUnusable

if TYPE_CHECKING:
    import sqlalchemy as sa

#: Seconds that a writer waits for another one.
PATIENCE = 60.0

#: What a SQLite file begins with.
_HEADER = b"SQLite format 3\0"

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_FORBIDDEN = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)

#: SQLSTATE of a transaction that may only read, and of a missing privilege.
_FORBIDDEN_STATES = ("25006", "42501")

#: How a transaction begins that reads, and one that writes.
_BEGIN = ("BEGIN", "BEGIN IMMEDIATE")

_MAY_ONLY_BE_READ = "may only be read; name another one with --history"


class Database:
    """A SQLite file or a PostgreSQL database.

    Rows of a file are read and written without SQLAlchemy, whose import takes longer than all else.
    """

    def __init__(self, url: str, *, readonly: bool) -> None:
        """Prepare the connection. Nothing is opened yet; a file that is to be written gets its folder.

        Raises:
            HistoryUnusable: the URL, the folder or the driver cannot be used.

        """
        parsed = parse_url(url)
        self.display_name = shown_url(parsed)
        self.readonly = readonly
        self.file = Path(parsed.path) if isinstance(parsed, FileUrl) else None
        if self.file is not None and not readonly:
            self._make_folder(self.file)
        if not isinstance(parsed, FileUrl):
            self.engine = self._create_postgresql(parsed)

    @cached_property
    def engine(self) -> sa.Engine:
        """SQLAlchemy's engine."""
        import sqlalchemy as sa

        engine = sa.create_engine("sqlite://", creator=self._open_file, poolclass=sa.NullPool)
        sa.event.listen(engine, "connect", _disable_implicit_transactions)
        return engine

    def close(self) -> None:
        """Close every connection."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    @contextmanager
    def open_rows(self, *, write: bool) -> Iterator[Rows]:
        """Yield the rows of the tables in a transaction, which is committed at the end.

        Raises:
            HistoryUnusable: the database cannot be used.
            HistoryDamaged: the file is damaged, and has been set aside.

        """
        if self.file is None:
            with self.connect(write=write) as server:
                yield LibraryRows(server)
            return
        with self.open_file_rows(write=write) as rows:
            yield rows

    @contextmanager
    def open_file_rows(self, *, write: bool) -> Iterator[FileRows]:
        """Yield the rows of a file as `open_rows` does."""
        with self.translate_errors(), closing(self._open_file()) as connection:
            connection.isolation_level = None
            connection.execute(_BEGIN[write])
            yield FileRows(connection)
            connection.execute("COMMIT")

    @contextmanager
    def connect(self, *, write: bool) -> Iterator[sa.Connection]:
        """Yield a connection of SQLAlchemy as `open_rows` yields rows."""
        with self.translate_errors(), self.engine.connect() as connection:
            if self.file is not None:
                connection.exec_driver_sql(_BEGIN[write])
            yield connection
            connection.commit()

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Raise every error of the database as one of ours.

        Raises:
            HistoryUnusable: the database cannot be used; the message has no text of the driver.

        """
        try:
            yield
        except sqlite3.Error as error:
            raise self._translate(error) from None
        except _library_errors() as error:
            from sqlalchemy.exc import DBAPIError

            if isinstance(error, DBAPIError):
                raise self._translate(error.orig) from None
            raise HistoryUnusable(self.display_name, f"cannot be used: {type(error).__name__}") from None
        except (zlib.error, ValueError) as error:
            problem = f"holds a record that cannot be read: {type(error).__name__}"
            raise HistoryUnusable(self.display_name, problem) from None

    def foreign(self) -> HistoryUnusable:
        """Return the error for a database that is not ours."""
        return HistoryUnusable(
            self.display_name, "is a database of another program; name another file with --history"
        )

    def is_text(self) -> bool:
        """Return whether the file is a text, and never was a database."""
        return self.file is not None and _is_text(self.file)

    def has_content(self) -> bool:
        """Return whether there is anything to open; where that cannot be seen, the database says why."""
        try:
            return self.file is None or self.file.stat().st_size > 0
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True

    def _make_folder(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"{file.parent} cannot be made: {error.strerror}"
            raise HistoryUnusable(self.display_name, problem) from None

    def _open_file(self) -> sqlite3.Connection:
        assert self.file is not None
        path = _readonly_uri(self.file) if self.readonly else self.file
        return sqlite3.connect(path, timeout=PATIENCE, uri=self.readonly)

    def _create_postgresql(self, url: sa.URL) -> sa.Engine:
        import sqlalchemy as sa

        try:
            return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 10})
        except ModuleNotFoundError:
            raise HistoryUnusable(
                self.display_name, "needs a driver: pip install 'storepact[postgresql]'"
            ) from None

    def _translate(self, error: BaseException | None) -> HistoryUnusable:
        """The driver's error as one of ours. Its text is not repeated: parts of a password may be in it."""
        if self.file is not None:
            return self._translate_sqlite(self.file, getattr(error, "sqlite_errorcode", None))
        state = getattr(error, "sqlstate", None)
        if state in _FORBIDDEN_STATES:
            return HistoryUnusable(self.display_name, _MAY_ONLY_BE_READ)
        if state is not None:
            return HistoryUnusable(self.display_name, f"PostgreSQL refuses it with SQLSTATE {state}")
        return HistoryUnusable(
            self.display_name,
            "it cannot be reached, or refuses the login; check its host, name, user and password",
        )

    def _translate_sqlite(self, file: Path, extended: int | None) -> HistoryUnusable:
        code = None if extended is None else extended & 0xFF
        if code in _DAMAGED:
            return HistoryDamaged(file, self._set_aside(file))
        if code in _FORBIDDEN and self.readonly:
            problem = "was left unfinished by a run that broke off; the next `storepact verify` repairs it"
        elif code in _FORBIDDEN:
            problem = _MAY_ONLY_BE_READ
        elif code in _LOCKED:
            problem = f"another program has held it for {PATIENCE:.0f} s"
        elif file.is_dir():
            problem = "is a folder; name a file in it with --history"
        elif code == sqlite3.SQLITE_CANTOPEN:
            problem = "cannot be opened; does its folder exist, and may you write to it?"
        elif code == sqlite3.SQLITE_ERROR:  # a table or a column of ours is not there
            return self.foreign()
        else:
            problem = f"SQLite cannot use it (error {extended})"
        return HistoryUnusable(self.display_name, problem)

    def _set_aside(self, file: Path) -> Path | None:
        """Rename the damaged file, never over another one; None if it could not be renamed."""
        self.close()
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        for number in range(1, 1_000):
            suffix = f"-{number}" if number > 1 else ""
            aside = file.with_name(f"{file.name}.damaged-{stamp}{suffix}")
            if not aside.exists():
                try:
                    file.rename(aside)
                except OSError:
                    return None
                return aside
        return None


def _library_errors() -> tuple[type[Exception], ...]:
    """The errors of SQLAlchemy, if it was imported."""
    module = sys.modules.get("sqlalchemy.exc")
    return () if module is None else (module.SQLAlchemyError,)


def _readonly_uri(file: Path) -> str:
    """A SQLite URI that cannot write, not even the files of a write-ahead log beside the database."""
    with suppress(OSError), file.open("rb") as opened:
        start = opened.read(20)
        uses_log = start.startswith(_HEADER) and 2 in start[18:20]
        if uses_log and not file.with_name(f"{file.name}-wal").exists():
            return f"{file.absolute().as_uri()}?immutable=1"
    return f"{file.absolute().as_uri()}?mode=ro"


def _is_text(file: Path) -> bool:
    """Whether a file is text: SQLite would write over one of a single letter."""
    try:
        with file.open("rb") as opened:
            start = opened.read(len(_HEADER))
            if not start or start == _HEADER:
                return False
            start += opened.read(100_000)
        return "\0" not in codecs.getincrementaldecoder("utf-8")().decode(start)
    except (OSError, UnicodeDecodeError):
        return False


def _disable_implicit_transactions(connection: Any, _: object) -> None:
    """Leave the begin of a transaction to us: the driver's comes too late, and two writers could meet."""
    connection.isolation_level = None
