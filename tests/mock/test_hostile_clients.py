"""No client makes the mock respond 5xx, hang or end. Raw sockets: no library changes what is sent."""

from __future__ import annotations

import random
import socket
import threading

import pytest

from storepact.families.persistent_store.api import BASE
from storepact.mock.incoming import LARGEST_BODY
from wire import CREATE, GOOD, Wire

SEED, MUTANTS = 20_261_123, 600
SPICE = [b"\0", b"\r\n", b"\r\n\r\n", b"%", b'"', b"\\u", b"{", b"[" * 50, b"\xff", b": ", b"-"]


@pytest.fixture(scope="module")
def running(provider_mock_process):
    """The mock of the session, empty."""
    provider_mock_process.configure()
    return provider_mock_process


def alive(running):
    """Whether an ordinary request gets 200."""
    with Wire(running) as wire:
        wire.send(wire.head("GET", BASE))
        return wire.receive()[0] == 200


def send(running, *arguments, **headers):
    """Send one request; returns the status and the body, which has the common form of errors."""
    with Wire(running) as wire:
        wire.send(wire.request(*arguments, **headers))
        status, _, body = wire.receive()
    assert status < 500
    assert status < 400 or {"code", "message"} <= body.keys()
    assert alive(running)
    return status, body


BODIES = {
    "cut off": (b'{"config": {"ho', 400),
    "nothing": (b"", 400),
    "10,000 levels": (b"[" * 10_000 + b"]" * 10_000, 400),
    "100,000 levels": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "a body as large as may be": (GOOD + b" " * (LARGEST_BODY - len(GOOD)), 201),
    "one byte more": (GOOD + b" " * (LARGEST_BODY - len(GOOD) + 1), 413),
    "five megabytes": (b"x" * 5_000_000, 413),
    "one key twice": (b'{"config": {"host": "a", "host": "b"}, "name": "x", "name": "y"}', 201),
    "a raw NUL": (b'{"config": {"host": "a\0"}}', 400),
    "an escaped NUL": (b'{"config": {"host": "a"}, "name": "\\u0000"}', 201),
    "a lone surrogate": (b'{"config": {"host": "a"}, "name": "\\ud800"}', 400),
    "a lone surrogate in a key": (b'{"config": {"host": "a", "\\udfff": 1}}', 400),
    "a lone surrogate in an unknown member": (b'{"config": {"host": "a"}, "other": "\\ud800"}', 400),
    "UTF-16": (GOOD.decode().encode("utf-16"), 400),
    "no UTF-8": (b'{"config": {"host": "a"}, "name": "\xff\xfe"}', 400),
    "a surrogate in UTF-8": (b'{"config": {"host": "a"}, "name": "\xed\xa0\x80"}', 400),
    "NaN": (b'{"config": {"host": "a"}, "name": NaN}', 400),
    "infinity": (b'{"config": {"host": 1e999}}', 400),
    "a number of 5,000 digits": (b'{"config": {"host": "a"}, "on": ' + b"9" * 5_000 + b"}", 400),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, 400),
    "two documents": (GOOD + GOOD, 400),
}


@pytest.mark.parametrize("body", BODIES)
def test_body(running, body):
    """Every body is accepted, or refused with the right status."""
    content, status = BODIES[body]
    assert send(running, content)[0] == status


PATHS = {
    "8 KB of path": (f"{CREATE}/{'x' * 8_000}", 404),
    "40 KB of path": (f"{CREATE}/{'x' * 40_000}", 414),
    "an encoded slash in an id": (f"{CREATE}/a%2Fb", 404),
    "an encoded slash in a key": (f"{BASE}/default%2Ftest/redis/x/y", 404),
    "dots": (f"{CREATE}/..", 404),
    "encoded dots": (f"{CREATE}/%2e%2e", 404),
    "a NUL": (f"{CREATE}/%00", 404),
    "a broken escape": (f"{CREATE}/%zz%", 404),
    "no UTF-8": (f"{CREATE}/%ff%fe", 404),
    "an empty key": (f"{BASE}//test/redis/x", 404),
    "quotes and SQL": (f"{CREATE}/'%20OR%201=1--", 404),
    "a slash at the end": (f"{BASE}/", 404),
    "something else": ("/admin", 404),
    "a query of 4 KB": (f"{BASE}?q={'x' * 4_000}", 200),
    "a full address": (f"http://elsewhere.example.com{BASE}", 200),
}


