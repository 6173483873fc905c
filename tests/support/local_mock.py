"""A mock in the process of the test: what a run sends to it needs no socket, no HTTP parser and no process.

Everything from the prepared request to the mock's application is as in a run; what lies between (the
connection, the server) is tested in tests/transport and tests/mock.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import h11
import httpcore

from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.mock.app import MockApp, header_fields
from storepact.mock.definition import MockService
from storepact.mock.exchange import MockRequest, MockResponse
from storepact.mock.tokens import CONDITIONS, Tokens
from storepact.model.errors import RequestUnsendable, UsageError
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.transport.connections import Connections, RawResponse

#: Nothing listens on these ports of loopback: a request that is not sent to a local mock fails.
#: Ports below 100 are left to tests of targets that cannot be reached.
_PORTS = itertools.count(100)

_MOCKS: dict[int, LocalMock] = {}


class LocalMock:
    """A mock without a process of its own; it has what tests use of `RunningMock`."""

    siblings: tuple[()] = ()

    def __init__(self) -> None:
        tokens = Tokens()
        self.tokens: Mapping[str, str] = {condition: tokens.issue(condition) for condition in CONDITIONS}
        self.port = next(_PORTS)
        self.url = f"http://127.0.0.1:{self.port}"
        definition = mock_definition()
        document = load_document(data_path("openapi", DEFAULT_FAMILY.document))
        self._service = MockService(definition, document, tokens, definition.open(None, tokens))
        self._app = MockApp(self)
        self._turn = threading.Lock()

    def configure(
        self,
        *,
        choices: Mapping[str, str] | None = None,
        faults: Sequence[str] = (),
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Replace choices, faults and limits, and delete everything, as `RunningMock.configure`."""
        try:
            self._service.configure(choices or {}, faults, limits or {})
        except LookupError as error:
            raise UsageError(str(error)) from None
        self.reset()

    def reset(self) -> None:
        """Delete everything that was created."""
        self._service.provider.clear()

    def on_request(self, request: MockRequest) -> float:
        """Let the faults observe a request, and wait as long as they want."""
        with self._turn:
            pause = self._service.on_request(request)
        if pause:
            time.sleep(pause)  # as the server does, which serves others meanwhile
        return 0.0

    def respond(self, request: MockRequest) -> MockResponse:
        """Return the response to a request; one at a time, as in the server's loop."""
        with self._turn:
            return self._service.respond(request)

    def send(self, request: httpcore.Request) -> RawResponse:
        """Run the mock's application for one request."""
        received = _received(request)
        self._app.on_request(received)
        response, content = self._app.respond(received)
        fields = tuple(header_fields(response, content).items())
        has_content = request.method != b"HEAD" and response.status != 204
        return RawResponse(response.status, fields, content if has_content else b"")


def _received(request: httpcore.Request) -> MockRequest:
    """The request as the mock's server reads it."""
    try:
        event = h11.Request(method=request.method, target=request.url.target, headers=request.headers)
    except h11.LocalProtocolError as error:
        raise RequestUnsendable(f"this request cannot be sent: {type(error).__name__}") from None
    path, _, query = event.target.decode("latin-1").partition("?")
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers)
    names = {name for name, _ in headers}
    has_body = names & {"content-length", "transfer-encoding"}
    body = b"".join(request.stream) if has_body else b""
    return MockRequest(request.method.decode(), path, headers, body, query)


_over_network = Connections.send


def _send(self: Connections, request: httpcore.Request, *limits: Any, **named_limits: Any) -> RawResponse:
    local = _MOCKS.get(request.url.port or 0)
    return local.send(request) if local is not None else _over_network(self, request, *limits, **named_limits)


@contextmanager
def serve_locally() -> Iterator[LocalMock]:
    """A new mock, and a client that sends to it without a socket."""
    running = LocalMock()
    Connections.send = _send  # for good: mocks begin and end in any order
    _MOCKS[running.port] = running
    try:
        yield running
    finally:
        del _MOCKS[running.port]
