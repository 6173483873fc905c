"""Which responses may come from something between the run and the API, and which are the API's own."""

from __future__ import annotations

import pytest

from storepact.model.exchange import BodyFlaw, Response
from storepact.model.network import NetworkFailure
from storepact.transport.responses import failure_on_the_way

JSON = ("Content-Type", "application/json")
HTML = ("Content-Type", "text/html; charset=utf-8")
TEXT = ("Content-Type", "text/plain")
LENGTH = ("Content-Length", "9")
ERROR = b'{"code": "forbidden", "message": "no"}'

MEMBERS = frozenset({"code", "message"})

GATEWAY, MALFORMED = NetworkFailure.GATEWAY, NetworkFailure.MALFORMED

#: (status, headers, body, what it stands for)
ROWS = {
    "a success": (200, (JSON, LENGTH), b"{}", None),
    "an error in the form of the API": (403, (JSON, LENGTH), ERROR, None),
    "a bad request, in another JSON form": (400, (JSON, LENGTH), b'{"error": "x"}', GATEWAY),
    "an unknown route of a gateway, in JSON": (
        404,
        (JSON, LENGTH),
        b'{"message": "no Route"}',
        GATEWAY,
    ),
    "an unknown route of a gateway, without a body": (404, (LENGTH,), b"", GATEWAY),
    "a conflict, in another JSON form": (409, (JSON, LENGTH), b'{"error": "x"}', None),
    "a body that cannot be processed, without a body": (422, (LENGTH,), b"", None),
    "an error whose JSON is cut off, with the length of the rest": (400, (JSON, LENGTH), b"{", MALFORMED),
    "a success whose JSON is cut off, with the length of the rest": (
        200,
        (JSON, LENGTH),
        b'{"a": ',
        MALFORMED,
    ),
    "a success in text": (200, (TEXT, LENGTH), b"OK", None),
    "JSON that is called HTML": (200, (HTML, LENGTH), b"{}", None),
    "JSON that is called text": (403, (TEXT, LENGTH), ERROR, None),
    "an unknown token, in text": (401, (TEXT, LENGTH), b"no", None),
    "a limit, as a page": (429, (HTML, LENGTH), b"<html>", None),
    "no content": (204, (), b"", None),
    "no content, of no length": (204, (("Content-Length", "0"),), b"", None),
    "no content, of some length": (204, (("Content-Length", "7"),), b"", NetworkFailure.MALFORMED),
    "a page": (200, (HTML, LENGTH), b"<!DOCTYPE html><html>", GATEWAY),
    "a page behind a byte order mark": (200, (JSON, LENGTH), b"\xef\xbb\xbf\n<html>", GATEWAY),
    "a page that begins with a comment": (403, (TEXT, LENGTH), b"<!-- waf --><html>", GATEWAY),
    "an empty page": (200, (HTML, LENGTH), b"", GATEWAY),
    "an error in XML": (
        403,
        (("Content-Type", "application/xml"), LENGTH),
        b"<?xml version='1.0'?>",
        GATEWAY,
    ),
    "a refusal of a firewall": (403, (TEXT, LENGTH), b"Access Denied", GATEWAY),
    "a client that has gone": (499, (TEXT, LENGTH), b"client closed", GATEWAY),
    "a client that has gone, without a body": (499, (LENGTH,), b"", GATEWAY),
    "a refusal of a gateway, in JSON": (403, (JSON, LENGTH), b'{"message": "Forbidden"}', GATEWAY),
    "a refusal of a firewall, without a body": (403, (LENGTH,), b"", GATEWAY),
    "a legal reason, in JSON": (451, (JSON, LENGTH), b'{"error": {"code": 451}}', GATEWAY),
    "a full scope, in the form of the API": (402, (JSON, LENGTH), ERROR, None),
    "a redirect": (302, (LENGTH, ("Location", "https://login.example.com")), b"", GATEWAY),
    "unchanged, though nothing was asked for": (304, (), b"", GATEWAY),
    "what a proxy has transformed": (203, (JSON, LENGTH), b"{}", GATEWAY),
    "a part, though none was asked for": (206, (JSON, LENGTH), b"{}", GATEWAY),
    "the first half until the end of the connection": (200, (JSON,), b'{"a": ', NetworkFailure.LENGTH),
    "everything until the end of the connection": (200, (JSON,), b"{}", None),
}


@pytest.mark.parametrize("name", ROWS)
def test_origin(name: str) -> None:
    """A response that the API hardly sends is sent for again before it is judged."""
    status, headers, body, expected = ROWS[name]
    assert failure_on_the_way(Response(status, headers, body), MEMBERS) is expected


@pytest.mark.parametrize(
    ("flaw", "expected"),
    [
        (BodyFlaw.NOT_ENCODED, MALFORMED),
        (BodyFlaw.CODING, MALFORMED),
        (BodyFlaw.UNLABELLED, MALFORMED),
        (BodyFlaw.BYTE_ORDER_MARK, None),
        (BodyFlaw.CHARSET, MALFORMED),
        (BodyFlaw.CONSTANT, None),
    ],
)
def test_damaged_body(flaw: BodyFlaw, expected: NetworkFailure | None) -> None:
    """A coding that is cut off, unknown or not labelled may be a proxy's, and NUL bytes look like UTF-16."""
    assert failure_on_the_way(Response(200, (JSON, LENGTH), b"x", flaw=flaw), MEMBERS) is expected
