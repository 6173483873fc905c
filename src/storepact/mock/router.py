"""The router of the mock: what applies to every request before and after the provider, in any API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, Protocol
from urllib.parse import unquote

from storepact.mock.compression import Compression
from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse
from storepact.mock.limits import Limits
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation

_OVERRIDE = "X-HTTP-Method-Override"
_TUNNELLED = ("PATCH", "DELETE", "PUT")
_NO_METHODS: Mapping[str, Operation] = {}


@lean_value(frozen=True)
class HttpOptions:
    """How the router behaves where the documents leave it open."""

    origin: Literal["echo", "any"] = "echo"
    wrong_verb: Literal["405", "405-bare", "404"] = "405"
    head: Literal["refused", "like-get"] = "refused"
    options: Literal["answered", "refused"] = "answered"
    error_id: bool = True
    compression: Compression = "never"
    tunnels: Literal["offered", "strict", "refused"] = "offered"
    media_type: str = "application/json"


class Provider(Protocol):
    """The behaviour of one API, made by a family."""

    http_options: HttpOptions

    def respond(self, request: MockRequest) -> MockResponse:
        """Return the response to a request for an operation; may raise `MockRefusal`."""

    def respond_outside_document(self, request: MockRequest) -> MockResponse | None:
        """Return the response for a path that is not in the document; None if there is nothing at it."""

    def clear(self) -> None:
        """Delete everything that was created."""

    def is_secret(self, text: str) -> bool:
        """Whether a text is a secret that a client has stored."""


class Router:
    """Routes requests by the document: verbs, tunnels, preflights, limits and the common form of errors.

    `request_headers` are the headers of this API that a browser may send.
    """

    def __init__(
        self, document: Document, provider: Provider, limits: Limits, request_headers: Sequence[str] = ()
    ) -> None:
        self.provider, self.limits = provider, limits
        override = () if provider.http_options.tunnels == "refused" else (_OVERRIDE,)
        self._request_headers = ", ".join(("Authorization", "Content-Type", *request_headers, *override))
        paths: dict[str, dict[str, Operation]] = {}
        for operation in document.operations.values():
            paths.setdefault(operation.path, {})[operation.method] = operation
        self._paths: list[tuple[re.Pattern[str], dict[str, Operation]]] = [
            (next(iter(methods.values())).path_pattern, methods)
            for _, methods in sorted(paths.items(), key=_count_parameters)
        ]

    def __call__(self, request: MockRequest) -> MockResponse:
        """Return the response to a request; never raises `MockRefusal`."""
        try:
            response = self._route(request)
        except MockRefusal as refusal:
            response = refusal.response()
        if not self.provider.http_options.error_id and response.status >= 400:
            response = _without_error_id(response)
        return response.with_headers(self._cors_headers(request))

    def _route(self, request: MockRequest) -> MockResponse:
        methods, parameters = self._match_path(request.path)
        options = self.provider.http_options
        method = request.method if options.tunnels == "refused" else _effective_method(request)
        if options.tunnels == "strict" and method == "GET" and request.header(_OVERRIDE.lower()):
            raise MockRefusal(400, "invalid_request", f"{_OVERRIDE}: only a POST tunnels a verb")
        if request.method == "OPTIONS" and options.options == "answered":
            return self._preflight(methods)
        if not methods:
            response = self.provider.respond_outside_document(request)
            if response is None:
                raise MockRefusal(404, "not_found", "there is nothing at this path")
            return response
        like_get = method == "HEAD" and options.head == "like-get" and "GET" in methods
        operation = methods.get("GET" if like_get else method)
        if operation is None:
            raise self._wrong_verb(method, methods)
        limits = self.limits.spend(operation.id, request.token)
        try:
            headers, body, query = request.headers, request.body, request.query
            routed = MockRequest(operation.method, request.path, headers, body, query, operation, parameters)
            return self.provider.respond(routed).with_headers(limits)
        except MockRefusal as refusal:
            return refusal.response().with_headers(limits)

    def _match_path(self, path: str) -> tuple[Mapping[str, Operation], dict[str, str]]:
        """Return the operations of a path by verb, and its decoded parameters."""
        for pattern, methods in self._paths:
            match = pattern.match(path)
            if match is not None:
                return methods, {
                    name: unquote(value, errors="replace") if "%" in value else value
                    for name, value in match.groupdict().items()
                }
        return _NO_METHODS, {}

    def _wrong_verb(self, method: str, methods: Mapping[str, Operation]) -> MockRefusal:
        choice = self.provider.http_options.wrong_verb
        if choice == "404":
            return MockRefusal(404, "not_found", f"there is nothing to {method} at this path")
        allow = ", ".join(sorted(methods))
        headers = {"Allow": allow} if choice == "405" else None
        return MockRefusal(405, "method_not_allowed", f"this path has {allow}", headers)

    def _preflight(self, methods: Mapping[str, Operation]) -> MockResponse:
        allow = ", ".join(sorted({*methods, "OPTIONS"})) if methods else "GET, OPTIONS"
        return MockResponse(
            204,
            headers={
                "Allow": allow,
                "Access-Control-Allow-Methods": allow,
                "Access-Control-Allow-Headers": self._request_headers,
                "Access-Control-Max-Age": "300",
            },
        )

    def _cors_headers(self, request: MockRequest) -> dict[str, str]:
        origin = request.header("origin")
        if origin is None:
            return {}
        if self.provider.http_options.origin == "any" or not re.fullmatch(r"[!-~]{1,300}", origin):
            return {"Access-Control-Allow-Origin": "*"}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _effective_method(request: MockRequest) -> str:
    """Return the verb of a request; a POST may tunnel another one.

    Raises:
        MockRefusal: 400, this verb cannot be tunnelled.

    """
    tunnelled = request.header(_OVERRIDE.lower()) if request.method == "POST" else None
    if not tunnelled:
        return request.method
    method = tunnelled.strip().upper()
    if method not in _TUNNELLED:
        raise MockRefusal(400, "invalid_request", f"{_OVERRIDE}: must be one of {', '.join(_TUNNELLED)}")
    return method


def _without_error_id(response: MockResponse) -> MockResponse:
    if not isinstance(response.body, dict):
        return response
    return replace(response, body={name: value for name, value in response.body.items() if name != "id"})


def _count_parameters(entry: tuple[str, dict[str, Operation]]) -> int:
    """Sort key: literal paths come before paths with parameters."""
    return entry[0].count("{")
