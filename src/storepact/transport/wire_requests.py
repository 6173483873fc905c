"""Requests for the wire, made without httpx, which takes longer for the same bytes, and to be imported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import httpcore

from storepact.model.case import PreparedRequest

#: The names of headers that give the length of a body.
_LENGTHS = {b"content-length", b"transfer-encoding"}

#: Methods of reads.
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


#: A URL that is sent as it is written: the port is not that of its scheme, and no segment consists of dots.
_PLAIN_URL = re.compile(
    r"(https?)://([a-z0-9.-]+)(?::(?!80(?:/|$)|443(?:/|$))([1-9]\d{0,3}|[1-5]\d{4}))?"
    r"((?:/(?!\.\.?(?:/|$))(?:[A-Za-z0-9\-._~!$&()*+,;=:@]|%[0-9A-F]{2})*)*)"
)


class InvalidURL(ValueError):
    """A text is no URL."""


@dataclass
class Outgoing:
    """A request ready for the wire, and what it was made of."""

    prepared: PreparedRequest
    request: httpcore.Request
    ended: float = 0.0
    """When its last response had come, in seconds of the epoch, before anything else was done with it."""

    @property
    def is_read(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.prepared.method in _READS


def make_request(
    method: str, url: str, headers: Sequence[tuple[bytes, bytes]], body: bytes | None = None
) -> httpcore.Request:
    """A request for the wire: Host and Content-Length are added where they are not given.

    Raises:
        InvalidURL: the URL is none.

    """
    address, host = _read_url(url)
    method, names = method.upper(), {name.lower() for name, _ in headers}
    sent = list(headers)
    if body and b"content-length" not in names:
        sent.append((b"Content-Length", b"%d" % len(body)))
    elif not body and method in ("POST", "PUT", "PATCH") and names.isdisjoint(_LENGTHS):
        sent.insert(0, (b"Content-Length", b"0"))
    if b"host" not in names:
        sent.insert(0, (b"Host", host))
    return httpcore.Request(method, address, headers=sent, content=body)


@lru_cache(1_024)
def _read_url(text: str) -> tuple[httpcore.URL, bytes]:
    """A URL for the wire, and its host with the port; the same few are sent to again and again."""
    plain = _PLAIN_URL.fullmatch(text)
    if plain is None:
        return _read_any_url(text)
    scheme, host, port, path = (part.encode() for part in plain.groups(""))
    address = httpcore.URL(scheme=scheme, host=host, port=int(port) if port else None, target=path or b"/")
    return address, host + (b":" + port if port else b"")


def _read_any_url(text: str) -> tuple[httpcore.URL, bytes]:
    import httpx  # takes a tenth of a second, and few URLs need it

    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise InvalidURL from None
    address = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return address, url.netloc
