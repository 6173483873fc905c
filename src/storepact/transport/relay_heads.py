"""Heads of HTTP messages as a relay passes them on: everything but the headers of one connection."""

from __future__ import annotations

import json
from base64 import b64encode
from http import HTTPStatus
from urllib.parse import urlsplit

from storepact.model.values import lean_value
from storepact.transport.relay_events import RawHeaders
from storepact.transport.route import Proxy

#: Headers of one connection.
_HOP_BY_HOP = frozenset(
    {
        b"connection", b"expect", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
        b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip

#: Those of requests: what names the relay itself.
_OF_REQUESTS = _HOP_BY_HOP | {b"host"}

_HTTPS = 443


@lean_value(frozen=True)
class Address:
    """Where requests go: the host that is connected to, and what the head of a request names."""

    host: str
    port: int
    uses_tls: bool
    authority: str
    """The value of Host."""
    prefix: str
    """What stands before the path of a request: the path of the target, or for a proxy its whole URL."""
    proxy: Proxy | None = None

    @classmethod
    def of(cls, target: str, proxy: Proxy | None) -> Address:
        """The address of a target's base URL."""
        parts = urlsplit(target)
        uses_tls = parts.scheme == "https"
        host = parts.hostname or ""
        authority = parts.netloc.rpartition("@")[2]
        prefix = target if proxy is not None and not uses_tls else parts.path
        return cls(host, parts.port or (_HTTPS if uses_tls else 80), uses_tls, authority, prefix, proxy)

    @property
    def authorization(self) -> bytes:
        """The header with the credentials for the proxy, where it has any."""
        if self.proxy is None or self.proxy.credentials is None:
            return b""
        pair = ":".join(self.proxy.credentials).encode("utf-8")
        return b"Proxy-Authorization: Basic " + b64encode(pair) + b"\r\n"

    def begin_head(self) -> tuple[bytes, bytes]:
        """What stands before and behind the path of every request."""
        own = self.authorization if not self.uses_tls else b""
        return self.prefix.encode(), b" HTTP/1.1\r\nHost: " + self.authority.encode() + b"\r\n" + own


def header_of(headers: RawHeaders, name: bytes) -> bytes | None:
    """The first value of a header; `name` is in lower case."""
    return next((value for key, value in headers if key.lower() == name), None)


def path_of(url: bytes) -> bytes:
    """Path and query as they were sent; of the URL that a client sends to a proxy its path."""
    if url.startswith(b"/") or b"://" not in url:
        return url
    parts = urlsplit(url)
    return (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")


def lines_of(headers: RawHeaders, *, of_request: bool) -> list[bytes]:
    """The lines of the headers that are passed on."""
    dropped = _OF_REQUESTS if of_request else _HOP_BY_HOP
    connection = header_of(headers, b"connection")
    if connection is not None:
        dropped = dropped | {name.strip().lower() for name in connection.split(b",")}
    return [b"%b: %b\r\n" % pair for pair in headers if pair[0].lower() not in dropped]


def own_failure(problem: str, status: int = 502) -> bytes:
    """The answer of the relay itself, where the target has none; the connection ends with it."""
    body = json.dumps({"code": "bad_gateway", "message": f"storepact proxy: {problem}"}).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
        f"X-Storepact-Proxy: no answer\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
