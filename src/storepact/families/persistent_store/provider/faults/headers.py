"""Faults of response headers, rate limits among them."""

from __future__ import annotations

import time
from dataclasses import replace

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.faults.layers import (
    EVERY,
    LayerFactory,
    ResponseEdit,
    as_text,
    change_refusals,
    change_requests,
    change_responses,
    change_successes,
    error_response,
    fault,
    for_dynamodb,
    with_header,
    with_response_headers,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "headers"
_ORIGIN = "Access-Control-Allow-Origin"
_METHODS, _HEADERS = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"


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


def _of_requests(edit: ResponseEdit, *, preflights: bool) -> ResponseEdit:
    """Edit the responses to preflights, or to all other requests."""
    return lambda request, response: (
        edit(request, response) if (request.method == "OPTIONS") is preflights else response
    )


def _without(header: str, name: str) -> ResponseEdit:
    """Take a name out of the list in a header."""

    def apply(request: MockRequest, response: MockResponse) -> MockResponse:
        names = [element.strip() for element in response.headers.get(header, "").split(",")]
        rest = ", ".join(element for element in names if element.lower() != name.lower())
        return with_response_headers(response, {header: rest})

    return apply


def _echo_first_origin() -> LayerFactory:
    origin = ""

    def apply(request: MockRequest, response: MockResponse) -> MockResponse:
        nonlocal origin
        if _ORIGIN not in response.headers:
            return response
        origin = origin or response.headers[_ORIGIN]
        return with_response_headers(response, {_ORIGIN: origin})

    return change_responses((), apply)


def _refuse_preflight_of_items(request: MockRequest, response: MockResponse) -> MockResponse:
    is_item = request.method == "OPTIONS" and request.path.removeprefix(BASE).count("/") == 4
    return error_response(405, "method_not_allowed", "this path has no OPTIONS") if is_item else response


def _tunnel_through_get(request: MockRequest) -> MockRequest:
    """Take the verb of the header for the verb of a GET."""
    uses_tunnel = request.header("x-http-method-override") is not None
    return replace(request, method="POST") if uses_tunnel else request


def _ignore_tunnel(method: str) -> LayerFactory:
    """Take a tunnelled verb for a POST."""

    def apply(request: MockRequest) -> MockRequest:
        uses_tunnel = request.header("x-http-method-override") == method
        return with_header(request, "x-http-method-override", None) if uses_tunnel else request

    return change_requests(("",), apply)


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
        "latin-1-declared", _C, "SP103", "errors are declared as application/json;charset=ISO-8859-1",
        change_refusals((), _set(Content_Type="application/json;charset=ISO-8859-1")),
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
        "origin-forgotten-in-405", _C, "SP113", "405 responses lack Access-Control-Allow-Origin",
        change_refusals((405,), _drop_origin),
    ),
    fault(
        "origin-in-preflights-only", _C, "SP113", "only preflights have Access-Control-Allow-Origin",
        change_responses((), _of_requests(_drop_origin, preflights=False)),
    ),
    fault(
        "origin-of-first-browser", _C, "SP113", "the first Origin is echoed to everybody",
        _echo_first_origin(),
    ),
    fault(
        "preflight-without-origin", _C, "SP113", "preflights lack Access-Control-Allow-Origin",
        change_responses((), _of_requests(_drop_origin, preflights=True)),
    ),
    fault(
        "preflight-without-patch", _C, "SP113", "preflights do not allow PATCH",
        change_responses((), _of_requests(_without(_METHODS, "PATCH"), preflights=True)),
    ),
    fault(
        "preflight-without-version", _C, "SP113", "preflights do not allow the header LD-API-Version",
        change_responses((), _of_requests(_without(_HEADERS, "LD-API-Version"), preflights=True)),
    ),
    fault(
        "preflight-of-items-refused", _C, "SP113", "preflights of an integration get 405, of the list 204",
        change_responses((), _refuse_preflight_of_items),
    ),
    fault(
        "get-tunnels-delete", _C, "SP602", "a GET that names DELETE in X-HTTP-Method-Override deletes",
        change_requests(("get",), _tunnel_through_get),
    ),
    fault(
        "tunnelled-delete-refused", _C, "SP201", "PATCH can be tunnelled through POST, DELETE cannot",
        _ignore_tunnel("DELETE"),
    ),
    fault(
        "tunnelled-patch-refused", _C, "SP201", "DELETE can be tunnelled through POST, PATCH cannot",
        _ignore_tunnel("PATCH"),
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
