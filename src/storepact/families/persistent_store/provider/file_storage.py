"""The storage of integrations in a file that outlives the process: SQLite."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from storepact.families.persistent_store.provider.resource import Integration
from storepact.families.persistent_store.provider.storage import StorageState
from storepact.model.errors import UsageError

#: "spmk": the application id of a mock's file. The format version is in `user_version`.
_APPLICATION = 0x73706D6B
_FORMAT = 1

_TABLE = """
CREATE TABLE IF NOT EXISTS integrations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL, environment TEXT NOT NULL, kind TEXT NOT NULL,
  version INTEGER NOT NULL, created INTEGER NOT NULL, body TEXT NOT NULL)
"""
_PATCHES = """
CREATE TABLE IF NOT EXISTS patches (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, environment TEXT NOT NULL, body TEXT NOT NULL)
"""
_BOOK = "CREATE TABLE IF NOT EXISTS book (id TEXT NOT NULL)"
_INDEX = "CREATE INDEX IF NOT EXISTS place ON integrations (project, environment, kind)"
_ALL = "SELECT id, project, environment, kind, version, created, body FROM integrations ORDER BY seq"
_BY_ID = "SELECT id, project, environment, kind, version, created, body FROM integrations WHERE id = ?"
_IN_ENVIRONMENT = "SELECT 1 FROM integrations WHERE project = ? AND environment = ? LIMIT 1"
_OF_KIND = "SELECT 1 FROM integrations WHERE project = ? AND environment = ? AND kind = ? LIMIT 1"
_INSERT = """
INSERT INTO integrations (id, project, environment, kind, version, created, body) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = "UPDATE integrations SET version = ?, created = ?, body = ? WHERE id = ?"


class FileStorage:
    """Integrations by id, in the order of their creation. Implements `storage.Storage`.

    Every change is in the write-ahead log before the response is sent: it survives `kill -9` of the
    process (not a power cut). Several processes may use one file.
    """

    failures: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            UsageError: the file cannot be used; it is left as it was.

        """
        try:
            new = not path.exists() or path.stat().st_size == 0
            if new:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # it holds passwords in the clear
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._prepare(path, new)
        except (OSError, sqlite3.Error) as error:
            raise UsageError(
                f"--data {path}: {getattr(error, 'strerror', None) or error}; choose another file"
            ) from None

    def _prepare(self, path: Path, new: bool) -> None:
        run = self._connection.execute
        run("PRAGMA busy_timeout = 5000")
        if not new:
            application, version = (
                run(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
            )
            if application != _APPLICATION:
                raise UsageError(f"--data {path}: was not written by storepact mock; choose another file")
            if version > _FORMAT:
                newer = f"was written by a newer storepact (format {version})"
                raise UsageError(f"--data {path}: {newer}; update, or choose another file")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        with self.transaction():
            run(f"PRAGMA application_id = {_APPLICATION}")
            run(f"PRAGMA user_version = {_FORMAT}")
            run(_TABLE)
            run(_INDEX)
            run(_PATCHES)
            run(_BOOK)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in one transaction, rolled back after an exception; may be nested. Others wait."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def state(self) -> StorageState:
        """Return what changes with every change, by this process or by another one."""
        return self._connection.total_changes, self._connection.execute("PRAGMA data_version").fetchone()[0]

    def all(self) -> Iterator[Integration]:
        """Yield every integration, oldest first."""
        for row in self._connection.execute(_ALL):
            yield _read(row)

    def get(self, identifier: str) -> Integration | None:
        """Return the integration with that id."""
        row = self._connection.execute(_BY_ID, (identifier,)).fetchone()
        return None if row is None else _read(row)

    def has_any(self, project: str, environment: str, kind: str | None) -> bool:
        """Whether an environment has any integration (of that kind)."""
        query = _IN_ENVIRONMENT if kind is None else _OF_KIND
        values = (project, environment) if kind is None else (project, environment, kind)
        return self._connection.execute(query, values).fetchone() is not None

    def add(self, new: Integration) -> None:
        """Store a new integration."""
        self._connection.execute(_INSERT, _row(new))

    def replace(self, after: Integration) -> None:
        """Store the new state of an integration."""
        self._connection.execute(_UPDATE, (*_row(after)[4:], after.id))

    def remove(self, identifier: str) -> None:
        """Delete an integration."""
        self._connection.execute("DELETE FROM integrations WHERE id = ?", (identifier,))

    def clear(self) -> None:
        """Delete every integration, and every patch of memberships."""
        with self.transaction():
            for table in ("integrations", "patches", "book"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - one of these three names

    def book_id(self, new: str) -> str:
        """Return the id of the patches; `new` becomes it where there is none."""
        with self.transaction():
            row = self._connection.execute("SELECT id FROM book").fetchone()
            if row is None:
                self._connection.execute("INSERT INTO book (id) VALUES (?)", (new,))
        return new if row is None else str(row[0])

    def patches(self) -> Iterator[tuple[str, str, str]]:
        """Yield project, environment and body of every patch of memberships, oldest first."""
        yield from self._connection.execute("SELECT project, environment, body FROM patches ORDER BY seq")

    def add_patch(self, project: str, environment: str, body: str) -> None:
        """Store a patch of memberships."""
        query = "INSERT INTO patches (project, environment, body) VALUES (?, ?, ?)"
        self._connection.execute(query, (project, environment, body))


def _row(new: Integration) -> tuple[str | int, ...]:
    body = json.dumps({"config": new.config, "on": new.on, "name": new.name, "tags": new.tags})
    return (new.id, new.project, new.environment, new.kind, new.version, new.created, body)


@lru_cache(maxsize=200_000)  # a list reads every row; an integration is never changed, only replaced
def _read(row: tuple[str, str, str, str, int, int, str]) -> Integration:
    identifier, project, environment, kind, version, created, text = row
    body = json.loads(text)
    return Integration(
        identifier,
        project,
        environment,
        kind,
        body["config"],
        body["on"],
        body["name"],
        tuple(body["tags"]),
        version,
        created,
    )
