"""Faults of scopes: what belongs to one environment or project shows, or has an effect, in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from storepact.families.persistent_store.api import BASE, KINDS
from storepact.families.persistent_store.provider.faults.layers import (
    EVERY,
    Address,
    LayerFactory,
    RequestEdit,
    StorageLayer,
    address_of,
    body_of,
    change_requests,
    change_successes,
    config_of,
    error_response,
    fault,
    items_of,
    with_members,
)
from storepact.families.persistent_store.provider.gates import PROJECTS
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder

_C = "state"


class IgnoreEnvironment(StorageLayer):
    """Finds an id under any environment that exists."""

    def __init__(self, provider: StoreProvider, roles: tuple[str, ...] = EVERY) -> None:
        super().__init__(provider)
        self._roles = roles

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        integration = self.find(address)
        valid = address.role in self._roles and address.environment in PROJECTS.get(address.project, ())
        if integration is not None and valid and self._matches(integration, address):
            request = replace(request, path=integration.path)
        return inner(request)

    def _matches(self, integration: Integration, address: Address) -> bool:
        return integration.kind == address.kind


class ShareConfig(StorageLayer):
    """Gives the host that is configured alike a port, a user and the rest of what one integration gets."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        before, response = self.find(address), inner(request)
        after = self.find(address)
        if address.role != "update" or before is None or after is None or after.config == before.config:
            return response
        for sibling in list(self.storage.all()):
            if sibling.id != after.id and sibling.config.get("host", "") == after.config.get("host"):
                self.storage.replace(replace(sibling, config=after.config))
        return response


class DeleteEquals(StorageLayer):
    """Deletes, with an integration, all others that have the same config."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        integration, response = self.find(address), inner(request)
        if address.role == "delete" and response.status == 204 and integration is not None:
            equals = [equal for equal in self.storage.all() if equal.config == integration.config]
            for equal in equals:
                self.storage.remove(equal.id)
        return response


class KeepStoresTaken(StorageLayer):
    """Refuses a create with the host of an integration that was deleted."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._taken: set[str] = set()

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        if address.role == "create" and config_of(body_of(request)).get("host") in self._taken:
            return error_response(409, "conflict", "the store is in use")
        integration, response = self.find(address), inner(request)
        if address.role == "delete" and response.status == 204 and integration is not None:
            self._taken.update(filter(None, [integration.config.get("host")]))
        return response


class CompleteEnvironment(StorageLayer):
    """Finds an id under the key of its environment without the last character."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        integration = self.find(address)
        if address.role == "get" and integration is not None and self._is_meant(integration, address):
            request = replace(request, path=integration.path)
        return inner(request)

    def _is_meant(self, integration: Integration, address: Address) -> bool:
        return integration.kind == address.kind and integration.environment[:-1] == address.environment


class IgnoreProject(IgnoreEnvironment):
    """Finds an id under any project, in an environment of the same key."""

    def _matches(self, integration: Integration, address: Address) -> bool:
        return integration.location[1:] == (address.environment, address.kind)


class RemoveFromOtherProjects(StorageLayer):
    """Removes integrations of the same kind and environment key from other projects after a delete."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, response = address_of(request), inner(request)
        if address.role == "delete" and response.status == 204:
            for integration in list(self.storage.all()):
                same = integration.location[1:] == (address.environment, address.kind)
                if same and integration.location[0] != address.project:
                    self.storage.remove(integration.id)
        return response


class RefuseInOtherProjects(StorageLayer):
    """Refuses a create where another project has an integration of the same kind and environment key."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        for integration in self.storage.all() if address.role == "create" else ():
            same = integration.location[1:] == (address.environment, address.kind)
            if same and integration.location[0] != address.project:
                return error_response(409, "optimistic_locking_error", "there is an integration already")
        return inner(request)


def _known_by(matches: Callable[[str, str], bool]) -> RequestEdit:
    """Take a key of an environment, or a kind, for the first known one that it matches."""

    def apply(request: MockRequest) -> MockRequest:
        address = address_of(request)
        known = PROJECTS.get(address.project, ())
        environment = next((key for key in known if matches(address.environment, key)), address.environment)
        kind = next((kind for kind in KINDS if matches(address.kind, kind)), address.kind)
        parts = (address.project, environment, kind, *([address.id] if address.id else ()))
        return replace(request, path="/".join((BASE, *parts)))

    return apply


def _is_trimmed(sent: str, key: str) -> bool:
    return unquote(sent).strip() == key


#: Other names for kinds of stores.
_ALIASES = {"dynamo": "dynamodb", "valkey": "redis"}


def _is_alias(sent: str, key: str) -> bool:
    return _ALIASES.get(sent) == key


class FindByName(StorageLayer):
    """Finds an integration by its name, too."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        if address.role == "get" and self.find(address) is None:
            named = [found for found in self.storage.all() if found.name == unquote(address.id)]
            return inner(replace(request, path=named[0].path) if named else request)
        return inner(request)


