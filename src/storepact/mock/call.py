"""What passes between the mock's parts: a call, its answer, a refusal."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from storepact.openapi.document import Operation


@dataclass(frozen=True)
class MockRequest:
    """One request as it came. Header names are lower case, in the order received; `path` is percent-encoded, without query."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    query: str = ""
    operation: Operation | None = None
    """Set by the front, which knows the document."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Path parameters, decoded."""

    def header(self, name: str) -> str | None:
        """The first header of that name: of two, the first counts."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def token(self) -> str:
        """The access token as it was sent; empty if none was."""
        return self.header("authorization") or ""


@dataclass(frozen=True)
class MockResponse:
    """What is said to a call. `body` None sends none; `unread` closes the connection, because the call was not read to its end."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    unread: bool = False

    def with_headers(self, more: Mapping[str, str]) -> MockResponse:
        """The same answer with further headers; its own ones win."""
        return MockResponse(self.status, self.body, {**more, **self.headers}, self.unread)


class MockRefusal(Exception):
    """An error answer `{code, message, id}`."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})

    def answer(self) -> MockResponse:
        """The refusal in the common form of errors."""
        return MockResponse(
            self.status, {"code": self.code, "message": self.message, "id": str(uuid.uuid4())}, self.headers
        )


Handler = Callable[[MockRequest], MockResponse]
