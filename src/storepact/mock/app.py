"""The mock as an ASGI application: a fragment's paths, a provider's answers, errors in the common form."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from storepact.spec.fragment import Fragment, Operation

#: Bodies beyond this many bytes are answered with 413.
LARGEST_BODY = 1_000_000

log = logging.getLogger("storepact.mock")


@dataclass(frozen=True)
class Call:
    """One request as a provider sees it. Header names are lower case, in the order received."""

    operation: Operation
    parameters: Mapping[str, str]
    headers: tuple[tuple[str, str], ...]
    body: bytes
    path: str

    def header(self, name: str) -> str | None:
        """The first header of that name: of two, the first counts."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True)
class Answer:
    """What a provider says. `body` None sends none."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An error answer `{code, message, id}`."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})

    def answer(self) -> Answer:
        """The refusal in the common form of errors."""
        return Answer(self.status, {"code": self.code, "message": self.message, "id": str(uuid.uuid4())}, self.headers)


class Provider(Protocol):
    """What a family brings: it answers calls, and brings tokens into conditions for the gate."""

    def answer(self, call: Call) -> Answer:
        """Answer one call; may raise `Refusal`."""

    def issue_token(self, condition: str) -> str:
        """A new token in a named condition; raises KeyError for a condition that it does not know."""


Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(fragment: Fragment, provider: Provider, control_key: str | None = None) -> Starlette:
    """The application. With `control_key`, POST /_storepact/tokens hands out tokens in named conditions."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in fragment.operations.values():
        by_path.setdefault(operation.path, {})[operation.method] = operation
    routes = [Route(path, _resource(operations, provider)) for path, operations in by_path.items()]
    for route in routes:
        route.methods = set()  # every verb reaches the endpoint, which knows how to refuse
    if control_key is not None:
        routes.append(Route("/_storepact/tokens", _control(provider, control_key), methods=["POST"]))
    return Starlette(routes=routes, exception_handlers={404: _not_found, 405: _not_found, 500: _failed})


def _resource(operations: Mapping[str, Operation], provider: Provider) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        operation = operations.get(request.method)
        try:
            if operation is None:
                allow = ", ".join(sorted(operations))
                raise Refusal(405, "method_not_allowed", f"this path has {allow}", {"Allow": allow})
            answer = provider.answer(await _call(request, operation))
        except Refusal as refusal:
            answer = refusal.answer()
        return _response(answer)

    return endpoint


async def _call(request: Request, operation: Operation) -> Call:
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST_BODY:
                raise Refusal(413, "invalid_request", f"the body is larger than {LARGEST_BODY:,} bytes", {"Connection": "close"})
            chunks.append(chunk)
    except ClientDisconnect:
        raise Refusal(400, "invalid_request", "the body was cut off") from None
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return Call(operation, request.path_params, headers, b"".join(chunks), request.url.path)


def _response(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    content = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return Response(content, answer.status, dict(answer.headers), media_type="application/json")


async def _not_found(request: Request, error: Exception) -> Response:
    return _response(Refusal(404, "not_found", "there is nothing at this path").answer())


async def _failed(request: Request, error: Exception) -> Response:
    log.error("the mock itself failed: %s", type(error).__name__)
    return _response(Refusal(500, "internal_error", "the mock itself failed").answer())


def _control(provider: Provider, key: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.headers.get("authorization") != key:
            return _response(Refusal(403, "forbidden", "not for you").answer())
        wanted: Iterable[str] = (await request.json())["conditions"]
        try:
            tokens = {condition: provider.issue_token(condition) for condition in wanted}
        except KeyError as error:
            return _response(Refusal(400, "invalid_request", f"there is no condition {error}").answer())
        return _response(Answer(201, tokens))

    return endpoint
