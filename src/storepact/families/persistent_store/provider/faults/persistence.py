"""Faults of what is stored, and of what reads and lists return of it."""

from __future__ import annotations

import json

from storepact.families.persistent_store.provider.faults.layers import (
    StorageLayer,
    address_of,
    body_of,
    error_response,
    fault,
    items_of,
    patch_of,
    with_body,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer
from storepact.model.tree import Json

_C = "state"


class StaleRead(StorageLayer):
    """Returns the state before an update from the first get after it."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._before: dict[str, Integration] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        if address.role == "update":
            before = self.find(address)
            response = inner(request)
            if before is not None and response.status == 200:
                self._before[address.id] = before
            return response
        if address.role == "get" and address.id in self._before and self.find(address) is not None:
            return self._respond_with(self._before.pop(address.id), request, inner)
        return inner(request)

    def _respond_with(self, before: Integration, request: MockRequest, inner: Responder) -> MockResponse:
        now = self.storage.get(before.id)
        assert now is not None
        self.storage.replace(before)
        response = inner(request)
        self.storage.replace(now)
        return response


class LostUpdate(StorageLayer):
    """Undoes every update after its response was made."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        before = self.find(address) if address.role == "update" else None
        response = inner(request)
        if before is not None:
            self.storage.replace(before)
        return response


class PartialPatch(StorageLayer):
    """Applies the operations before the failing one of a refused patch."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        if address_of(request).role == "update" and response.status in (400, 409, 422):
            for operation in patch_of(body_of(request)):
                if inner(with_body(request, [operation])).status != 200:
                    break
        return response


class DeleteWithoutEffect(StorageLayer):
    """Restores every integration after its delete."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        before = self.find(address) if address.role == "delete" else None
        response = inner(request)
        if before is not None and response.status == 204:
            self.storage.add(before)
        return response


class UnreadableOnce(StorageLayer):
    """Answers the first get after a create with 404."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._new: set[str] = set()

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        if address.role == "get" and address.id in self._new:
            self._new.remove(address.id)
            return error_response(404, "not_found", "there is no such integration")
        response = inner(request)
        if address.role == "create" and response.status == 201:
            self._new.add(response.body["_id"])
        return response


class JoinEqualCreates(StorageLayer):
    """Responds to a create that equals an earlier one with the integration that exists."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._responses: dict[tuple[str, bytes], MockResponse] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        if address_of(request).role != "create" or response.status != 201:
            return response
        key = request.path, request.body
        earlier = self._responses.setdefault(key, response)
        if earlier is response or not any(self.storage.get(item["_id"]) for item in items_of(earlier.body)):
            self._responses[key] = response
            return response
        for item in items_of(response.body):
            self.storage.remove(item["_id"])
        return earlier


class NeverReturn(StorageLayer):
    """Leaves out of patches what sets a member to a value that it had before."""

    def __init__(self, provider: StoreProvider, member: str) -> None:
        super().__init__(provider)
        self._path, self._former = f"/{member}", set[tuple[str, str]]()

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, body = address_of(request), body_of(request)
        integration = self.find(address)
        if address.role == "update" and integration is not None and isinstance(body, list):
            self._former.add((integration.id, json.dumps(getattr(integration, self._path[1:]))))
            request = with_body(request, [item for item in body if not self._is_former(integration, item)])
        return inner(request)

    def _is_former(self, integration: Integration, item: Json) -> bool:
        if not isinstance(item, dict) or (item.get("op"), item.get("path")) != ("replace", self._path):
            return False
        value, present = item.get("value"), getattr(integration, self._path[1:])
        return value != present and (integration.id, json.dumps(value)) in self._former


class ReadOnceFor(Layer):
    """Answers gets, or lists, of a path with one value of a header with the first of their responses."""

    def __init__(self, header: str, role: str) -> None:
        self._header, self._role = header, role
        self._responses: dict[tuple[str, str], MockResponse] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        value, response = request.header(self._header), inner(request)
        is_plain = value is None or (self._header == "accept-encoding" and value != "gzip")
        if is_plain or address_of(request).role != self._role or response.status != 200:
            return response
        return self._responses.setdefault((request.path, value or ""), response)


FAULTS = (
    fault("stale-read", _C, "SP602", "the first get after an update returns the state before it", StaleRead),
    fault("lost-update", _C, "SP602", "an update responds 200 and is not stored", LostUpdate),
    fault("unreadable-once", _C, "SP602", "the first get after a create is 404", UnreadableOnce),
    fault("partial-patch", _C, "SP605", "the operations before a failing one are applied", PartialPatch),
    fault("delete-keeps", _C, "SP604", "a deleted integration is still there", DeleteWithoutEffect),
    fault(
        "equal-creates-joined", _C, "SP607", "a create that equals an earlier one makes nothing new",
        JoinEqualCreates,
    ),
    fault(
        "reads-kept-for-gzip", _C, "SP602", "the first get of an integration in gzip is kept for the others",
        lambda _: ReadOnceFor("accept-encoding", "get"),
    ),
    fault(
        "reads-kept-for-origin", _C, "SP602", "the first get of an integration from an origin is kept for it",
        lambda _: ReadOnceFor("origin", "get"),
    ),
    fault(
        "list-kept-for-origin", _C, "SP603", "the first list that an origin has received is kept for it",
        lambda _: ReadOnceFor("origin", "list"),
    ),
    fault(
        "list-kept-for-gzip", _C, "SP603", "the first list in gzip is kept for the others",
        lambda _: ReadOnceFor("accept-encoding", "list"),
    ),
    fault(
        "names-never-return", _C, "SP601", "a name that an integration had before is not set again",
        lambda provider: NeverReturn(provider, "name"),
    ),
    fault(
        "tags-never-return", _C, "SP601", "tags that an integration had before are not set again",
        lambda provider: NeverReturn(provider, "tags"),
    ),
)  # fmt: skip
