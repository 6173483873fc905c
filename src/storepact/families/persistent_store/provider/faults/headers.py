"""Faults of response headers, rate limits among them."""

from __future__ import annotations

import time
from dataclasses import replace

from storepact.families.persistent_store.provider.faults.layers import (
    EVERY,
    LayerFactory,
    ResponseEdit,
    as_text,
    change_refusals,
    change_responses,
    change_successes,
    fault,
    for_dynamodb,
    with_response_headers,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "headers"
_ORIGIN = "Access-Control-Allow-Origin"


def _set(**headers: str) -> ResponseEdit:
    """Set headers; underscores stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _, response: with_response_headers(response, named)


def _window_end() -> int:
    """Return the end of the current window in epoch seconds."""
    return int(time.time()) // 10 * 10 + 10


def _route_limit(limit: int, remaining: int, reset: int) -> dict[str, str]:
    return {
        "X-Ratelimit-Route-Limit": str(limit),
        "X-Ratelimit-Route-Remaining": str(remaining),
        "X-Ratelimit-Reset": str(reset),
    }


def _reset_in_seconds(request: MockRequest, response: MockResponse) -> MockResponse:
    return with_response_headers(response, _route_limit(1000, 999, _window_end()))


def _count_upwards() -> LayerFactory:
    count = 0

    def apply(request: MockRequest, response: MockResponse) -> MockResponse:
        nonlocal count
        count += 1
        return with_response_headers(response, _route_limit(50, 50 + count, _window_end() * 1000))

    return change_responses(EVERY, apply)


def _drop_limit_headers(request: MockRequest, response: MockResponse) -> MockResponse:
    headers = {
        name: value
        for name, value in response.headers.items()
        if not name.lower().startswith(("x-ratelimit", "retry-after"))
    }
    return replace(response, headers=headers)


def _fix_origin(request: MockRequest, response: MockResponse) -> MockResponse:
    if _ORIGIN not in response.headers:
        return response
    return with_response_headers(response, {_ORIGIN: "https://app.launchdarkly.com"})


def _drop_origin(request: MockRequest, response: MockResponse) -> MockResponse:
    headers = {name: value for name, value in response.headers.items() if name != _ORIGIN}
    return replace(response, headers=headers)


FAULTS = (
    fault(
        "list-as-html", _C, "SP103", "the list is declared as text/html",
        change_successes(("list",), _set(Content_Type="text/html")),
    ),
    fault(
        "dynamodb-as-text", _C, "SP103", "a DynamoDB store is declared as text/plain",
        change_successes(("get",), for_dynamodb(as_text)),
    ),
    fault(
        "allow-wrong", _C, "SP108", "405 responses allow the refused verb only",
        change_refusals((405,), _set(Allow="PUT")),
    ),
    fault(
        "origin-fixed", _C, "SP113", "Access-Control-Allow-Origin names one fixed site",
        change_responses((), _fix_origin),
    ),
    fault(
        "origin-forgotten-in-errors", _C, "SP113", "4xx responses lack Access-Control-Allow-Origin",
        change_refusals((), _drop_origin),
    ),
    fault(
        "reset-in-seconds", _C, "SP107", "X-Ratelimit-Reset is in seconds",
        change_responses(EVERY, _reset_in_seconds),
    ),
    fault(
        "silent-429", _C, "SP111", "429 responses lack the headers of the limit",
        change_refusals((429,), _drop_limit_headers),
    ),
    fault("remaining-grows", "limits", "SP112", "more calls remain than the limit allows", _count_upwards()),
)  # fmt: skip
