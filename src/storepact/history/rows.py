"""The rows of a history's tables, in SQL for SQLite and PostgreSQL alike: `:name` stands for a value."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from storepact.history.columns import Value

if TYPE_CHECKING:
    import sqlalchemy as sa

Row = TypeVar("Row")
Values = Mapping[str, Value]
_NOTHING: Values = {}


class Rows(Protocol):
    """Reads and writes rows in one transaction."""

    def select(self, make: Callable[..., Row], query: str, values: Values = _NOTHING) -> list[Row]:
        """Return what `make` makes of the columns of each row of a query."""

    def insert(self, table: str, rows: Sequence[Values]) -> None:
        """Write rows, all with the same columns."""

    def insert_row(self, table: str, row: Values) -> int:
        """Write a row; returns the id that it gets."""

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""

    def holds_anything(self) -> bool:
        """Whether a file has any table; a database of a server may hold others beside ours."""


class FileRows:
    """The rows of a SQLite file. Implements `Rows`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def select(self, make: Callable[..., Row], query: str, values: Values = _NOTHING) -> list[Row]:
        """Return what `make` makes of the columns of each row of a query."""
        return [make(*row) for row in self._connection.execute(query, values)]

    def insert(self, table: str, rows: Sequence[Values]) -> None:
        """Write rows, all with the same columns."""
        self._connection.executemany(insertion(table, rows[0]), rows)

    def insert_row(self, table: str, row: Values) -> int:
        """Write a row; returns the id that it gets."""
        number = self._connection.execute(insertion(table, row), row).lastrowid
        assert number is not None
        return number

    def make_tables(self, statements: Sequence[str]) -> None:
        """Run the statements that make tables."""
        for statement in statements:
            self._connection.execute(statement)

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name"
        return bool(self.select(int, query, {"name": name}))

    def holds_anything(self) -> bool:
        """Whether there is any table."""
        return bool(self.select(int, "SELECT 1 FROM sqlite_master LIMIT 1"))


class LibraryRows:
    """The rows of a database that SQLAlchemy connects to. Implements `Rows`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def select(self, make: Callable[..., Row], query: str, values: Values = _NOTHING) -> list[Row]:
        """Return what `make` makes of the columns of each row of a query."""
        import sqlalchemy as sa

        return [make(*row) for row in self._connection.execute(sa.text(query), values)]

    def insert(self, table: str, rows: Sequence[Values]) -> None:
        """Write rows, all with the same columns."""
        import sqlalchemy as sa

        self._connection.execute(sa.text(insertion(table, rows[0])), list(rows))

    def insert_row(self, table: str, row: Values) -> int:
        """Write a row; returns the id that it gets."""
        return self.select(int, f"{insertion(table, row)} RETURNING id", row)[0]

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        import sqlalchemy as sa

        return sa.inspect(self._connection).has_table(name)

    def holds_anything(self) -> bool:
        """Nothing that matters."""
        return False


def insertion(table: str, row: Values) -> str:
    """Return the statement that writes a row."""
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    return f"INSERT INTO {table} ({names}) VALUES ({places})"