def _list_for_browsers(request: MockRequest, response: MockResponse) -> MockResponse:
    """Show a browser the integrations of one environment."""
    if request.header("origin") is None:
        return response
    items = [item for item in items_of(response.body) if item["environmentKey"] == "test"]
    return with_members(response, items=items)


def _swap_keys(request: MockRequest) -> MockRequest:
    address = address_of(request)
    if address.project in PROJECTS or address.environment not in PROJECTS:
        return request
    parts = (address.environment, address.project, address.kind, address.id)
    return replace(request, path="/".join((BASE, *parts)))


def _create_in(actual: str, place: str) -> LayerFactory:
    """Send a create in a project and environment to another place."""

    def move(request: MockRequest) -> MockRequest:
        return replace(request, path=request.path.replace(f"/{place}/", f"/{actual}/"))

    return change_requests(("create",), move)


def _list_default_project(request: MockRequest, response: MockResponse) -> MockResponse:
    items = [item for item in items_of(response.body) if item["projectKey"] == "default"]
    return with_members(response, items=items)


FAULTS = (
    fault(
        "environments-mixed", _C, "SP302", "an id is found under any environment that exists",
        IgnoreEnvironment,
    ),
    fault(
        "environments-in-part", _C, "SP302", "a get does not need the last character of an environment's key",
        CompleteEnvironment,
    ),
    fault(
        "environments-by-their-beginning", _C, "SP302",
        "a get accepts what begins with the key of an environment",
        change_requests(("get",), _known_by(str.startswith)),
    ),
    fault(
        "kinds-by-their-end", _C, "SP302", "a get accepts what ends with the key of an environment or a kind",
        change_requests(("get",), _known_by(str.endswith)),
    ),
    fault(
        "kinds-by-their-beginning", _C, "SP202", "a create accepts any kind that begins like one of the two",
        change_requests(("create",), _known_by(str.startswith)),
    ),
    fault(
        "environments-trimmed", _C, "SP302", "blanks around the key of an environment mean nothing to a get",
        change_requests(("get",), _known_by(_is_trimmed)),
    ),
    fault(
        "kinds-have-aliases", _C, "SP202", "a create accepts dynamo and valkey for the two kinds",
        change_requests(("create",), _known_by(_is_alias)),
    ),
    fault("found-by-name", _C, "SP607", "a get finds an integration by its name, too", FindByName),
    fault(
        "list-of-one-environment-in-browsers", _C, "SP603",
        "the list shows a browser the environment test only",
        change_successes(("list",), _list_for_browsers),
    ),
    fault(
        "keys-swapped", _C, "SP302", "a get finds an id where project and environment are swapped",
        change_requests(("get",), _swap_keys),
    ),
    fault(
        "wrong-environment", _C, "SP607", "a create in the environment test is stored in production",
        _create_in("default/production", "default/test"),
    ),
    fault(
        "projects-mixed-on-get", _C, "SP302", "a get finds an id under any project",
        lambda provider: IgnoreProject(provider, ("get",)),
    ),
    fault(
        "projects-mixed-on-update", _C, "SP302", "an update finds an id under any project",
        lambda provider: IgnoreProject(provider, ("update",)),
    ),
    fault(
        "projects-mixed-on-delete", _C, "SP302", "a delete finds an id under any project",
        lambda provider: IgnoreProject(provider, ("delete",)),
    ),
    fault(
        "wrong-project", _C, "SP607", "a create in the project sandbox is stored in default",
        _create_in("default/test", "sandbox/test"),
    ),
    fault(
        "delete-reaches-other-project", _C, "SP302",
        "a delete removes integrations from environments of the same key in other projects",
        RemoveFromOtherProjects,
    ),
    fault(
        "projects-in-the-way", _C, "SP201",
        "a create is refused where another project has an integration in an environment of that key",
        RefuseInOtherProjects,
    ),
    fault(
        "equals-deleted-together", _C, "SP602", "a delete takes along what has the same config",
        DeleteEquals,
    ),
    fault(
        "deleted-stores-taken", _C, "SP201", "a store of a deleted integration cannot be used again",
        KeepStoresTaken,
    ),
    fault(
        "hosts-share-config", _C, "SP602", "an update of config changes all integrations with the same host",
        ShareConfig,
    ),
    fault(
        "list-of-one-project", _C, "SP603", "the list shows the project default only",
        change_successes(("list",), _list_default_project),
    ),
)  # fmt: skip
