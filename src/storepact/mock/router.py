"""The front of the mock: what every call meets before and after the provider, whatever the API is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol
from urllib.parse import unquote

from storepact.mock.call import MockRefusal, MockRequest, MockResponse
from storepact.mock.limits import Limits
from storepact.openapi.document import Document, Operation

_OVERRIDE = "x-http-method-override"
_TUNNELLED = ("PATCH", "DELETE", "PUT")
_NO_METHODS: Mapping[str, Operation] = {}


@dataclass(frozen=True)
class HttpOptions:
    """How the front behaves where the documents leave it open."""

    origin: Literal["echo", "any"] = "echo"
    wrong_verb: Literal["405", "405-bare", "404"] = "405"
    head: Literal["refused", "like-get"] = "refused"
    options: Literal["answered", "refused"] = "answered"
    error_id: bool = True


class Provider(Protocol):
    """What a family brings: it answers calls to the operations of its document, and to whatever else it has."""

    manners: HttpOptions

    def answer(self, call: MockRequest) -> MockResponse:
        """Answer a call to an operation; may raise `Refusal`."""

    def neighbour(self, call: MockRequest) -> MockResponse | None:
        """Answer a call to a path that is not in the document, or None if there is nothing either."""


class Router:
    """Routes calls by the document; knows verbs, tunnels, preflights, limits and the common form of errors."""

    def __init__(self, document: Document, provider: Provider, limits: Limits) -> None:
        self.provider, self.limits = provider, limits
        paths: dict[str, dict[str, Operation]] = {}
        for operation in document.operations.values():
            paths.setdefault(operation.path, {})[operation.method] = operation
        self._paths: list[tuple[re.Pattern[str], dict[str, Operation]]] = [
            (next(iter(methods.values())).path_pattern, methods)
            for _, methods in sorted(paths.items(), key=_literal_first)
        ]

    def __call__(self, call: MockRequest) -> MockResponse:
        """Answer a call; never raises `Refusal`."""
        try:
            answer = self._routed(call)
        except MockRefusal as refusal:
            answer = refusal.answer()
        if not self.provider.manners.error_id and answer.status >= 400 and isinstance(answer.body, dict):
            answer = replace(
                answer, body={name: value for name, value in answer.body.items() if name != "id"}
            )
        return answer.with_headers(self._cors(call))

    def _routed(self, call: MockRequest) -> MockResponse:
        methods, values = self._found(call.path)
        tunnelled = call.header(_OVERRIDE)
        method = tunnelled.strip().upper() if tunnelled and call.method == "POST" else call.method
        if tunnelled and call.method == "POST" and method not in _TUNNELLED:
            raise MockRefusal(
                400, "invalid_request", f"X-HTTP-Method-Override: must be one of {', '.join(_TUNNELLED)}"
            )
        if call.method == "OPTIONS" and self.provider.manners.options == "answered":
            return self._preflight(methods)
        if not methods:
            found = self.provider.neighbour(call)
            if found is None:
                raise MockRefusal(404, "not_found", "there is nothing at this path")
            return found
        headless = method == "HEAD" and self.provider.manners.head == "like-get" and "GET" in methods
        operation = methods.get("GET" if headless else method)
        if operation is None:
            raise self._wrong_verb(method, methods)
        told = self.limits.spend(operation.id, call.token)
        try:
            routed = replace(call, method=operation.method, operation=operation, parameters=values)
            return self.provider.answer(routed).with_headers(told)
        except MockRefusal as refusal:
            return refusal.answer().with_headers(told)

    def _found(self, path: str) -> tuple[Mapping[str, Operation], dict[str, str]]:
        for pattern, methods in self._paths:
            match = pattern.match(path)
            if match is not None:
                return methods, {
                    name: unquote(value, errors="replace") for name, value in match.groupdict().items()
                }
        return _NO_METHODS, {}

    def _wrong_verb(self, method: str, methods: Mapping[str, Operation]) -> MockRefusal:
        manner = self.provider.manners.wrong_verb
        if manner == "404":
            return MockRefusal(404, "not_found", f"there is nothing to {method} at this path")
        allow = ", ".join(sorted(methods))
        return MockRefusal(
            405, "method_not_allowed", f"this path has {allow}", {"Allow": allow} if manner == "405" else None
        )

    def _preflight(self, methods: Mapping[str, Operation]) -> MockResponse:
        allow = ", ".join(sorted({*methods, "OPTIONS"})) if methods else "GET, OPTIONS"
        return MockResponse(
            204,
            headers={
                "Allow": allow,
                "Access-Control-Allow-Methods": allow,
                "Access-Control-Allow-Headers": "Authorization, Content-Type, LD-API-Version, X-HTTP-Method-Override",
                "Access-Control-Max-Age": "300",
            },
        )

    def _cors(self, call: MockRequest) -> dict[str, str]:
        origin = call.header("origin")
        if origin is None:
            return {}
        if self.provider.manners.origin == "any" or not re.fullmatch(r"[!-~]{1,300}", origin):
            return {"Access-Control-Allow-Origin": "*"}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _literal_first(entry: tuple[str, dict[str, Operation]]) -> int:
    return entry[0].count("{")
