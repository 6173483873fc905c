"""The mock of the API in a thread of this process, with a wrapper that changes what it answers."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.request import Request, urlopen

from mock_service import Mock
from storepact.families.persistent_store.api import BASE
from storepact.mock.app import MockApp, encode_body
from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse, Responder
from storepact.mock.server import serve

#: Makes the response to one request; `inner` makes that of the mock.
Wrapper = Callable[[MockRequest, Responder], MockResponse]


@dataclass
class WrappedMock:
    """A running one. Implements `mock.app.Handler`; `requests` are (method, path)."""

    wrap: Wrapper
    faults: Sequence[str] = ()
    url: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)

    def begin(self) -> None:
        """Make the mock, in the thread that it runs in."""
        mock = Mock(self.faults)
        self.service, self.tokens = mock.service, mock.tokens

    def on_request(self, request: MockRequest) -> float:
        """Wait as the mock does."""
        return self.service.on_request(request)

    def respond(self, request: MockRequest) -> MockResponse:
        """Respond through the wrapper."""
        if request.header("x-as-it-is") is not None:
            return self.service.respond(request)
        self.requests.append((request.method, request.path))
        return self.wrap(request, self.service.respond)

    def create_foreign(self, count: int) -> None:
        """Create integrations of others in default/test, as somebody who has no limit."""
        for number in range(count):
            body = {"name": f"cache {number}", "config": {"host": f"cache-{number}.example.com"}}
            raw = json.dumps(body).encode()
            headers = {"authorization": self.tokens["writer"], "ld-api-version": "beta"}
            headers["content-type"] = "application/json"
            request = MockRequest("POST", f"{BASE}/default/test/redis", tuple(headers.items()), raw)
            assert self.service.respond(request).status == 201

    def create_foreign_through_http(self) -> None:
        """Create an integration of others while the mock runs."""
        body = {"name": "cache", "config": {"host": "cache.example.com"}}
        headers = {"Authorization": self.tokens["writer"], "LD-API-Version": "beta"}
        headers["Content-Type"] = "application/json"
        url = f"{self.url}{BASE}/default/test/redis"
        with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=10) as response:
            assert response.status == 201

    @property
    def names(self) -> list[str]:
        """The names of the integrations that exist."""
        headers = {"Authorization": self.tokens["writer"], "LD-API-Version": "beta", "X-As-It-Is": "1"}
        with urlopen(Request(self.url + BASE, headers=headers), timeout=10) as response:
            return [item["name"] for item in json.load(response)["items"]]


@contextmanager
def wrapped_mock(wrap: Wrapper, *, foreign: int = 0, faults: Sequence[str] = ()) -> Iterator[WrappedMock]:
    """A running mock behind a wrapper, on a free port of loopback."""
    running, ready = WrappedMock(wrap, faults), threading.Event()
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    running.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    stop: list[Callable[[], None]] = []

    async def serve_until_stop() -> None:
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        stop.append(lambda: loop.call_soon_threadsafe(event.set))
        await serve({listener: MockApp(running)}, event, lambda url: ready.set())

    def run() -> None:
        running.begin()
        running.create_foreign(foreign)
        asyncio.run(serve_until_stop())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield running
    finally:
        stop[0]()
        thread.join(10)


_COLLECTION = re.compile(rf"{BASE}/([^/]+)/([^/]+)/([^/]+)")


def holds_at_most(
    most: int, status: int, *, per_kind: bool = False, first: bool = False, code: str = "limit_reached"
) -> Wrapper:
    """A provider that holds so many integrations in an environment; `first`: it looks before it validates."""

    def wrap(request: MockRequest, inner: Responder) -> MockResponse:
        match = _COLLECTION.fullmatch(request.path)
        if request.method != "POST" or match is None:
            return inner(request)
        is_full = _count(request, inner, match.groups()[: 3 if per_kind else 2]) >= most
        refusal = MockRefusal(status, code, "the environment holds no further one").response()
        if is_full and first:
            return refusal
        response = inner(request)
        if response.status == 201 and is_full:
            inner(MockRequest("DELETE", f"{request.path}/{response.body['_id']}", request.headers))
            return refusal
        return response

    return wrap


def _count(request: MockRequest, inner: Responder, place: tuple[str, ...]) -> int:
    """How many integrations exist in a place: a project, an environment, perhaps a kind."""
    body = inner(MockRequest("GET", BASE, request.headers)).body
    items = json.loads(encode_body(body)).get("items", ())
    keys = ("projectKey", "environmentKey", "integrationKey")
    return sum(tuple(item[key] for key in keys[: len(place)]) == place for item in items)