@pytest.mark.parametrize("path", PATHS)
def test_path(running, path):
    """A path that does not exist gets 404, one that is too long 414."""
    text, status = PATHS[path]
    with Wire(running) as wire:
        wire.send(wire.head("GET", text))
        assert wire.receive()[0] == status
    assert alive(running)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": None}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 201),
        ({"Authorization": "x" * 8_000}, 401),
        ({"Authorization": "\xff\xfe"}, 401),
        ({"LD-API-Version": ""}, 403),
        ({"Origin": "\xe9\t<script>"}, 201),
        ({"X-HTTP-Method-Override": "\xe9"}, 400),
        ({"X-Long": "x" * 200_000}, 431),
    ],
    ids=lambda value: str(value)[:40],
)
def test_header(running, headers, status):
    """Unusual headers are refused or ignored."""
    assert send(running, **headers)[0] == status


def test_upgrade_is_ignored(running):
    """A request to change the protocol gets a response in HTTP."""
    assert send(running, b"", "GET", BASE, Connection="Upgrade", Upgrade="websocket")[0] == 200


def test_header_flood(running):
    """Too many headers get 431."""
    with Wire(running) as wire:
        wire.send(wire.head("GET", BASE)[:-2] + b"".join(b"X-%d: y\r\n" % number for number in range(5_000)))
        assert wire.receive()[0] == 431
    assert alive(running)


def test_chunked_body(running):
    """A body in chunks is accepted."""
    with Wire(running) as wire:
        chunks = (
            b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (GOOD[:10], GOOD[10:])) + b"0\r\n\r\n"
        )
        wire.send(wire.head(Transfer_Encoding="chunked") + chunks)
        assert wire.receive()[0] == 201


def test_chunked_body_without_end(running):
    """Chunks beyond the largest body get 413."""
    with Wire(running) as wire:
        wire.send(wire.head(Transfer_Encoding="chunked") + b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        for _ in range(20):
            wire.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        wire.send(b"0\r\n\r\n")
        assert wire.receive()[0] == 413
    assert alive(running)


@pytest.mark.parametrize(
    "chunks", [b"zz\r\nabc\r\n0\r\n\r\n", b"-1\r\n", b"ffffffffffffffffff\r\nx\r\n", b"5\r\nabc"]
)
def test_broken_chunks(running, chunks):
    """Broken chunks are refused, or the connection ends."""
    with Wire(running) as wire:
        wire.send(wire.head(Transfer_Encoding="chunked") + chunks)
        wire.socket.shutdown(socket.SHUT_WR)
        answer = wire.receive()
    assert answer is None or answer[0] == 400
    assert alive(running)


def test_expectation_is_refused_before_the_body(running):
    """`Expect: 100-continue` with too large a body gets 413 before the body is sent."""
    with Wire(running) as wire:
        wire.send(wire.head(Content_Length="50000000", Expect="100-continue"))
        status, headers, _ = wire.receive()
    assert (status, headers["connection"]) == (413, "close")


def test_both_lengths(running):
    """Content-Length beside Transfer-Encoding gets 400."""
    with Wire(running) as wire:
        wire.send(wire.head(Content_Length="5", Transfer_Encoding="chunked") + b"0\r\n\r\n")
        assert wire.receive()[0] == 400
    assert alive(running)


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"hello\r\n\r\n", b"GET\r\n\r\n", b"\0" * 500]
)
def test_no_http(running, data):
    """Bytes that are no HTTP get 400, in the common form of errors."""
    with Wire(running) as wire:
        wire.send(data)
        status, _, body = wire.receive()
    assert (status, body["code"]) == (400, "invalid_request")
    assert alive(running)


@pytest.mark.parametrize("method", ["PUT", "TRACE", "PROPFIND", "HEAD", "QUERY"])
def test_other_verbs(running, method):
    """Verbs that the path does not have get 405; some are unknown to the parser, and get 400."""
    with Wire(running) as wire:
        wire.send(wire.head(method, BASE, Content_Length="0"))
        line = wire.stream.readline()
    assert int(line.split()[1]) in (400, 405)
    assert alive(running)


