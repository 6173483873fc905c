"""Faults that show a part of a secret, a form of it, or a secret of some lengths only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    ResponseEdit,
    StorageLayer,
    address_of,
    body_of,
    change_refusals,
    change_successes,
    fault,
    with_members,
    with_response_headers,
)
from storepact.families.persistent_store.provider.faults.leaks import as_password, find_password, leak
from storepact.families.persistent_store.provider.faults.patches import EditOperations
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder

_C = "secrets"


def _if_short(item: Item, secret: str) -> None:
    if len(secret) < 8:
        as_password(item, secret)


def _beyond_64(item: Item, secret: str) -> None:
    if len(secret) > 64:
        as_password(item, f"********{secret[64:]}")


def _first_half(item: Item, secret: str) -> None:
    if len(secret) > 12:
        as_password(item, f"{secret[: (len(secret) + 1) // 2]}********")


def _from_first_symbol(item: Item, secret: str) -> None:
    symbol = re.search(r"[^A-Za-z0-9_-]", secret)
    if symbol is not None and len(secret) > 12:
        as_password(item, f"********{secret[symbol.start() :]}")


def _in_pieces(item: Item, secret: str) -> None:
    size = len(secret) // 3 + 1
    item["tags"] = [*item["tags"], *(secret[start : start + size] for start in range(0, len(secret), size))]


def _quote_password(spell: Callable[[str], str]) -> ResponseEdit:
    def edit(request: MockRequest, response: MockResponse) -> MockResponse:
        secret = find_password(body_of(request))
        message = f"the config with password {spell(secret or '')} is wrong"
        return response if secret is None else with_members(response, message=message)

    return edit


def _escape(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


def _to_entities(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


class TagByPassword(StorageLayer):
    """Sends the MD5 of an integration's password as its ETag."""

    def __init__(self, provider: StoreProvider, roles: tuple[str, ...], digits: int) -> None:
        super().__init__(provider)
        self._roles, self._digits = roles, digits

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        before = self.find(address)
        response = inner(request)
        after = self.find(address) or before
        if address.role not in self._roles or after is None or not after.config.get("password"):
            return response
        raw = str(after.config["password"]).encode("utf-8", "surrogatepass")
        digest = hashlib.md5(raw, usedforsecurity=False).hexdigest()[: self._digits]
        return with_response_headers(response, {"ETag": f'W/"{digest}"'})


def _token_in_capitals(request: MockRequest, response: MockResponse) -> MockResponse:
    token = request.token.upper().replace("-", "_")
    return with_response_headers(response, {"X-Audit": f"deleted-by={token}"}) if token else response


def _add_stored_password(verb: str) -> LayerFactory:
    """Make operations that copy or move the password add what is stored, not what a get shows."""

    def edit(operation: Item, integration: Integration) -> Item:
        password = integration.config.get("password")
        is_of_password = operation.get("op") == verb and operation.get("from") == "/config/password"
        return {**operation, "op": "add", "value": password} if password and is_of_password else operation

    return lambda provider: EditOperations(provider, edit)


FAULTS = (
    fault(
        "short-password-shown", _C, "SP301", "a get returns passwords of fewer than eight characters",
        leak(("get",), _if_short),
    ),
    fault(
        "long-password-shown", _C, "SP301", "the list masks the first 64 characters of a password only",
        leak(("list",), _beyond_64),
    ),
    fault(
        "password-half", _C, "SP301", "the response to an update contains the first half of the password",
        leak(("update",), _first_half),
    ),
    fault(
        "password-from-symbol", _C, "SP301", "a password is masked up to its first special character only",
        leak(("create",), _from_first_symbol),
    ),
    fault(
        "password-in-pieces", _C, "SP301", "the response to a create has the password in three tags",
        leak(("create",), _in_pieces),
    ),
    fault(
        "password-copied", _C, "SP301", "a patch copies the password to another member in the clear",
        _add_stored_password("copy"),
    ),
    fault(
        "password-moved", _C, "SP301", "a patch moves the password to another member in the clear",
        _add_stored_password("move"),
    ),
    fault(
        "password-escaped-in-error", _C, "SP301",
        "a 400 or 422 response quotes the password in JSON's escapes",
        change_refusals((400, 422), _quote_password(_escape)),
    ),
    fault(
        "password-as-entities-in-error", _C, "SP301",
        "a 400 or 422 response quotes the password in HTML entities",
        change_refusals((400, 422), _quote_password(_to_entities)),
    ),
    fault(
        "password-spaced-in-error", _C, "SP301", "a 400 or 422 response spells the password in capitals",
        change_refusals((400, 422), _quote_password(lambda secret: " ".join(secret.upper()))),
    ),
    fault(
        "password-digest-in-tag", _C, "SP301", "the ETag of a get is the MD5 of the password",
        lambda provider: TagByPassword(provider, ("get",), 32),
    ),
    fault(
        "password-digest-in-short-tag", _C, "SP301",
        "the ETag of an update is the first eight digits of the MD5 of the password",
        lambda provider: TagByPassword(provider, ("update",), 8),
    ),
    fault(
        "password-digest-on-delete", _C, "SP301", "the ETag of a delete is the MD5 of the password",
        lambda provider: TagByPassword(provider, ("delete",), 32),
    ),
    fault(
        "token-in-capitals", _C, "SP301", "a header of the response to a delete has the token in capitals",
        change_successes(("delete",), _token_in_capitals),
    ),
)  # fmt: skip
