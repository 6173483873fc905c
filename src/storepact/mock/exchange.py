"""The values that pass between the parts of the mock: a request, its response, a refusal."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import field

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.operation import Operation


@lean_value(frozen=True)
class MockRequest:
    """One request as it was received.

    Header names are lower case, in the order received; `path` is percent-encoded and has no query.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    query: str = ""
    operation: Operation | None = None
    """Set by the router."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Path parameters, decoded; set by the router."""

    def header(self, name: str) -> str | None:
        """Return the value of the first header with that lower-case name."""
        for key, value in self.headers:  # several times for each request: a generator takes twice as long
            if key == name:
                return value
        return None

    @property
    def token(self) -> str:
        """The access token as it was sent; empty if none was."""
        return self.header("authorization") or ""


@lean_value(frozen=True)
class MockResponse:
    """One response. `unread` closes the connection: part of the request is unread.

    A `body` of None sends none; bytes and a `msgspec.Raw` are sent as they are, anything else as JSON.
    """

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    unread: bool = False

    def with_headers(self, headers: Mapping[str, str]) -> MockResponse:
        """Return the response with further headers; the ones that it has already win."""
        if not headers:
            return self
        return MockResponse(self.status, self.body, {**headers, **self.headers}, self.unread)


class MockRefusal(Exception):
    """An error response `{code, message, id}`."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})

    def response(self) -> MockResponse:
        """Return the response in the common form of errors, with a fresh id."""
        body = {"code": self.code, "message": self.message, "id": str(uuid.uuid4())}
        return MockResponse(self.status, body, self.headers)


#: Makes the response to one request.
Responder = Callable[[MockRequest], MockResponse]