def test_old_http(running):
    """HTTP/1.0 without a host gets a response, and the connection ends."""
    with Wire(running) as wire:
        wire.send(
            f"GET {BASE} HTTP/1.0\r\nAuthorization: {wire.token}\r\nLD-API-Version: beta\r\n\r\n".encode()
        )
        assert (wire.receive()[0], wire.receive()) == (200, None)


def test_pipelined(running):
    """Pipelined requests get responses in their order."""
    with Wire(running) as wire:
        wire.send(
            wire.request()
            + wire.head("GET", BASE)
            + wire.request(b"{")
            + wire.head("GET", f"{CREATE}/x")
            + wire.request()
        )
        assert [wire.receive()[0] for _ in range(5)] == [201, 200, 400, 404, 201]


@pytest.mark.parametrize("count", [1, 3])
def test_half_closed(running, count):
    """A half-closed client gets every response, then the end."""
    with Wire(running) as wire:
        wire.send(wire.request() * count)
        wire.socket.shutdown(socket.SHUT_WR)
        assert [wire.receive()[0] for _ in range(count)] == [201] * count
        assert wire.receive() is None


def test_gone_in_the_middle(running):
    """A client that disconnects in the middle of a body creates nothing."""
    with Wire(running) as wire:
        wire.send(wire.head("GET", BASE))
        before = len(wire.receive()[2]["items"])
    for cut in range(1, 60, 3):
        with Wire(running) as wire:
            whole = wire.request()
            wire.send(whole[: len(whole) - cut])
    with Wire(running) as wire:
        wire.send(wire.head("GET", BASE))
        assert len(wire.receive()[2]["items"]) == before


def test_slow_client_does_not_block_others(running):
    """While one client sends byte by byte, others get responses; in the end it gets one, too."""
    with Wire(running) as slow:
        whole = slow.request()
        for index in range(len(whole) - 1):
            slow.send(whole[index : index + 1])
            if index % 40 == 0:
                assert alive(running)
        slow.send(whole[-1:])
        assert slow.receive()[0] == 201


def test_many_at_once(running):
    """A hundred idle connections do not block others."""
    wires = [Wire(running) for _ in range(100)]
    try:
        assert alive(running)
    finally:
        for wire in wires:
            wire.__exit__()


def test_client_that_never_reads_does_not_block_others(running):
    """While a client sends and never reads, others get responses."""
    with Wire(running) as wire:
        wire.socket.settimeout(1.0)
        try:
            for _ in range(200):
                wire.send(wire.head("GET", BASE) * 20)
        except TimeoutError:
            pass
        assert alive(running)


def mutants(dice, whole, count):
    """Yield requests with a few bytes changed, removed, doubled or added."""
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(data))
            match dice.randrange(4):
                case 0:
                    data[at] = dice.randrange(256)
                case 1:
                    del data[at : at + dice.randint(1, 8)]
                case 2:
                    data[at:at] = data[at : at + dice.randint(1, 30)]
                case 3:
                    data[at:at] = dice.choice(SPICE)
            if not data:
                data = bytearray(b"x")
        yield bytes(data)


def test_fuzzed(running):
    """Six hundred damaged requests, the same in each run, get no 5xx, and the mock is alive afterwards."""
    dice = random.Random(SEED)
    with Wire(running) as wire:
        requests = [
            wire.request(),
            wire.head("GET", BASE),
            wire.request(b'[{"op":"add","path":"/name","value":"x"}]', "PATCH"),
        ]
    statuses = {}
    for whole in requests:
        for mutant in mutants(dice, whole, MUTANTS // len(requests)):
            with Wire(running) as wire:
                wire.send(mutant)
                wire.socket.shutdown(socket.SHUT_WR)
                line = wire.stream.readline()
                status = int(line.split()[1]) if line else 0
                statuses[status] = statuses.get(status, 0) + 1
                assert status < 500, mutant
    assert statuses.get(400, 0) > 50
    assert alive(running)


def test_threads_of_hostility(running):
    """Eight hostile clients at once get no 5xx, and the mock is alive afterwards."""
    bodies = [content for content, _ in BODIES.values() if len(content) < 300_000]
    failed = []

    def attack(seed):
        dice = random.Random(seed)
        for _ in range(20):
            status, _ = send(running, dice.choice(bodies))
            if status >= 500:
                failed.append(status)

    threads = [threading.Thread(target=attack, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, alive(running)) == ([], True)
