"""Addresses of targets: base URLs, and which of them are on this machine."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from ipaddress import ip_address
from posixpath import normpath
from socket import inet_aton, inet_ntoa
from urllib.parse import quote, unquote, urlsplit

from storepact.model.case import TOKEN_VARIABLE
from storepact.model.errors import UsageError

_PORTS = {"http": 80, "https": 443}


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
    """Whether a URL's host is this machine, whatever resolves names."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def place_of(url: str) -> tuple[str, int, str]:
    """Host, port and path of a base URL, equal for all spellings of one place; this machine is one host."""
    parts = urlsplit(url)
    segments = (quote(unquote(segment), safe="") for segment in parts.path.split("/"))  # %2F is no slash
    path = normpath("/" + "/".join(segments)).replace("//", "/").rstrip("/")
    host = _host_of(url)
    with suppress(ValueError):
        address = ip_address(host)
        host = "localhost" if address.is_loopback or address.is_unspecified else host
    host = "localhost" if host.endswith(".localhost") else host
    return host, parts.port or _PORTS[parts.scheme], path


def _host_of(url: str) -> str:
    """A URL's host; an address in its usual form, however it is written, as resolvers read it."""
    host = unquote(urlsplit(url).hostname or "").lower().rstrip(".")
    with suppress(OSError, ValueError):  # 127.1, 2130706433 and 0x7f000001 are one address
        host = inet_ntoa(inet_aton(host))
    with suppress(ValueError):
        address = ip_address(host)
        return str(getattr(address, "ipv4_mapped", None) or address)
    with suppress(UnicodeError):
        host = host.encode("idna").decode("ascii")
    return host
