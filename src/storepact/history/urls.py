"""URLs of a history: a file, or PostgreSQL. A URL may hold a password, so errors never repeat it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from storepact.model.errors import HistoryUnusable, UsageError
from storepact.model.values import lean_value

if TYPE_CHECKING:
    import sqlalchemy as sa

#: How a URL is written.
HOW = (
    "write a file, sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, in a password %40 for @, "
    "%3A for :, %2F for /, %3F for ?, %20 for a blank"
)

#: Characters that the name of a file may have only behind sqlite:///.
_ODD_IN_FILES = re.compile(r"[@=:?#\t\r\n]")

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")

_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")

_HOST = re.compile(r"[\w.,:-]*")
_DATABASE = re.compile(r"[^\s:@/?#]*")


def default_url(environment: Mapping[str, str] = os.environ) -> str:
    """Return STOREPACT_HISTORY, else the URL of a file in the user's state folder."""
    url = environment.get("STOREPACT_HISTORY")
    if url:
        return url
    state = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return _file_url(str(Path(state) / "storepact" / "history.db"))


def checked_url(text: str) -> str:
    """Return the URL of an argument: a path is a SQLite file.

    Raises:
        UsageError: it holds a password, which others could read there, or is no database that we know.

    """
    if "://" not in text and _is_path(text):
        return _file_url(text)
    try:
        url = parse_url(text)
    except HistoryUnusable:
        raise UsageError(
            "--history is no database URL: write a file, sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None
    if has_password(url):
        raise UsageError(
            "--history holds a password, which others could read there: "
            "put the URL into STOREPACT_HISTORY, or use PGPASSWORD"
        )
    return text


@lean_value(frozen=True)
class FileUrl:
    """The URL of a SQLite file."""

    path: str


def parse_url(text: str) -> sa.URL | FileUrl:
    """Return a URL as the driver needs it.

    Raises:
        HistoryUnusable: it is neither a file nor a URL that means one thing only.

    """
    scheme, mark, rest = text.partition("://")
    scheme = scheme.lower()
    if not mark and _is_path(text):
        return FileUrl(text)
    if scheme == "sqlite" and rest.startswith("/") and rest != "/" and "?" not in rest:
        return FileUrl(os.fsdecode(unquote_to_bytes(os.fsencode(rest[1:]))))
    if mark and scheme in _POSTGRESQL:
        url = _parse_postgresql(rest)
        if url is not None:
            return url
    elif mark and re.fullmatch(r"[a-z][\w+.-]*", scheme) and not scheme.startswith(("sqlite", "postgres")):
        raise HistoryUnusable("STOREPACT_HISTORY", f"is neither SQLite nor PostgreSQL: {HOW}")
    raise HistoryUnusable("STOREPACT_HISTORY", f"is no database URL: {HOW}")


def _parse_postgresql(rest: str) -> sa.URL | None:
    """The URL; None where a password that is not escaped may have become part of the host or the name."""
    import sqlalchemy as sa  # takes a third of a second, and a file needs none of it

    try:
        url = sa.make_url(f"postgresql+psycopg://{rest}")
    except (sa.exc.ArgumentError, ValueError):
        return None
    address, _, query = rest.partition("?")
    is_clear = (
        not re.search(r"\s", rest)
        and address.count("@") <= 1
        and "@" not in query
        and _HOST.fullmatch(url.host or "")
        and _DATABASE.fullmatch(url.database or "")
    )
    return url if is_clear else None


def shown_url(url: sa.URL | FileUrl) -> str:
    """Return a URL without what may be secret in it."""
    if isinstance(url, FileUrl):
        return "sqlite:///" + quote(os.fsencode(url.path), safe=" +/")
    return url.set(query={}).render_as_string(hide_password=True)


def has_password(url: sa.URL | FileUrl) -> bool:
    """Return whether a URL holds a password."""
    if isinstance(url, FileUrl):
        return False
    return bool(url.password) or any("password" in name.lower() for name in url.query)


def _is_path(text: str) -> bool:
    return bool(text) and not _ODD_IN_FILES.search(text[2:] if _DRIVE.match(text) else text)


def _file_url(path: str) -> str:
    """The URL of a file, whatever bytes its name has."""
    return "sqlite:///" + quote(os.fsencode(path), safe="/:\\")
