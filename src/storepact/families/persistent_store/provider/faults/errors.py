"""Faults of the bodies of error responses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    ResponseEdit,
    as_text,
    change_refusals,
    fault,
    with_members,
    with_response_headers,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "error bodies"
_TRACE = 'Traceback (most recent call last):\n  File "store.py", line 12'
_SQL = "SELECT id, body FROM integrations WHERE id = $1: no rows"


def _set(**members: Any) -> ResponseEdit:
    return lambda _, response: with_members(response, **members)


def _drop_code(request: MockRequest, response: MockResponse) -> MockResponse:
    if not isinstance(response.body, dict):
        return response
    return replace(response, body={"message": response.body["message"]})


def _wrap(request: MockRequest, response: MockResponse) -> MockResponse:
    return replace(response, body={"error": response.body})


def _drop_body(request: MockRequest, response: MockResponse) -> MockResponse:
    return replace(response, body=None)


def _describe_in_xml(request: MockRequest, response: MockResponse) -> MockResponse:
    if request.header("accept") != "*/*":
        return response
    response = with_response_headers(response, {"Content-Type": "application/xml"})
    return replace(response, body=b"<error/>")


FAULTS = (
    fault(
        "error-in-xml", _C, "SP103", "a client that accepts anything gets errors in XML",
        change_refusals((), _describe_in_xml),
    ),
    fault("error-as-text", _C, "SP103", "errors are declared as plain text", change_refusals((), as_text)),
    fault("error-without-code", _C, "SP104", "400 responses lack code", change_refusals((400,), _drop_code)),
    fault(
        "error-wrapped", _C, "SP104", "404 responses are wrapped in a member error",
        change_refusals((404,), _wrap),
    ),
    fault(
        "error-code-wrong", _C, "SP109", "404 responses have the code rate_limited",
        change_refusals((404,), _set(code="rate_limited")),
    ),
    fault(
        "error-with-trace", _C, "SP110", "400 responses contain a stack trace",
        change_refusals((400,), _set(message=_TRACE)),
    ),
    fault(
        "error-with-sql", _C, "SP110", "404 responses contain SQL",
        change_refusals((404,), _set(message=_SQL)),
    ),
    fault(
        "error-without-body", _C, "SP106", "403 responses have no body",
        change_refusals((403,), _drop_body),
    ),
    fault(
        "error-with-hint", _C, "SP105", "403 responses have a new member hint",
        change_refusals((403,), _set(hint="ask an admin")),
    ),
)  # fmt: skip
