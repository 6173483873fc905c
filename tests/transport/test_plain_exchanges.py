"""Plain exchanges: what is written and read without h11 is what h11 writes and reads."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import h11
import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storepact.model.network import NetworkFailure
from storepact.transport.connections import Connections
from storepact.transport.network_errors import NetworkError
from storepact.transport.route import Route
from storepact.transport.streams import DeadlineBackend, WireExchange
from storepact.transport.wire_requests import write_plain
from storepact.transport.wire_responses import PlainReader, RawResponse, decode_headers

NAMES = st.sampled_from([b"Content-Type", b"X-A", b"x_b!", b"Connection", b"Transfer-Encoding", b"X A", b""])
VALUES = st.sampled_from(
    [
        b"",
        b"a",
        b"a b",
        b" a",
        b"a\t",
        b"chunked",
        b"close",
        b"keep-alive",
        b"\x80\xff",
        b"a\x01",
        b"a\rb",
        b"a\r\nX: b",
    ]
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=3)
BODIES = st.sampled_from([b"", b"{}", b"HTTP/1.1 200 OK\r\n\r\n", b"\r\n\r\n", b"\xff" * 300])
FIRST_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200",
        b"HTTP/1.1 201 ",
        b"HTTP/1.1 204 No Content",
        b"HTTP/1.1 304 Not Modified",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 101 Switching Protocols",
        b"HTTP/1.1 404 N\x80t",
        b"HTTP/1.1 404 N\x00t",
        b"HTTP/1.1 404 N\x0bt",
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.0 200 OK",
        b"HTTP/2 200",
        b"HTTP/1.1  200 OK",
        b"http/1.1 200 OK",
        b"",
    ]
)
LENGTHS = st.sampled_from([None, 0, 1, -1, "same", "twice", "+", " "])
ENDS = st.sampled_from([b"", b"", b"", b"\r\n", b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
LINE_ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\n "])


def read_by_h11(data: bytes) -> RawResponse | None:
    """The response that these bytes are for h11; None if they are not exactly one that is whole."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    response, body = None, b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            break
        else:
            return None
    if response is None or connection.trailing_data[0] or connection.our_state is h11.MUST_CLOSE:
        return None
    return RawResponse(response.status_code, decode_headers(response.headers.raw_items()), body)


@st.composite
def response_texts(draw: st.DrawFn) -> bytes:
    """A response, mostly with one thing about it that is unusual."""
    unusual = draw(st.sampled_from(["", "first line", "headers", "length", "line end", "end", "beginning"]))

    def choose(part: str, usual: Any, others: st.SearchStrategy[Any]) -> Any:
        return draw(others) if part == unusual else usual

    body, length = draw(BODIES), choose("length", "same", LENGTHS)
    headers = choose("headers", [(b"X-A", b"a b")], HEADERS)
    lines = [choose("first line", b"HTTP/1.1 200 OK", FIRST_LINES), *(b": ".join(pair) for pair in headers)]
    sizes = {"same": [len(body)], "twice": [len(body)] * 2, "+": [f"+{len(body)}"], " ": [f"{len(body)} "]}
    for size in [] if length is None else sizes.get(str(length), [length]):
        lines.insert(draw(st.integers(1, len(lines))), f"Content-Length: {size}".encode())
    text = choose("line end", b"\r\n", LINE_ENDS).join([*lines, b"", body])
    return bytes(choose("beginning", b"", st.just(b"\r\n")) + text + choose("end", b"", ENDS))


@given(response_texts(), st.data())
def test_plain_response_is_what_h11_reads(text: bytes, data: st.DataObject) -> None:
    reader = PlainReader()
    cuts = data.draw(st.lists(st.integers(1, max(len(text) - 1, 1)), min_size=1, max_size=4, unique=True))
    for begin, end in pairwise([0, *sorted(cuts), len(text)]):
        if not reader.feed(text[begin:end]):
            break
    if reader.response is not None:
        assert reader.response == read_by_h11(reader.data)


@pytest.mark.parametrize("connection", [b"", b"Connection: keep-alive\r\n"])
@pytest.mark.parametrize("status", [200, 201, 204, 304, 404, 500])
def test_usual_responses_are_plain(status: int, connection: bytes) -> None:
    body = b"" if status in (204, 304) else b'{"a": 1}'
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    text = b"HTTP/1.1 %d Phrase\r\nX-A:  b \r\n%b%b\r\n%b" % (status, connection, length, body)
    for place in range(len(text)):
        reader = PlainReader()
        assert reader.feed(text[: place + 1]) is (place + 1 < len(text))
        if place + 1 < len(text):
            assert reader.response is None
            assert reader.feed(text[place + 1 :]) is False
        assert reader.response is not None
        assert (reader.response.status, reader.response.body) == (status, body)
        assert reader.response.headers[0] == ("X-A", "b")


