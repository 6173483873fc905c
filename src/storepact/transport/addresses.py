"""Addresses of targets: base URLs, and which of them are on this machine."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from storepact.model.case import TOKEN_VARIABLE
from storepact.model.errors import UsageError


def base_url_of(text: str, names: Collection[str] = ()) -> str:
    """A base URL without a trailing slash. `names` of targets are listed in the error message.

    Raises:
        UsageError: not an http(s) URL, or one with blanks, a query, a fragment or credentials in it.

    """
    if not text.isprintable() or any(mark in text for mark in " ?#"):
        raise UsageError(f"{text!r} is not a target: leave out blanks, and what begins with ? or #")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{text!r} is not a URL: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        listed = ", ".join(("`mock`", *names))
        raise UsageError(f"{text!r} is not a target: give {listed}, or a URL such as http://localhost:8080")
    if parts.username or parts.password:
        raise UsageError(f"the target's URL holds credentials; give the token in {TOKEN_VARIABLE} instead")
    return text.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
