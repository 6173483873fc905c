"""Where integrations are kept: SQLite, in memory or in a file that outlives the process."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from storepact.families.persistent_store.provider.resource import Integration
from storepact.model.errors import UsageError

#: "spmk": tells a mock's file from other SQLite files. The format version is `user_version`.
_APPLICATION = 0x73706D6B
_FORMAT = 1

_TABLE = """
CREATE TABLE IF NOT EXISTS integrations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, project TEXT NOT NULL, environment TEXT NOT NULL,
  kind TEXT NOT NULL, version INTEGER NOT NULL, created INTEGER NOT NULL, body TEXT NOT NULL)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS place ON integrations (project, environment, kind)"
_COLUMNS = "id, project, environment, kind, version, created, body"


class Storage:
    """Integrations by id, in the order of their creation.

    In a file every change is in the write-ahead log before it is answered: it survives the death of the process at any
    moment (not that of the machine). Several processes may use one file.
    """

    def __init__(self, path: Path | None = None) -> None:
        """`path` None keeps everything in memory.

        Raises:
            UsageError: the file cannot be used; it is left as it was.

        """
        try:
            new = path is None or not path.exists() or path.stat().st_size == 0
            if path is not None and new:
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # it holds passwords in the clear
            self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
            self._prepared(path, new)
        except (OSError, sqlite3.Error) as error:
            raise UsageError(
                f"--data {path}: {getattr(error, 'strerror', None) or error}; choose another file"
            ) from None

    def _prepared(self, path: Path | None, new: bool) -> None:
        run = self._connection.execute
        run("PRAGMA busy_timeout = 5000")
        if not new:
            application, version = (
                run(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
            )
            if application != _APPLICATION:
                raise UsageError(
                    f"--data {path}: is not a file that storepact mock wrote; choose another file"
                )
            if version > _FORMAT:
                raise UsageError(
                    f"--data {path}: was written by a newer storepact (format {version}); update, or choose another"
                )
        if path is not None:
            run("PRAGMA journal_mode = WAL")
            run("PRAGMA synchronous = NORMAL")
        with self.changing():
            run(f"PRAGMA application_id = {_APPLICATION}")
            run(f"PRAGMA user_version = {_FORMAT}")
            run(_TABLE)
            run(_INDEX)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One transaction that other processes wait for: all of it or, after an exception, nothing. May be nested."""
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

    def all(self) -> Iterator[Integration]:
        """Every integration, oldest first."""
        for row in self._connection.execute(f"SELECT {_COLUMNS} FROM integrations ORDER BY seq"):
            yield _read(row)

    def get(self, identifier: str) -> Integration | None:
        """The integration with that id."""
        found = self._connection.execute(f"SELECT {_COLUMNS} FROM integrations WHERE id = ?", (identifier,))
        row = found.fetchone()
        return None if row is None else _read(row)

    def holds(self, project: str, environment: str, kind: str | None) -> bool:
        """Whether anything (of that kind) lives in an environment."""
        where, values = "project = ? AND environment = ?", [project, environment]
        if kind is not None:
            where, values = f"{where} AND kind = ?", [*values, kind]
        return (
            self._connection.execute(f"SELECT 1 FROM integrations WHERE {where} LIMIT 1", values).fetchone()
            is not None
        )

    def add(self, new: Integration) -> None:
        """Keep a new integration."""
        self._connection.execute(
            f"INSERT INTO integrations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", _row(new)
        )

    def replace(self, after: Integration) -> None:
        """Keep an integration as it is now."""
        change = "UPDATE integrations SET version = ?, created = ?, body = ? WHERE id = ?"
        self._connection.execute(change, (*_row(after)[4:], after.id))

    def remove(self, identifier: str) -> None:
        """Forget an integration."""
        self._connection.execute("DELETE FROM integrations WHERE id = ?", (identifier,))

    def clear(self) -> None:
        """Forget them all."""
        self._connection.execute("DELETE FROM integrations")


def _row(integration: Integration) -> tuple[str | int, ...]:
    each = integration
    body = json.dumps({"config": each.config, "on": each.on, "name": each.name, "tags": each.tags})
    return (each.id, each.project, each.environment, each.kind, each.version, each.created, body)


@lru_cache(maxsize=20_000)  # a list reads every row; an integration is never changed, only replaced
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
