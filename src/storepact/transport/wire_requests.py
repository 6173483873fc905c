"""Requests for the wire, made without httpx, which takes longer for the same bytes, and to be imported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import httpcore

from storepact.model.case import PreparedRequest

#: The names of headers that give the length of a body.
_LENGTHS = {b"content-length", b"transfer-encoding"}

#: Methods of reads.
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


#: A URL that is sent as it is written: the port is not that of its scheme, and no segment consists of dots.
_PLAIN_URL = re.compile(
    r"(https?)://([a-z0-9.-]+)(?::(?!80(?:/|$)|443(?:/|$))([1-9]\d{0,3}|[1-5]\d{4}))?"
    r"((?:/(?!\.\.?(?:[/?]|$))(?:[A-Za-z0-9\-._~!$&()*+,;=:@]|%[0-9A-F]{2})*)*(?:\?[A-Za-z0-9\-._~&=]*)?)"
)

#: Parts of a request that mean the same to every server: of its first line, and the lines of its headers.
_PLAIN_METHOD, _PLAIN_TARGET = re.compile(rb"(?!CONNECT$|HEAD$)[A-Z]+"), re.compile(rb"/[!-~]*")
_PLAIN_NAME = re.compile(
    rb"(?!(?:connection|expect|te|transfer-encoding|upgrade)$)[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.I
)
_PLAIN_VALUE = re.compile(rb"[!-~\x80-\xff]+(?:[ \t]+[!-~\x80-\xff]+)*|")


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


def write_plain(request: httpcore.Request) -> bytes | None:
    """The bytes of a request; None where it says anything unusual, or HTTP forbids it.

    Host comes first, the length of the body is stated, and the connection is kept.
    """
    method, target, headers = request.method, request.url.target, request.headers
    body = b"".join(cast("Iterable[bytes]", request.stream))
    names = [name.lower() for name, _ in headers]
    stated = [value for name, value in headers if name.lower() == b"content-length"]
    is_stated = stated == [b"%d" % len(body)] if body else stated in ([], [b"0"])
    lines = [_line_of(*header) for header in headers]
    if names[:1] != [b"host"] or names.count(b"host") != 1 or not is_stated or not all(lines):
        return None
    if not _PLAIN_METHOD.fullmatch(method) or not _PLAIN_TARGET.fullmatch(target):
        return None
    return b"".join((method, b" ", target, b" HTTP/1.1\r\n", *lines, b"\r\n", body))


@lru_cache(1_024)
def _line_of(name: bytes, value: bytes) -> bytes:
    """A header's line; empty where it is for a writer that checks what it means."""
    is_plain = _PLAIN_NAME.fullmatch(name) and _PLAIN_VALUE.fullmatch(value)
    return b"%b: %b\r\n" % (name, value) if is_plain else b""


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
