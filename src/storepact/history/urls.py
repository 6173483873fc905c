"""Where the history is, as it was told: a file, or PostgreSQL; what is neither is refused unseen, as a password may be in it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote

import sqlalchemy as sa

from storepact.model.errors import HistoryUnusable, UsageError

#: How it is written; what is told is never repeated.
HOW = (
    "write a file, sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, in a password %40 for @, %3A for :, %2F for /, "
    "%3F for ?, %20 for a blank"
)

#: What the name of a file holds only where sqlite:/// says that it is one.
_ODD_IN_FILES = re.compile(r"[@=:?#\t\r\n]")

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")

#: One @ at most, and nothing after it that an unescaped password could have left there.
_POSTGRESQL = re.compile(
    r"postgres(?:ql)?(?:\+psycopg)?://"
    r"(?:(?P<user>[^\s:/?#@\[\]]*)(?::(?P<password>[^\s@?]*))?@)?"
    r"(?:[\w.,-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:/[^\s:@/?#]*)?(?:\?[^\s@#?]*)?",
    re.IGNORECASE,
)


def default_url(environment: Mapping[str, str] = os.environ) -> str:
    """Where runs are kept if nothing else is said: STOREPACT_HISTORY, else a file in the state folder of the user."""
    told = environment.get("STOREPACT_HISTORY")
    if told:
        return told
    state = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return _of_file(str(Path(state) / "storepact" / "history.db"))


def checked_url(told: str) -> str:
    """A URL from an argument list: a path is a SQLite file, and a password is refused, as others could read it there.

    Raises:
        UsageError: it holds a password, or is no database that we know.

    """
    if "://" not in told and _is_path(told):
        return _of_file(told)
    try:
        url = parse_url(told)
    except HistoryUnusable:
        raise UsageError(
            "--history is no database URL: write a file, sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None
    if passwords_of(url):
        raise UsageError(
            "--history holds a password, which others could read there: put the URL into STOREPACT_HISTORY, or use PGPASSWORD"
        )
    return told


def parse_url(told: str) -> sa.URL:
    """What was told, as the driver needs it.

    Raises:
        HistoryUnusable: it is neither plainly a file nor a URL that means one thing only.

    """
    scheme, mark, rest = told.partition("://")
    if not mark and _is_path(told):
        return sa.URL.create("sqlite", database=told)
    if scheme.lower() == "sqlite" and rest.startswith("/") and rest != "/" and "?" not in rest:
        return sa.URL.create("sqlite", database=unquote(rest[1:]))
    if _POSTGRESQL.fullmatch(told):
        try:
            return sa.make_url(f"postgresql+psycopg://{rest}")
        except (sa.exc.ArgumentError, ValueError):
            pass
    elif (
        mark
        and re.fullmatch(r"[A-Za-z][\w+.-]*", scheme)
        and not scheme.lower().startswith(("sqlite", "postgres"))
    ):
        raise HistoryUnusable("STOREPACT_HISTORY", f"is neither SQLite nor PostgreSQL: {HOW}")
    raise HistoryUnusable("STOREPACT_HISTORY", f"is no database URL: {HOW}")


def shown_url(url: sa.URL) -> str:
    """A URL without what may be secret in it."""
    return url.set(query={}).render_as_string(hide_password=True)


def passwords_of(url: sa.URL) -> list[str]:
    """Every password that a URL holds."""
    told = [value for name, value in url.query.items() if "password" in name.lower()]
    every = [
        url.password,
        *(each for value in told for each in ([value] if isinstance(value, str) else value)),
    ]
    return [each for each in every if each]


def tells_a_password(said: str, url: sa.URL) -> bool:
    """Whether three characters of a password stand in a text, as they would if a driver took a password apart."""
    text = said.lower()
    return any(
        each[start : start + 3] in text
        for each in (password.lower() for password in passwords_of(url))
        for start in range(max(1, len(each) - 2))
    )


def _is_path(told: str) -> bool:
    return bool(told) and not _ODD_IN_FILES.search(told[2:] if _DRIVE.match(told) else told)


def _of_file(path: str) -> str:
    return "sqlite:///" + quote(path, safe="/:\\")
