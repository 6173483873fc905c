"""Faults of clients: a response depends on a header or a token on which it must not depend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    address_of,
    fault,
    items_of,
    with_header,
    with_members,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer
from storepact.mock.tokens import Token

_C = "state"
#: Integrations on a page that some clients get.
_PAGE = 15

#: Whether a request, with its token if that is known, is one of those that a fault is about.
_Condition = Callable[[MockRequest, Token | None], bool]


class _KeepFirst(Layer):
    """Answers the requests of one operation that meet a condition with the first response at their path."""

    def __init__(self, provider: StoreProvider, role: str, condition: _Condition) -> None:
        self._tokens, self._role, self._condition = provider.tokens, role, condition
        self._responses: dict[str, MockResponse] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        is_kept = address_of(request).role == self._role and response.status == 200
        if is_kept and self._condition(request, self._tokens.find(request.token)):
            return self._responses.setdefault(request.path, response)
        return response


class _ListForSome(Layer):
    """Changes the items of lists that are sent to clients that meet a condition."""

    def __init__(
        self, provider: StoreProvider, condition: _Condition, edit: Callable[[list[Item]], list[Item]]
    ) -> None:
        self._tokens, self._condition, self._edit = provider.tokens, condition, edit

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        if address_of(request).role != "list" or response.status != 200:
            return response
        if not self._condition(request, self._tokens.find(request.token)):
            return response
        return with_members(response, items=self._edit(items_of(response.body)))


class _RememberReader(Layer):
    """Lets anybody get what a token that only reads was the last to get."""

    def __init__(self, provider: StoreProvider) -> None:
        self._tokens = provider.tokens
        self._paths: dict[str, str] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        token = self._tokens.find(request.token)
        if token is not None:
            self._paths[request.path] = request.token if token.reads_only else ""
        elif request.method == "GET" and self._paths.get(request.path):
            return inner(with_header(request, "authorization", self._paths[request.path]))
        return inner(request)


class _OpenToBrowsers(Layer):
    """Lets a browser list without a token."""

    def __init__(self, provider: StoreProvider) -> None:
        self._tokens = provider.tokens

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        is_list = address_of(request).role == "list" and request.header("origin") is not None
        if is_list and not request.token:
            readers = (value for value, token in self._tokens.items() if token.reads_only)
            return inner(with_header(request, "authorization", next(readers)))
        return inner(request)


class _ReviveEquals(Layer):
    """Answers a create that equals one of a deleted integration with that integration."""

    def __init__(self, provider: StoreProvider) -> None:
        self._storage = provider.storage
        self._ids: dict[tuple[str, bytes], str] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        if address_of(request).role != "create" or response.status != 201:
            return response
        (item,) = items_of(response.body)
        earlier = self._ids.setdefault((request.path, request.body), item["_id"])
        created = self._storage.get(item["_id"])
        if earlier == item["_id"] or created is None or self._storage.get(earlier) is not None:
            return response
        self._storage.remove(created.id)
        revived = replace(created, id=earlier)
        self._storage.add(revived)
        links = {**item["_links"], "self": {**item["_links"]["self"], "href": revived.path}}
        return with_members(response, _id=earlier, _links=links)


def _keep(role: str, condition: _Condition) -> LayerFactory:
    return lambda provider: _KeepFirst(provider, role, condition)


def _list(condition: _Condition, edit: Callable[[list[Item]], list[Item]]) -> LayerFactory:
    return lambda provider: _ListForSome(provider, condition, edit)


def _accepts_anything(request: MockRequest, token: Token | None) -> bool:
    return request.header("accept") == "*/*"


def _accepts_silently(request: MockRequest, token: Token | None) -> bool:
    return request.header("accept") is None


def _reads_gzip(request: MockRequest, token: Token | None) -> bool:
    return request.header("accept-encoding") == "gzip"


def _reads_only(request: MockRequest, token: Token | None) -> bool:
    return token is not None and token.reads_only


FAULTS = (
    fault(
        "reads-kept-for-any-accept", _C, "SP605", "the first get with */* in Accept is kept for the others",
        _keep("get", _accepts_anything),
    ),
    fault(
        "reads-kept-without-accept", _C, "SP602", "the first get without Accept is kept for the others",
        _keep("get", _accepts_silently),
    ),
    fault(
        "list-kept-for-any-accept", _C, "SP603", "the first list with */* in Accept is kept for the others",
        _keep("list", _accepts_anything),
    ),
    fault(
        "list-of-redis-in-gzip", _C, "SP603", "a list in gzip lacks DynamoDB integrations",
        _list(_reads_gzip, lambda items: [item for item in items if item["integrationKey"] == "redis"]),
    ),
    fault(
        "list-of-fifteen-for-readers", _C, "SP603", "a read-only token lists fifteen integrations",
        _list(_reads_only, lambda items: items[:_PAGE]),
    ),
    fault(
        "list-of-one-project-for-readers", _C, "SP603", "a read-only token lists one project",
        _list(_reads_only, lambda items: [item for item in items if item["projectKey"] == "default"]),
    ),
    fault(
        "token-remembered", _C, "SP203", "what a read-only token was the last to get needs no token",
        _RememberReader,
    ),
    fault("no-token-lists-in-browsers", _C, "SP203", "a browser lists without a token", _OpenToBrowsers),
    fault(
        "equal-creates-revive", _C, "SP607", "a create that equals one of a deleted integration revives it",
        _ReviveEquals,
    ),
)  # fmt: skip
