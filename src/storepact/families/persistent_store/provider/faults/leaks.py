"""Faults of secrets: returned in a response, or destroyed by an update."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    StorageLayer,
    address_of,
    body_of,
    change_refusals,
    change_responses,
    change_successes,
    fault,
    items_of,
    with_members,
    with_response_headers,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.model.tree import Json, walk

_C = "secrets"


class LeakPassword(StorageLayer):
    """Puts the password of each integration in a response somewhere into it."""

    def __init__(
        self, provider: StoreProvider, roles: tuple[str, ...], put: Callable[[Item, str], None]
    ) -> None:
        super().__init__(provider)
        self._roles, self._put = roles, put

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        if address_of(request).role in self._roles and 200 <= response.status < 300:
            for item in items_of(response.body):
                integration = self.storage.get(item["_id"])
                if integration is not None and integration.config.get("password"):
                    self._put(item, integration.config["password"])
        return response


def leak(roles: tuple[str, ...], put: Callable[[Item, str], None]) -> LayerFactory:
    """Put the password of each integration somewhere into the responses of these operations."""
    return lambda provider: LeakPassword(provider, roles, put)


def as_password(item: Item, secret: str) -> None:
    """Show a text as the password."""
    if "config" in item:
        item["config"]["password"] = secret


def _in_base64(item: Item, secret: str) -> None:
    as_password(item, b64encode(secret.encode()).decode())


def _all_but_two(item: Item, secret: str) -> None:
    as_password(item, f"{secret[:-2]}**")


def _in_status(item: Item, secret: str) -> None:
    message = f"cannot reach redis://:{secret}@store"
    error = {"statusCode": 500, "message": message, "timestamp": 1_717_263_000_000}
    item["_status"] = {**item["_status"], "errors": [error]}


def _in_link(item: Item, secret: str) -> None:
    item["_links"]["self"]["href"] += f"?auth={secret}"


def _in_name(item: Item, secret: str) -> None:
    if not item["name"] or item["name"] in ("Redis", "DynamoDB"):
        item["name"] = f"redis://:{secret}@store"


def find_password(body: Json) -> str | None:
    """Return the first password in a request's body, at any depth."""
    passwords = (value for path, value in walk(body) if path[-1:] == ("password",))
    return next((value for value in passwords if isinstance(value, str) and value), None)


def _printable_password(request: MockRequest) -> str | None:
    """Return the password in a request's body, if a header may contain it."""
    secret = find_password(body_of(request))
    return secret if secret is not None and secret.isascii() and secret.isprintable() else None


def _quote_body(request: MockRequest, response: MockResponse) -> MockResponse:
    if not isinstance(response.body, dict):
        return response
    quotation = request.body.decode("utf-8", "replace")[:600]
    return with_members(response, message=f"{response.body['message']}: {quotation}")


def _in_header(request: MockRequest, response: MockResponse) -> MockResponse:
    secret = _printable_password(request)
    if secret is None or response.status >= 300:
        return response
    return with_response_headers(response, {"X-Debug-Config": f"password={secret}"})


def _in_location(request: MockRequest, response: MockResponse) -> MockResponse:
    secret = _printable_password(request)
    if secret is None:
        return response
    location = f"{response.body['_links']['self']['href']}?password={secret}"
    return with_response_headers(response, {"Location": location})


def _quote_unknown_token(request: MockRequest, response: MockResponse) -> MockResponse:
    if not request.token:
        return response
    return with_members(response, message=f"token {request.token} is not known")


def _quote_token(request: MockRequest, response: MockResponse) -> MockResponse:
    if not request.token:
        return response
    return with_members(response, message=f"token {request.token} may not do this")


