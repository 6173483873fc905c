"""A request that a connection receives: its head, and its body up to the limits."""

from __future__ import annotations

from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse
from storepact.model.whole_numbers import read_whole_number

#: Larger bodies (in bytes) get 413 …
LARGEST_BODY = 1_000_000
#: … and are read up to this many bytes, so that the client receives the response.
LARGEST_DRAIN = 64_000_000

Fields = tuple[tuple[str, str], ...]


class Incoming:
    """A request of which the head was received, and perhaps a part of the body.

    `keep_alive` is whether the connection stays open behind the response.
    """

    __slots__ = (
        *("method", "path", "query", "headers", "keep_alive", "awaits_continue", "is_complete", "refusal"),
        *("_chunks", "_size"),
    )

    def __init__(self, method: str, target: tuple[str, str], headers: Fields) -> None:
        self.method, (self.path, self.query), self.headers = method, target, headers
        self.keep_alive = True
        self.awaits_continue = self.is_complete = False
        """Whether the client sends the body when it receives a 100; whether the body was received."""
        self.refusal: MockResponse | None = None
        """The response to a request whose body is too large to be read."""
        self._chunks: list[bytes] = []
        self._size = 0

    def expect_body(self, version: str) -> None:
        """Refuse a body that is declared as too large, else let the client send it; `version` is of HTTP."""
        headers = dict(reversed(self.headers))
        length = headers.get("content-length")
        if length is not None and (read_whole_number(length) or 0) > LARGEST_BODY:
            self.refusal = _too_large(unread=True)
        elif length is not None or "transfer-encoding" in headers:
            # an older client does not wait, and takes a 100 for its response (RFC 9110 10.1.1)
            self.awaits_continue = version == "1.1"

    @property
    def is_ready(self) -> bool:
        """Whether the response can be made."""
        return self.is_complete or self.refusal is not None

    def add(self, chunk: bytes) -> None:
        """Add a part of the body; what is beyond the largest body is not kept."""
        self._size += len(chunk)
        if self._size <= LARGEST_BODY:
            self._chunks.append(chunk)
        elif self._size > LARGEST_DRAIN:
            self.refusal = self.refusal or _too_large(unread=True)

    def complete(self) -> None:
        """End the body."""
        self.is_complete = True
        if self._size > LARGEST_BODY:
            self.refusal = self.refusal or _too_large(unread=False)

    def request(self) -> MockRequest:
        """Return the request, with what was kept of its body."""
        return MockRequest(self.method, self.path, self.headers, b"".join(self._chunks), self.query)


def _too_large(*, unread: bool) -> MockResponse:
    refusal = MockRefusal(413, "invalid_request", f"the body is larger than {LARGEST_BODY:,} bytes")
    response = refusal.response()
    return MockResponse(response.status, response.body, response.headers, unread)