def write_by_h11(request: httpcore.Request) -> bytes:
    """The bytes of a request as h11 writes them."""
    connection = h11.Connection(h11.CLIENT)
    event = h11.Request(method=request.method, target=request.url.target, headers=request.headers)
    body = b"".join(request.stream)  # type: ignore[arg-type]
    return b"".join(connection.send(part) or b"" for part in (event, h11.Data(body), h11.EndOfMessage()))


METHODS = st.sampled_from([b"GET", b"DELETE", b"HEAD", b"CONNECT", b"get", b"G T", b""])
TARGETS = st.sampled_from([b"/", b"/a b", b"/\xff", b"/a\r\nX: y", b"", b"*"])
HOSTS = st.sampled_from(
    [[], [(b"host", b"a")], [(b"Host", b"a"), (b"Host", b"b")], [(b"X-B", b"b"), (b"Host", b"a")]]
)


@st.composite
def requests(draw: st.DrawFn) -> httpcore.Request:
    """A request, mostly with one thing about it that is unusual."""
    unusual = draw(st.sampled_from(["", "method", "target", "hosts", "headers", "length"]))

    def choose(part: str, usual: Any, others: st.SearchStrategy[Any]) -> Any:
        return draw(others) if part == unusual else usual

    body = draw(st.sampled_from([b"", b"{}"]))
    length = choose("length", len(body) or None, st.sampled_from([None, 0, 2, 3]))
    headers = [*choose("hosts", [(b"Host", b"a")], HOSTS), *choose("headers", [(b"X-A", b"a b")], HEADERS)]
    stated = [] if length is None else [(b"Content-Length", b"%d" % length)]
    target = choose("target", b"/a/b?c=d", TARGETS)
    url = httpcore.URL(scheme=b"http", host=b"a", port=None, target=target)
    method = choose("method", b"PATCH", METHODS)
    return httpcore.Request(method, url, headers=[*headers, *stated], content=body)


@given(requests())
def test_plain_request_is_what_h11_writes(request: httpcore.Request) -> None:
    data = write_plain(request)
    if data is not None:
        assert data == write_by_h11(request)


def test_usual_request_is_plain() -> None:
    url = httpcore.URL("http://a/b?c=d")
    headers = [("Host", "a"), ("Accept", "application/json"), ("Content-Length", "2")]
    request = httpcore.Request("POST", url, headers=headers, content=b"{}")
    expected = b"POST /b?c=d HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\nContent-Length: 2\r\n\r\n{}"
    assert write_plain(request) == write_by_h11(request) == expected


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def get() -> httpcore.Request:
    return httpcore.Request("GET", "http://a/", headers=[("Host", "a")])


def connections_with(*reads: bytes) -> Connections:
    """Connections over which these bytes come, read by read."""
    connections = Connections("http://a", Route())
    backend = connections._pool._network_backend
    assert isinstance(backend, DeadlineBackend)
    backend._backend = httpcore.MockBackend(list(reads))  # type: ignore[assignment]
    return connections


@pytest.mark.parametrize("before", [0, 1, 2])
def test_size_of_a_body_is_stated_whoever_reads_it(before: int) -> None:
    """The body is what is too large, not the head, also where both come at once on a connection in use."""
    text = b"HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n" + b"x" * 70
    connections = connections_with(*[PLAIN] * before, text)
    for _ in range(before):
        connections.send(get(), 9.0, 60)
    with pytest.raises(NetworkError, match="its body of 70 bytes is larger than 60 bytes"):
        connections.send(get(), 9.0, 60)


@pytest.mark.parametrize("before", [0, 1, 2])
def test_texts_like_heads_in_a_body_are_no_interim_responses(before: int) -> None:
    body = b'["HTTP/1.1 103"' + b', "HTTP/1.1 103"' * 200 + b"]"
    text = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    connections = connections_with(*[PLAIN] * before, text)
    for _ in range(before):
        connections.send(get(), 9.0)
    assert connections.send(get(), 9.0).body == body


