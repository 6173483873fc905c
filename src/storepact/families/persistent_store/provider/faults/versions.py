"""Faults of `version`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from storepact.families.persistent_store.provider.faults.layers import (
    LayerFactory,
    StorageLayer,
    address_of,
    body_of,
    fault,
    with_members,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.exchange import MockRequest, MockResponse, Responder

_C = "state"


class CountVersion(StorageLayer):
    """Replaces the version after an operation; `count` gets the versions before (0 for none) and after it."""

    def __init__(self, provider: StoreProvider, role: str, count: Callable[[int, int], int]) -> None:
        super().__init__(provider)
        self._role, self._count = role, count

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        before = self.find(address)
        response = inner(request)
        successful = 200 <= response.status < 300 and isinstance(response.body, dict)
        after = self.storage.get(response.body.get("_id", "")) if successful else None
        if address.role != self._role or after is None:
            return response
        version = self._count(before.version if before else 0, after.version)
        self.storage.replace(replace(after, version=version))
        return with_members(response, version=version)


class VersionFromBody(StorageLayer):
    """Stores the version that the body of a create has."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response, body = inner(request), body_of(request)
        version = body.get("version") if isinstance(body, dict) else None
        created = address_of(request).role == "create" and response.status == 201
        if not created or type(version) is not int or not isinstance(response.body, dict):
            return response
        integration = self.storage.get(response.body.get("_id", ""))
        if integration is None:
            return response
        self.storage.replace(replace(integration, version=version))
        return with_members(response, version=version)


def _count_version(role: str, count: Callable[[int, int], int]) -> LayerFactory:
    return lambda provider: CountVersion(provider, role, count)


FAULTS = (
    fault(
        "version-stands", _C, "SP606", "an update does not increase the version",
        _count_version("update", lambda before, after: before or after),
    ),
    fault(
        "version-jumps", _C, "SP606", "an update increases the version by 2",
        _count_version("update", lambda before, after: after + (after > before)),
    ),
    fault(
        "version-begins-at-two", _C, "SP606", "a new integration has version 2",
        _count_version("create", lambda _, after: after + 1),
    ),
    fault("version-from-body", _C, "SP606", "a create takes the version from its body", VersionFromBody),
)  # fmt: skip
