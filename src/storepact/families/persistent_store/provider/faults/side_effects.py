"""Faults that change another integration, or have an effect although the request was refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from storepact.families.persistent_store.provider.faults.layers import (
    StorageLayer,
    address_of,
    body_of,
    error_response,
    fault,
    with_body,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer

_C = "state"


class CollidingIds(StorageLayer):
    """Gives a new integration the id of another one with the same name, and overwrites that one."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, response = address_of(request), inner(request)
        if address.role != "create" or response.status != 201:
            return response
        new = self.storage.get(response.body["_id"])
        if new is None:
            return response
        namesakes = (old for old in self.storage.all() if old.name == new.name and old.id != new.id)
        twin = next(namesakes, None)
        if twin is None:
            return response
        self.storage.remove(new.id)
        self.storage.replace(replace(new, id=twin.id))
        text = json.dumps(response.body).replace(new.id, twin.id)
        return replace(response, body=json.loads(text), headers={})


class FindByBeginning(StorageLayer):
    """Finds an integration by the beginning of an id, as databases do that read its digits as a number."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        if address.role == "get" and self.find(address) is None:
            path, _, identifier = request.path.rpartition("/")
            existing_id = next((own.id for own in self.storage.all() if identifier.startswith(own.id)), None)
            if existing_id is not None:
                parameters = {**request.parameters, "integrationId": existing_id}
                request = replace(request, path=f"{path}/{existing_id}", parameters=parameters)
        return inner(request)


class FindByForm(StorageLayer):
    """Finds an integration by another form of its id, or by ids of one form: in these operations only."""

    def __init__(
        self, provider: StoreProvider, form: Callable[[str], str], *roles: str, of_both: bool = False
    ) -> None:
        super().__init__(provider)
        self._form, self._roles, self._of_both = form, roles, of_both

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        if address.role in self._roles and self.find(address) is None:
            path, _, text = request.path.rpartition("/")
            name = self._form(unquote(text)) if self._of_both else unquote(text)
            whole = next((own.id for own in self.storage.all() if self._form(own.id) == name), None)
            if whole is not None:
                parameters = {**request.parameters, "integrationId": whole}
                request = replace(request, path=f"{path}/{whole}", parameters=parameters)
        return inner(request)


class AnswerPart(StorageLayer):
    """Answers an update that names an id without its last character in a way of its own."""

    def __init__(self, provider: StoreProvider, answer: MockResponse) -> None:
        super().__init__(provider)
        self._answer = answer

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        is_part = any(own.id[:-1] == address.id for own in self.storage.all())
        return self._answer if is_part and address.role == "update" else inner(request)


_CRASH = error_response(500, "internal_error", "an id has an even number of digits")
_WITHOUT_MESSAGE = MockResponse(404, {"code": "not_found"})


def _without_last(identifier: str) -> str:
    return identifier[:-1]


def _but_last(identifier: str) -> str:
    return f"{identifier[:-1]} {len(identifier)}"


def _but_first(identifier: str) -> str:
    return f"{identifier[1:]} {len(identifier)}"


class RemoveSiblings(StorageLayer):
    """Removes the other integrations of a kind and environment after a create or a delete there."""

    def __init__(self, provider: StoreProvider, role: str) -> None:
        super().__init__(provider)
        self._role = role

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, response = address_of(request), inner(request)
        if address.role == self._role and response.status in (201, 204):
            new = response.body["_id"] if response.body else None
            location = (address.project, address.environment, address.kind)
            for integration in list(self.storage.all()):
                if integration.location == location and integration.id != new:
                    self.storage.remove(integration.id)
        return response


class RemoveSameHost(StorageLayer):
    """Removes with a deleted integration all others of its host."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        deleted = self.find(address) if address.role == "delete" else None
        response = inner(request)
        if deleted is not None and response.status == 204 and "host" in deleted.config:
            for integration in list(self.storage.all()):
                if integration.config.get("host") == deleted.config["host"]:
                    self.storage.remove(integration.id)
        return response


class RenameSibling(StorageLayer):
    """Copies the name of an updated integration to the first other one of its environment."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, response = address_of(request), inner(request)
        updated = self.find(address)
        if address.role == "update" and response.status == 200 and updated is not None:
            for sibling in list(self.storage.all()):
                if sibling.id != updated.id and sibling.location[:2] == updated.location[:2]:
                    self.storage.replace(replace(sibling, name=updated.name))
                    break
        return response


class RestoreByPatch(StorageLayer):
    """Restores a deleted integration when it is patched."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._deleted: dict[str, Integration] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        before = self.find(address)
        if address.role == "update" and before is None and address.id in self._deleted:
            self.storage.add(self._deleted[address.id])
        response = inner(request)
        if address.role == "delete" and before is not None and response.status == 204:
            self._deleted[address.id] = before
        return response


