"""The mock reads HTTP as RFC 9110 and RFC 9112 say: offers of an upgrade, blanks, the host."""

from __future__ import annotations

import json

import pytest

from storepact.families.persistent_store.api import BASE
from wire import CREATE, GOOD, Wire

H2C = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQCAAAAAA"}
BODY = b'{"config": {"host": "a.example.com"}, "name": "orders", "tags": ["a", "b"]}'


@pytest.fixture(scope="module")
def running(provider_mock_process):
    """The mock of the session, empty."""
    provider_mock_process.configure()
    return provider_mock_process


def name_of(response):
    """Return status and name in the response to a create."""
    status, _, body = response
    return status, body.get("name")


@pytest.mark.parametrize("offer", ["h2c", "websocket", "TLS/1.0, h2c", "h2c\r\nX-Other: y"])
def test_upgrade_that_is_offered_keeps_the_body(running, offer):
    """A server may ignore an offer (RFC 9110 7.8): the request is answered as if there were none."""
    with Wire(running) as wire:
        wire.send(wire.request(**{**H2C, "Upgrade": offer}) + wire.request())
        assert [name_of(wire.receive()) for _ in range(2)] == [(201, "orders")] * 2


@pytest.mark.parametrize("size", [1, 7, 60])
def test_upgrade_in_small_pieces(running, size):
    """Head and body of a request with an offer may come in any pieces."""
    with Wire(running) as wire:
        whole = wire.request(**H2C)
        for start in range(0, len(whole), size):
            wire.send(whole[start : start + size])
        assert name_of(wire.receive()) == (201, "orders")


def test_upgrade_with_chunks(running):
    """A body in chunks is kept beside an offer."""
    with Wire(running) as wire:
        wire.send(wire.head(Transfer_Encoding="chunked", **H2C))
        wire.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD))
        assert name_of(wire.receive()) == (201, "orders")


def test_upgrade_without_body(running):
    """A get with an offer gets a response, and so does what is sent behind it."""
    with Wire(running) as wire:
        wire.send(wire.head("GET", BASE, **H2C) * 2)
        assert [wire.receive()[0] for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("blanks", [" {}", "{} ", "\t{}\t", "   {} \t "])
def test_blanks_around_values_are_no_part_of_them(running, blanks):
    """RFC 9110 5.5: blanks around a field value are excluded from it."""
    with Wire(running) as wire:
        values = {"Authorization": wire.token, "LD-API-Version": "beta", "Content-Type": "application/json"}
        wire.send(wire.request(**{name: blanks.format(value) for name, value in values.items()}))
        assert name_of(wire.receive()) == (201, "orders")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("", 400),
        ("Host: a\r\nHost: b\r\n", 400),
        ("Host: a b\r\n", 400),
        ("Host: a\r\n", 200),
        ("Host:\r\n", 200),
        ("host: [::1]:80\r\n", 200),
    ],
)
def test_host_is_required(running, head, status):
    """RFC 9112 3.2: HTTP/1.1 without a host, with two, or with an invalid one gets 400."""
    with Wire(running) as wire:
        fields = f"Authorization: {wire.token}\r\nLD-API-Version: beta\r\n{head}"
        wire.send(f"GET {BASE} HTTP/1.1\r\n{fields}\r\n".encode())
        actual, _, body = wire.receive()
    assert (actual, actual < 400 or body["code"] == "invalid_request") == (status, True)


COPIES = {
    "config into itself": [{"op": "copy", "from": "/config", "path": f"/config/{n}"} for n in range(22)],
    "tags into themselves": [{"op": "copy", "from": "/tags", "path": "/tags/-"} for n in range(22)],
    "tags 400 times": [
        {"op": "add", "path": "/tags", "value": ["x"] * 10_000},
        *[{"op": "copy", "from": "/tags", "path": "/config/x"}] * 400,
    ],
    "a long name 499 times": [
        {"op": "add", "path": "/name", "value": "x" * 400_000},
        *[{"op": "copy", "from": "/name", "path": "/tags/-"}] * 499,
    ],
    "a copied tag": [{"op": "copy", "from": "/name", "path": "/tags/-"}] * 3,
}


@pytest.mark.parametrize("name", COPIES)
def test_the_work_of_a_patch_is_bounded(running, name):
    """Copies that double what they copy are refused before they are made; ordinary ones are made."""
    with Wire(running) as wire:
        wire.send(wire.request(BODY))
        identifier = wire.receive()[2]["_id"]
        wire.socket.settimeout(3)
        body = json.dumps(COPIES[name]).encode()
        wire.send(wire.request(body, "PATCH", f"{CREATE}/{identifier}"))
        status, _, body = wire.receive()
    assert status == (200 if name == "a copied tag" else 422), body


def test_older_client_gets_no_100(running):
    """An expectation in HTTP/1.0 is ignored (RFC 9110 10.1.1): the client would take 100 for its response."""
    with Wire(running) as wire:
        wire.send(wire.request(Expect="100-continue").replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        assert name_of(wire.receive()) == (201, "orders")
        assert wire.receive() is None


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://proxied.example.com" + BASE, 200),
        ("HTTPS://proxied.example.com:8443" + BASE + "?a=b", 200),
        ("http://proxied.example.com", 404),
        ("http://proxied.example.com/", 404),
        ("http://proxied.example.com?a=b", 404),
    ],
)
def test_target_with_a_host(running, target, status):
    """A client of a proxy names the host in its target; without a path that is / (RFC 9112 3.2.2)."""
    with Wire(running) as wire:
        wire.send(wire.head("GET", target) * 2)
        assert [wire.receive()[0] for _ in range(2)] == [status] * 2


@pytest.mark.parametrize("coding", ["gzip, chunked", "chunked, chunked", "gzip"])
def test_transfer_codings(running, coding):
    """A body in a coding that the mock does not undo is not taken for what it is not (RFC 9112 6.1)."""
    with Wire(running) as wire:
        wire.send(wire.head(Transfer_Encoding=coding) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD))
        assert wire.receive()[0] == 400


@pytest.mark.parametrize("end", [b"0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", b"0;last=1\r\n\r\n", b"000\r\n\r\n"])
def test_trailers(running, end):
    """Chunk extensions and trailers are read over (RFC 9112 7.1), and the next request is answered."""
    with Wire(running) as wire:
        wire.send(wire.head(Transfer_Encoding="Chunked", Trailer="X-Sum"))
        wire.send(b'%X;name="a b"\r\n%s\r\n%s' % (len(GOOD), GOOD, end) + wire.head("GET", BASE))
        assert (name_of(wire.receive()), wire.receive()[0]) == ((201, "orders"), 200)


@pytest.mark.parametrize("value", ["close", "Close", "TE, close"])
def test_last_request_of_a_connection(running, value):
    """The connection ends with the response to a request that says so (RFC 9112 9.6)."""
    with Wire(running) as wire:
        wire.send(wire.request(Connection=value))
        assert (name_of(wire.receive()), wire.receive()) == ((201, "orders"), None)


def test_repeated_content_length(running):
    """Two lengths are refused, also where they are equal (RFC 9110 8.6), and the connection ends."""
    length = f"{len(GOOD)}\r\nContent-Length: {len(GOOD)}"
    with Wire(running) as wire:
        wire.send(wire.request(**{"Content-Length": length}))
        assert (wire.receive()[0], wire.receive()) == (400, None)