class LastPassword(StorageLayer):
    """Fills in the password that was stored last where an integration has none."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        if address_of(request).role != "get" or response.status != 200:
            return response
        if response.body["integrationKey"] != "redis" or response.body["config"].get("password"):
            return response
        stored = (integration.config.get("password") for integration in self.storage.all())
        passwords = [password for password in stored if password]
        if not passwords:
            return response
        return with_members(response, config={**response.body["config"], "password": passwords[-1]})


class OldPassword(StorageLayer):
    """Returns the old password from an update that replaces it."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        before = self.find(address) if address.role == "update" else None
        response = inner(request)
        old = before.config.get("password") if before is not None else None
        after = self.find(address) if old else None
        if after is None or response.status != 200 or after.config.get("password") == old:
            return response
        if "config" not in response.body:
            return response
        return with_members(response, config={**response.body["config"], "password": old})


class LosePassword(StorageLayer):
    """Removes the password after an update for which `when` is true."""

    def __init__(self, provider: StoreProvider, when: Callable[[MockRequest], bool]) -> None:
        super().__init__(provider)
        self._when = when

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        address = address_of(request)
        integration = self.find(address)
        updated = address.role == "update" and response.status == 200
        if updated and integration is not None and self._when(request):
            self.storage.replace(_without_password(integration))
        return response


def _without_password(integration: Integration) -> Integration:
    config = {name: value for name, value in integration.config.items() if name != "password"}
    return replace(integration, config=config)


def _writes_back_redaction(request: MockRequest) -> bool:
    return "***" in (find_password(body_of(request)) or "")


def _leaves_config(request: MockRequest) -> bool:
    return b"config" not in request.body


FAULTS = (
    fault("password-on-get", _C, "SP301", "a get returns the password", leak(("get",), as_password)),
    fault(
        "password-on-create", _C, "SP301", "the response to a create contains the password",
        leak(("create",), as_password),
    ),
    fault(
        "password-on-update", _C, "SP301", "the response to an update contains the password",
        leak(("update",), as_password),
    ),
    fault("password-in-list", _C, "SP301", "the list contains passwords", leak(("list",), as_password)),
    fault(
        "password-in-base64", _C, "SP301", "a get returns the password in base64",
        leak(("get",), _in_base64),
    ),
    fault(
        "password-in-status", _C, "SP301", "an error in _status contains the password",
        leak(("get",), _in_status),
    ),
    fault("password-in-link", _C, "SP301", "the self link contains the password", leak(("get",), _in_link)),
    fault(
        "password-in-name", _C, "SP301", "a default name contains the password",
        leak(("create", "get"), _in_name),
    ),
    fault(
        "password-in-error", _C, "SP301", "a 400 or 422 response quotes the body",
        change_refusals((400, 422), _quote_body),
    ),
    fault(
        "password-in-header", _C, "SP301", "a response header contains the password",
        change_responses((), _in_header),
    ),
    fault(
        "password-in-location", _C, "SP301", "Location contains the password",
        change_successes(("create",), _in_location),
    ),
    fault(
        "password-nearly-whole", _C, "SP301", "all but the last two characters of a password are returned",
        leak(("get", "list"), _all_but_two),
    ),
    fault(
        "password-of-another", _C, "SP301",
        "a get of an integration without a password returns that of another one",
        LastPassword,
    ),
    fault(
        "old-password-kept", _C, "SP301", "the response to a new password contains the old one",
        OldPassword,
    ),
    fault(
        "unknown-token-in-error", _C, "SP301", "a 401 response quotes an unknown token",
        change_refusals((401,), _quote_unknown_token),
    ),
    fault(
        "token-in-error", _C, "SP301", "a 403 response quotes the access token",
        change_refusals((403,), _quote_token),
    ),
    fault(
        "write-back-destroys", _C, "SP610",
        "a redacted password that is written back destroys the stored one",
        lambda provider: LosePassword(provider, _writes_back_redaction),
    ),
    fault(
        "rename-wipes-password", _C, "SP610", "an update without config destroys the password",
        lambda provider: LosePassword(provider, _leaves_config),
    ),
)  # fmt: skip
