"""A connection of the mock without a socket: the order of responses, pauses, limits of time, the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from storepact.mock import connection
from storepact.mock.app import MockApp
from storepact.mock.connection import Connection
from storepact.mock.exchange import MockResponse

GET = b"GET /%d HTTP/1.1\r\nHost: mock\r\n\r\n"
POST = b"POST /9 HTTP/1.1\r\nHost: mock\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"


class Paths:
    """Responds with the path of the request, after a pause for /1; /2 has a header that cannot be sent."""

    def __init__(self, pause: float) -> None:
        self.pause, self.paths = pause, []

    def on_request(self, request):
        return self.pause if request.path == "/1" else 0.0

    def respond(self, request):
        self.paths.append(request.path)
        headers = {"X-Path": request.path + "\r\n"} if request.path == "/2" else {}
        return MockResponse(200, request.path, headers)


class Transport(asyncio.Transport):
    """Notes what is done with it."""

    def __init__(self):
        super().__init__()
        self.sent, self.closed, self.is_reading_paused = b"", False, False

    def write(self, data):
        self.sent += data

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        self.is_reading_paused = True

    def resume_reading(self):
        self.is_reading_paused = False

    @property
    def responses(self):
        """The bodies that were sent."""
        return [part.rpartition(b"\r\n\r\n")[2].strip(b'"') for part in self.sent.split(b"HTTP/1.1 ")[1:]]


def run(steps: Callable[[Connection, Transport, Paths], object], pause: float = 0.0) -> Transport:
    """Run the steps on a new connection, and return what became of its transport."""

    async def connect() -> Transport:
        handler, transport = Paths(pause), Transport()
        client = Connection(MockApp(handler), set())
        client.connection_made(transport)
        await steps(client, transport, handler)
        return transport

    return asyncio.run(connect())


def test_a_pause_keeps_the_order():
    """What follows a request that waits is answered behind it, and nothing more is read meanwhile."""

    async def steps(client, transport, handler):
        client.data_received(GET % 1 + GET % 3)
        assert (transport.responses, transport.is_reading_paused) == ([], True)
        await asyncio.sleep(0.05)
        assert not transport.is_reading_paused

    assert run(steps, pause=0.01).responses == [b"/1", b"/3"]


def test_a_client_that_went_away_is_served_all_the_same():
    """A request that waits changes what is stored, whether or not its client reads the response."""

    async def steps(client, transport, handler):
        client.data_received(GET % 1)
        transport.closed = True
        client.connection_lost(None)
        await asyncio.sleep(0.05)
        assert handler.paths == ["/1"]

    assert run(steps, pause=0.01).sent == b""


def test_a_client_that_does_not_read_gets_no_more():
    """While the transport is full no response is made."""

    async def steps(client, transport, handler):
        client.pause_writing()
        client.data_received(GET % 3 + GET % 4)
        assert (handler.paths, transport.is_reading_paused) == ([], True)
        client.resume_writing()

    assert run(steps).responses == [b"/3", b"/4"]


@pytest.mark.parametrize("pause", [0.0, 0.01])
def test_half_closed(pause):
    """The end of a client's requests is no end of its responses; the last one closes the connection."""

    async def steps(client, transport, handler):
        client.data_received(GET % 1 + GET % 3)
        assert client.eof_received() is (pause > 0)
        await asyncio.sleep(0.05)

    transport = run(steps, pause)
    assert (transport.responses, transport.closed) == ([b"/1", b"/3"], pause > 0)


def test_the_end_of_the_mock():
    """A connection without a request ends at once, another one with its response, which says so."""

    async def idle(client, transport, handler):
        client.close_when_idle()

    async def waiting(client, transport, handler):
        client.data_received(GET % 1)
        client.close_when_idle()
        assert not transport.closed
        await asyncio.sleep(0.05)

    assert run(idle).closed
    transport = run(waiting, pause=0.01)
    assert (transport.responses, transport.closed, b"connection: close" in transport.sent) == (
        [b"/1"],
        True,
        True,
    )


def test_a_header_that_cannot_be_sent_ends_the_connection():
    """Nothing is sent that a client would read as another header."""

    async def steps(client, transport, handler):
        client.data_received(GET % 2)

    transport = run(steps)
    assert (transport.sent, transport.closed) == (b"", True)


def test_expectation():
    """A client that waits for it gets a 100, then its response."""

    async def steps(client, transport, handler):
        client.data_received(POST)
        assert transport.sent == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.data_received(b"{}")

    assert run(steps).responses == [b"", b"/9"]


def test_responses_come_before_a_refusal():
    """What was received before something that is not HTTP gets its response."""

    async def steps(client, transport, handler):
        client.data_received(GET % 3 + b"\0\0\r\n\r\n")

    transport = run(steps)
    assert (transport.responses[0], b"this is not HTTP" in transport.sent, transport.closed) == (
        b"/3",
        True,
        True,
    )


@pytest.mark.parametrize(("data", "sent"), [(b"GET / HT", b"HTTP/1.1 408 "), (GET % 3, b"HTTP/1.1 200 ")])
def test_time_is_limited(monkeypatch, data, sent):
    """A request that is not complete in time gets 408; a connection without requests is closed."""
    monkeypatch.setattr(connection, "SLOWEST_REQUEST", 0.01)
    monkeypatch.setattr(connection, "LONGEST_IDLE", 0.02)

    async def steps(client, transport, handler):
        client.data_received(data)
        await asyncio.sleep(0.1)

    transport = run(steps)
    assert (transport.sent[: len(sent)], transport.closed) == (sent, True)
