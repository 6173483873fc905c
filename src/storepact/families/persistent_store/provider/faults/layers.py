"""The layers that faults are made of: each changes requests or responses by a plain function."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.gates import Context, Gate, GatedProvider
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse, Responder
from storepact.mock.faults import Fault, Layer
from storepact.mock.tokens import Token
from storepact.model.tree import Json
from storepact.model.values import lean_value

#: Makes the layer of a fault for one provider; it may also replace rules or gates of the provider.
LayerFactory = Callable[[StoreProvider], Layer]
#: An integration as JSON.
Item = dict[str, Json]
ResponseEdit = Callable[[MockRequest, MockResponse], MockResponse]
RequestEdit = Callable[[MockRequest], MockRequest | MockResponse]

READING, WRITING = ("list", "get"), ("create", "update", "delete")
EVERY = (*READING, *WRITING)
#: The operations whose responses have integrations.
RENDERING = ("list", "create", "get", "update")
_ROLES = {
    ("GET", 0): "list",
    ("POST", 3): "create",
    ("GET", 4): "get",
    ("PATCH", 4): "update",
    ("DELETE", 4): "delete",
}


@lean_value(frozen=True, kw_only=True)
class StoreFault(Fault):
    """A fault of this API."""

    layer: LayerFactory


def fault(
    name: str,
    category: str,
    caught_by: str,
    explanation: str,
    layer: LayerFactory,
    touches: tuple[str, ...] = (),
) -> StoreFault:
    """Return one row of the catalogue."""
    return StoreFault(name, category, explanation, caught_by, touches=touches, layer=layer)


@lean_value(frozen=True)
class Address:
    """The operation and the keys of a request; `role` is empty for anything but the five operations."""

    role: str
    project: str = ""
    environment: str = ""
    kind: str = ""
    id: str = ""


def address_of(request: MockRequest) -> Address:
    """Return the address in a request's verb and path."""
    if not request.path.startswith(BASE):
        return Address("")
    keys = [part for part in request.path.removeprefix(BASE).split("/") if part]
    return Address(_ROLES.get((request.method, len(keys)), ""), *keys[:4])


def body_of(request: MockRequest) -> Json:
    """Return the JSON body of a request; None if there is none."""
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def config_of(body: Json) -> Item:
    """Return the config of a create's body; empty if there is none."""
    config = body.get("config") if isinstance(body, dict) else None
    return config if isinstance(config, dict) else {}


def patch_of(body: Json) -> list[Json]:
    """Return the operations of a patch, bare or wrapped; empty if the body is not a patch."""
    operations = body.get("patch") if isinstance(body, dict) else body
    return operations if isinstance(operations, list) else []


def items_of(body: Json) -> list[Item]:
    """Return the integrations in the body of a response."""
    if not isinstance(body, dict):
        return []
    return list(body["items"]) if "items" in body else [body] if "_id" in body else []


def with_body(request: MockRequest, body: Json) -> MockRequest:
    """Return the request with another JSON body."""
    return replace(request, body=json.dumps(body).encode())


def with_header(request: MockRequest, name: str, value: str | None) -> MockRequest:
    """Return the request with a header set, or removed for None."""
    rest = tuple(pair for pair in request.headers if pair[0] != name)
    return replace(request, headers=rest if value is None else ((name, value), *rest))


def with_members(response: MockResponse, **members: Json) -> MockResponse:
    """Return the response with members of its body replaced; unchanged if the body is not an object."""
    if not isinstance(response.body, dict):
        return response
    return replace(response, body={**response.body, **members})


def with_response_headers(response: MockResponse, headers: Mapping[str, str]) -> MockResponse:
    """Return the response with headers replaced."""
    return replace(response, headers={**response.headers, **headers})


def for_dynamodb(edit: ResponseEdit) -> ResponseEdit:
    """Apply an edit only to requests about DynamoDB stores."""
    return lambda request, response: edit(request, response) if "/dynamodb" in request.path else response


def as_text(request: MockRequest, response: MockResponse) -> MockResponse:
    """Declare the body as plain text."""
    return with_response_headers(response, {"Content-Type": "text/plain"})


def error_response(status: int, code: str, message: str) -> MockResponse:
    """Return an error response in the common form."""
    return MockRefusal(status, code, message).response()


