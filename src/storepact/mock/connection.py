"""A connection of a client: requests get their responses in their order.

A response is written in the step of the loop in which its request was complete, in one piece.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque

from storepact.mock.app import MockApp, header_fields
from storepact.mock.exchange import MockRequest, MockResponse
from storepact.mock.incoming import Incoming
from storepact.mock.request_parser import Excess, RequestParser
from storepact.mock.response_head import encode_head

#: Seconds that a client may take to send a request: 408 afterwards.
SLOWEST_REQUEST = 30.0

#: Seconds after its last response after which a connection is closed.
LONGEST_IDLE = 60.0

_TOO_SLOW = Excess(408, f"the request took longer than {SLOWEST_REQUEST:g} s")
_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    414: "URI Too Long",
    431: "Request Header Fields Too Large",
}


class Connection(asyncio.Protocol):
    """One client; `clients` are those that are connected. A half-closed client gets its responses."""

    _transport: asyncio.Transport

    def __init__(self, app: MockApp, clients: set[Connection]) -> None:
        self._app, self._clients, self._loop = app, clients, asyncio.get_running_loop()
        self._queue: deque[Incoming] = deque()
        """The requests without a response, the oldest first; the last of them may lack a part of its body."""
        self._held: Incoming | None = None
        """The request that waits for the end of its pause."""
        self._writing_paused = self._half_closed = False
        self._parser = RequestParser(self._queue.append)
        self._deadline: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._last_response = 0.0

    # what the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with a client."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client; the request that waits for its pause is carried out all the same."""
        self._clients.discard(self)
        self._cancel_deadline()
        if self._idle is not None:
            self._idle.cancel()

    def data_received(self, data: bytes) -> None:
        """Receive bytes, and respond to what is complete; from the first byte on the deadline runs."""
        parser = self._parser
        count = parser.count
        try:
            parser.feed(data)
        except Excess as excess:
            self._advance()
            self._refuse(excess)
            return
        if parser.count != count:
            self._cancel_deadline()
        if parser.in_request and self._deadline is None:
            self._deadline = self._loop.call_later(SLOWEST_REQUEST, self._refuse, _TOO_SLOW)
        self._advance()

    def eof_received(self) -> bool:
        """Keep the connection of a client that has finished sending until it has its responses."""
        self._half_closed = self._has_ready
        return self._half_closed

    def pause_writing(self) -> None:
        """Make no further responses for a client that does not read them."""
        self._writing_paused = True

    def resume_writing(self) -> None:
        """Make responses again."""
        self._writing_paused = False
        self._advance()

    def close_when_idle(self) -> None:
        """Close the connection, behind the response to a request that was received."""
        waiting = [*self._queue, *([self._held] if self._held else [])]
        for incoming in waiting:
            incoming.keep_alive = False
        if not waiting:
            self._transport.close()

    # responses

    @property
    def _has_ready(self) -> bool:
        """Whether a request is complete that has no response."""
        return self._held is not None or (bool(self._queue) and self._queue[0].is_ready)

    def _advance(self) -> None:
        """Respond to the requests that are complete, in their order."""
        queue = self._queue
        while queue and self._held is None and not self._writing_paused:
            first = queue[0]
            if first.awaits_continue:
                first.awaits_continue = False
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if not first.is_ready:
                break
            self._respond(queue.popleft())
        if not self._half_closed:
            if queue and (self._held is not None or self._writing_paused):
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _respond(self, incoming: Incoming) -> None:
        started, request = time.perf_counter(), incoming.request()
        if incoming.refusal is None:
            pause = self._app.on_request(request)
            if pause > 0:
                self._held = incoming
                self._loop.call_later(pause, self._end_pause, incoming, request, started)
                return
        self._finish(incoming, request, started)

    def _end_pause(self, incoming: Incoming, request: MockRequest, started: float) -> None:
        self._held = None
        self._finish(incoming, request, started)
        self._advance()

    def _finish(self, incoming: Incoming, request: MockRequest, started: float) -> None:
        response, content = self._app.respond(request, incoming.refusal)
        self._write(incoming, response, content)
        if self._app.log is not None:
            self._app.log(request, response, time.perf_counter() - started)

    def _write(self, incoming: Incoming, response: MockResponse, content: bytes) -> None:
        transport = self._transport
        if transport.is_closing():
            return
        is_last = response.unread or not incoming.keep_alive
        try:
            head = encode_head(response.status, header_fields(response, content), is_last=is_last)
        except ValueError:  # a fault puts a line break into a header
            head, content, is_last = b"", b"", True
        transport.write(head if incoming.method == "HEAD" else head + content)
        if is_last or (self._half_closed and not self._has_ready):
            self._queue.clear()
            transport.close()
            return
        self._last_response = self._loop.time()
        if self._idle is None:
            self._idle = self._loop.call_later(LONGEST_IDLE, self._close_idle)

    def _refuse(self, excess: Excess) -> None:
        """Refuse what is not HTTP, exceeds a limit or is too slow, in the common form of errors."""
        if self._transport.is_closing():
            return
        body = json.dumps({"code": "invalid_request", "message": excess.message}).encode()
        head = f"HTTP/1.1 {excess.status} {_REASONS[excess.status]}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self._queue.clear()
        self._cancel_deadline()
        self._transport.write(head.encode() + body)
        self._transport.close()

    # timers

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close_idle(self) -> None:
        """Close a connection that is not used any more; otherwise look again when it may be."""
        is_used = self._parser.in_request or self._has_ready
        left = LONGEST_IDLE if is_used else self._last_response + LONGEST_IDLE - self._loop.time()
        if left > 0:
            self._idle = self._loop.call_later(left, self._close_idle)
        else:
            self._transport.close()