@pytest.mark.parametrize("end", [b"", b"x", PLAIN])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_large_body_comes_in_many_reads(before: int, end: bytes) -> None:
    """What follows it in the last read is more than the response."""
    body = b"[" + b'{"a": 1},' * 30_000 + b"{}]"
    text = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b%b" % (len(body), body, end)
    reads = [text[place : place + 9_000] for place in range(0, len(text), 9_000)]
    connections = connections_with(*[PLAIN] * before, *reads)
    for _ in range(before):
        connections.send(get(), 9.0)
    if end:
        with pytest.raises(NetworkError, match="more was sent than the response"):
            connections.send(get(), 9.0)
    else:
        assert connections.send(get(), 9.0).body == body


@pytest.mark.parametrize("before", [0, 1, 2])
def test_large_body_may_end_early(before: int) -> None:
    text = b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + b"x" * 80_000
    connections = connections_with(*[PLAIN] * before, text[:70_000], text[70_000:])
    for _ in range(before):
        connections.send(get(), 9.0)
    with pytest.raises(NetworkError) as caught:
        connections.send(get(), 9.0)
    assert caught.value.failure is NetworkFailure.LENGTH


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("at_once", [1, 50, 101])
@pytest.mark.parametrize("before", [0, 1])
def test_interim_responses_are_counted(line_end: bytes, at_once: int, before: int) -> None:
    """However many of them come in one read."""
    interim = b"HTTP/1.1 103 X" + 2 * line_end
    connections = connections_with(*[PLAIN] * before, *[interim * at_once] * 101, PLAIN)
    for _ in range(before):
        connections.send(get(), 9.0)
    with pytest.raises(NetworkError, match="more than 100 interim responses"):
        connections.send(get(), 9.0)


@pytest.mark.parametrize("byte", [b"\x00", b"\x0b", b"\x0c", b"\x01", b"\x7f"])
def test_controls_in_a_phrase_are_what_h11_says_of_them(byte: bytes) -> None:
    text = b"HTTP/1.1 200 O" + byte + b"K\r\nContent-Length: 2\r\n\r\n{}"
    reader = PlainReader()
    reader.feed(text)
    assert reader.response is None


@pytest.mark.parametrize("kind", ["length", "empty", "chunked"])
@pytest.mark.parametrize("before", [0, 1])
def test_response_that_comes_twice_in_one_read_is_noticed(kind: str, before: int) -> None:
    """The second one is equal to the first; else it would be read as that to the next request."""
    text = {
        "length": PLAIN,
        "empty": b"HTTP/1.1 204 No Content\r\n\r\n",
        "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    }[kind]
    connections = connections_with(*[PLAIN] * before, text + text)
    for _ in range(before):
        connections.send(get(), 9.0)
    with pytest.raises(NetworkError, match="more was sent than the response"):
        connections.send(get(), 9.0)


@pytest.mark.parametrize("kind", ["length", "empty", "chunked", "lines"])
@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 103 X\r\nLink: <a>\r\n\r\n", b"HTTP/1.1 100 X\n\n" * 3])
def test_response_behind_interim_ones_is_no_excess(kind: str, interim: bytes) -> None:
    text = {
        "length": PLAIN,
        "empty": b"HTTP/1.1 204 No Content\r\n\r\n",
        "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "lines": b"HTTP/1.1 200 OK\nContent-Length: 4\n\n\r\n\r\n",
    }[kind]
    assert connections_with(interim + text).send(get(), 9.0).status in (200, 204)


def test_interim_responses_without_an_end_are_waited_for_once() -> None:
    """Once nothing else came in time, later exchanges have a second for interim responses."""
    exchange = WireExchange()
    exchange.begin(9.0, None)
    exchange.note_bytes(b"HTTP/1.1 102 Processing\r\n\r\n")
    assert exchange.remaining_seconds > 5
    exchange.begin(9.0, 1.0)
    assert exchange.remaining_seconds > 5
    exchange.note_bytes(b"HTTP/1.1 102 Processing\r\n\r\n")
    assert exchange.remaining_seconds <= 1
    exchange.in_head = False
    assert exchange.remaining_seconds > 5


def test_timeout_behind_interim_responses_shortens_the_next_wait() -> None:
    waits: list[float] = []

    class Silent(httpcore.MockStream):
        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            waits.append(timeout or 0.0)
            if len(waits) % 2:
                return b"HTTP/1.1 102 Processing\r\n\r\n"
            raise httpcore.ReadTimeout

    connections = connections_with()
    backend: Any = connections._pool._network_backend
    backend._backend.connect_tcp = lambda *arguments, **options: Silent([])
    for is_patient in (False, False, True):
        with pytest.raises(NetworkError, match="nothing but interim responses"):
            connections.send(get(), 9.0, is_patient=is_patient)
    assert [wait > 5 for wait in waits] == [True, True, True, False, True, True]