class StorageLayer(Layer):
    """A layer that reads or changes the storage."""

    def __init__(self, provider: StoreProvider) -> None:
        self.provider, self.storage = provider, provider.storage

    def find(self, address: Address) -> Integration | None:
        """Return the integration with the id of an address, as it is stored."""
        return self.storage.get(address.id) if address.id else None


class _ResponseLayer(Layer):
    def __init__(self, roles: Collection[str], edit: ResponseEdit) -> None:
        self._roles, self._edit = roles, edit

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        applies = not self._roles or address_of(request).role in self._roles
        return self._edit(request, response) if applies else response


class _RequestLayer(Layer):
    def __init__(self, roles: Collection[str], edit: RequestEdit) -> None:
        self._roles, self._edit = roles, edit

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        result = self._edit(request) if address_of(request).role in self._roles else request
        return result if isinstance(result, MockResponse) else inner(result)


def change_responses(roles: Collection[str], edit: ResponseEdit) -> LayerFactory:
    """Change the responses of these operations; of every request, if none is named."""
    return lambda provider: _ResponseLayer(roles, edit)


def change_successes(roles: Collection[str], edit: ResponseEdit) -> LayerFactory:
    """Change the 2xx responses of these operations."""

    def apply(request: MockRequest, response: MockResponse) -> MockResponse:
        return edit(request, response) if 200 <= response.status < 300 else response

    return change_responses(roles, apply)


def change_refusals(statuses: Collection[int], edit: ResponseEdit) -> LayerFactory:
    """Change the responses with these statuses; every 4xx, if none is named."""

    def apply(request: MockRequest, response: MockResponse) -> MockResponse:
        return edit(request, response) if response.status in (statuses or range(400, 500)) else response

    return change_responses((), apply)


def change_items(roles: Collection[str], edit: Callable[[Item], None]) -> LayerFactory:
    """Change, in place, each integration in the responses of these operations."""

    def apply(request: MockRequest, response: MockResponse) -> MockResponse:
        body = copy.deepcopy(response.body)
        for item in items_of(body):
            edit(item)
        return replace(response, body=body)

    return change_successes(roles, apply)


def change_requests(roles: Collection[str], edit: RequestEdit) -> LayerFactory:
    """Change the requests of these operations before the router gets them, or respond in its place."""
    return lambda provider: _RequestLayer(roles, edit)


def change_bodies(roles: Collection[str], edit: Callable[[Json], Json]) -> LayerFactory:
    """Change the JSON bodies (objects and arrays) of these operations' requests."""

    def apply(request: MockRequest) -> MockRequest:
        body = body_of(request)
        return with_body(request, edit(body)) if isinstance(body, dict | list) else request

    return change_requests(roles, apply)


def change_creates(edit: Callable[[Item], None]) -> LayerFactory:
    """Change, in place, the body of each create that has a config: what is stored is not what was sent."""

    def apply(body: Json) -> Json:
        if isinstance(body, dict) and isinstance(body.get("config"), dict):
            edit(body)
        return body

    return change_bodies(("create",), apply)


def open_gate(name: str, roles: Collection[str], condition: str = "") -> LayerFactory:
    """Leave a gate open for these operations; unknown tokens count as in `condition`, if one is named."""

    def make_layer(provider: StoreProvider) -> Layer:
        gate = provider.gates[name]

        def pass_gate(provider: GatedProvider, context: Context) -> None:
            if context.role not in roles:
                gate(provider, context)
            elif condition:
                anybody = Token("somebody", condition)
                context.token = provider.tokens.find(context.request.token) or anybody

        gates: Mapping[str, Gate] = {**provider.gates, name: pass_gate}
        provider.gates = gates
        return Layer()

    return make_layer


def drop_rules(*names: str) -> LayerFactory:
    """Remove rules for bodies or for operations of patches."""

    def make_layer(provider: StoreProvider) -> Layer:
        body_rules, patch_rules = provider.body_rules.items(), provider.patch_rules.items()
        provider.body_rules = {name: rule for name, rule in body_rules if name not in names}
        provider.patch_rules = {name: rule for name, rule in patch_rules if name not in names}
        return Layer()

    return make_layer