class CreateRefused(Layer):
    """Creates an integration of a default config after a create of Redis was refused."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        address, body = address_of(request), body_of(request)
        refused = address.role == "create" and response.status in (400, 422)
        if refused and address.kind == "redis" and isinstance(body, dict):
            name = str(body.get("name", "half made"))[:64]
            inner(with_body(request, {"config": {"host": "redis.example.com"}, "name": name}))
        return response


class RenameForbidden(StorageLayer):
    """Stores the new name of an update that a reader was refused."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        address = address_of(request)
        integration = self.find(address)
        token = self.provider.tokens.find(request.token)
        if address.role != "update" or integration is None or token is None or not token.reads_only:
            return response
        body = body_of(request)
        operations = [item for item in body if isinstance(item, dict)] if isinstance(body, list) else []
        for operation in operations:
            if operation.get("path") == "/name" and isinstance(operation.get("value"), str):
                version = integration.version + 1
                self.storage.replace(replace(integration, name=operation["value"], version=version))
        return response


FAULTS = (
    fault("colliding-ids", _C, "SP607", "two integrations of the same name get the same id", CollidingIds),
    fault(
        "create-overwrites", _C, "SP611", "a create removes other integrations of its kind",
        lambda provider: RemoveSiblings(provider, "create"),
    ),
    fault(
        "delete-takes-siblings", _C, "SP611", "a delete removes other integrations of its kind",
        lambda provider: RemoveSiblings(provider, "delete"),
    ),
    fault("delete-takes-same-host", _C, "SP611", "a delete removes all others of its host", RemoveSameHost),
    fault(
        "rename-touches-sibling", _C, "SP611", "an update renames another integration as well",
        RenameSibling,
    ),
    fault("patch-resurrects", _C, "SP604", "a patch restores a deleted integration", RestoreByPatch),
    fault(
        "refused-yet-created", _C, "SP605", "a refused create leaves an integration behind",
        lambda _: CreateRefused(),
    ),
    fault(
        "forbidden-yet-done", _C, "SP605",
        "the update of a read-only token is refused, and its new name is stored",
        RenameForbidden,
    ),
    fault(
        "ids-by-their-beginning", _C, "SP607", "a get ignores what stands behind an id",
        FindByBeginning,
    ),
    fault(
        "ids-in-part", _C, "SP607", "a get finds an integration by its id without the last character",
        lambda provider: FindByForm(provider, _without_last, "get"),
    ),
    fault(
        "ids-in-part-on-writes", _C, "SP607", "updates and deletes do not need the last character of an id",
        lambda provider: FindByForm(provider, _without_last, "update", "delete"),
    ),
    fault(
        "ids-but-their-end", _C, "SP607", "a delete does not compare the last character of an id",
        lambda provider: FindByForm(provider, _but_last, "delete", of_both=True),
    ),
    fault(
        "ids-but-their-start", _C, "SP607", "a get does not compare the first character of an id",
        lambda provider: FindByForm(provider, _but_first, "get", of_both=True),
    ),
    fault(
        "part-of-id-500", _C, "SP101", "an update by an id without its last character gets 500",
        lambda provider: AnswerPart(provider, _CRASH),
    ),
    fault(
        "part-of-id-unexplained", _C, "SP104",
        "the error of an update by an id without its last character lacks its message",
        lambda provider: AnswerPart(provider, _WITHOUT_MESSAGE),
    ),
    fault(
        "ids-with-wildcards", _C, "SP607", "a get takes % for the id of any integration",
        lambda provider: FindByForm(provider, lambda identifier: "%", "get"),
    ),
    fault(
        "ids-end-at-nul", _C, "SP607", "a get ends an id at NUL",
        lambda provider: FindByForm(provider, lambda identifier: f"{identifier}\0", "get"),
    ),
    fault(
        "ids-trimmed", _C, "SP607", "a get finds an integration by its id with a blank behind it",
        lambda provider: FindByForm(provider, lambda identifier: f"{identifier} ", "get"),
    ),
    fault(
        "ids-in-capitals-read", _C, "SP607", "a get finds an id in capitals, an update and a delete do not",
        lambda provider: FindByForm(provider, str.upper, "get"),
    ),
    fault(
        "ids-in-capitals-deleted", _C, "SP607", "a delete finds an id in capitals, get and update do not",
        lambda provider: FindByForm(provider, str.upper, "delete"),
    ),
)  # fmt: skip
