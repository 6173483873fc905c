"""Faults with secrets: shown, or destroyed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    Maker,
    aim_of,
    body_of,
    fault,
    items_of,
    on_success,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.call import Handler, MockRequest, MockResponse
from storepact.mock.faults import Layer

_S = "secrets"


class _Shows(Layer):
    """Puts the password of each shown integration somewhere."""

    def __init__(
        self, provider: StoreProvider, roles: tuple[str, ...], put: Callable[[Item, str], None]
    ) -> None:
        self._storage, self._roles, self._put = provider.storage, roles, put

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        if aim_of(call).role in self._roles and 200 <= answer.status < 300:
            for item in items_of(answer.body):
                kept = self._storage.get(item["_id"])
                if kept is not None and kept.config.get("password"):
                    self._put(item, kept.config["password"])
        return answer


def _shows(roles: tuple[str, ...], put: Callable[[Item, str], None]) -> Maker:
    return lambda provider: _Shows(provider, roles, put)


def _as_password(item: Item, secret: str) -> None:
    if "config" in item:
        item["config"]["password"] = secret


def _in_base64(item: Item, secret: str) -> None:
    if "config" in item:
        item["config"]["password"] = b64encode(secret.encode()).decode()


def _in_status(item: Item, secret: str) -> None:
    error = {
        "statusCode": 500,
        "message": f"cannot reach redis://:{secret}@store",
        "timestamp": 1_717_263_000_000,
    }
    item["_status"] = {**item["_status"], "errors": [error]}


def _in_link(item: Item, secret: str) -> None:
    item["_links"]["self"]["href"] += f"?auth={secret}"


def _in_name(item: Item, secret: str) -> None:
    if not item["name"] or item["name"] in ("Redis", "DynamoDB"):
        item["name"] = f"redis://:{secret}@store"


def _password_in(body: Any) -> str | None:
    if isinstance(body, dict):
        own = body.get("password")
        found = own if isinstance(own, str) and own else None
        return found or next((hit for each in body.values() if (hit := _password_in(each))), None)
    if isinstance(body, list):
        return next((hit for each in body if (hit := _password_in(each))), None)
    return None


class EchoedInError(Layer):
    """A refusal quotes the body that it refuses."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        if answer.status in (400, 422) and isinstance(answer.body, dict):
            quoted = call.body.decode("utf-8", "replace")[:600]
            return replace(answer, body={**answer.body, "message": f"{answer.body['message']}: {quoted}"})
        return answer


class EchoedInHeader(Layer):
    """A header tells what was written."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        secret = _password_in(body_of(call))
        if secret is not None and secret.isascii() and secret.isprintable() and answer.status < 300:
            return replace(answer, headers={**answer.headers, "X-Debug-Config": f"password={secret}"})
        return answer


def _all_but_two(item: Item, secret: str) -> None:
    if "config" in item:
        item["config"]["password"] = f"{secret[:-2]}**"


class NeighboursPassword(Layer):
    """Fills in the password that was stored last."""

    def __init__(self, provider: StoreProvider) -> None:
        self._storage = provider.storage

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        if aim_of(call).role == "get" and answer.status == 200 and answer.body["integrationKey"] == "redis":
            passwords = [
                each.config["password"] for each in self._storage.all() if each.config.get("password")
            ]
            if passwords and not answer.body["config"].get("password"):
                config = {**answer.body["config"], "password": passwords[-1]}
                return replace(answer, body={**answer.body, "config": config})
        return answer


class OldPassword(Layer):
    """Shows what was there before."""

    def __init__(self, provider: StoreProvider) -> None:
        self._storage = provider.storage

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        kept = self._storage.get(aim_of(call).id) if aim_of(call).role == "update" else None
        answer = inner(call)
        old = kept.config.get("password") if kept is not None else None
        new = self._storage.get(aim_of(call).id) if old else None
        if (
            new is not None
            and answer.status == 200
            and new.config.get("password") != old
            and "config" in answer.body
        ):
            return replace(answer, body={**answer.body, "config": {**answer.body["config"], "password": old}})
        return answer


class UnknownTokenInError(Layer):
    """A refusal quotes the token that nobody issued."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        if answer.status == 401 and call.token and isinstance(answer.body, dict):
            return replace(answer, body={**answer.body, "message": f"token {call.token} is not known"})
        return answer


class TokenInError(Layer):
    """A refusal quotes the token."""

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        if answer.status == 403 and call.token and isinstance(answer.body, dict):
            return replace(answer, body={**answer.body, "message": f"token {call.token} may not do this"})
        return answer


class DestroyedByWriteBack(Layer):
    """A redacted password that is written back replaces the real one, and is lost."""

    def __init__(self, provider: StoreProvider) -> None:
        self._storage = provider.storage

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim = aim_of(call)
        answer = inner(call)
        if aim.role == "update" and answer.status == 200 and "***" in (_password_in(body_of(call)) or ""):
            kept = self._storage.get(aim.id)
            if kept is not None:
                config = {name: value for name, value in kept.config.items() if name != "password"}
                self._storage.replace(replace(kept, config=config))
        return answer


class WipedByRename(Layer):
    """Any update that does not name the password wipes it."""

    def __init__(self, provider: StoreProvider) -> None:
        self._storage = provider.storage

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        aim = aim_of(call)
        answer = inner(call)
        kept = self._storage.get(aim.id) if aim.role == "update" and answer.status == 200 else None
        if kept is not None and b"config" not in call.body and kept.config.get("password"):
            config = {name: value for name, value in kept.config.items() if name != "password"}
            self._storage.replace(replace(kept, config=config))
        return answer


def _in_location(call: MockRequest, answer: MockResponse) -> MockResponse:
    secret = _password_in(body_of(call))
    if secret is None or not secret.isascii() or not secret.isprintable():
        return answer
    return replace(
        answer,
        headers={**answer.headers, "Location": f"{answer.body['_links']['self']['href']}?password={secret}"},
    )


FAULTS = (
    fault("password-on-get", _S, "SP301", "a get shows the password", _shows(("get",), _as_password)),
    fault("password-on-create", _S, "SP301", "the answer to a create shows the password", _shows(("create",), _as_password)),
    fault("password-on-update", _S, "SP301", "the answer to an update shows the password", _shows(("update",), _as_password)),
    fault("password-in-list", _S, "SP301", "the list shows passwords", _shows(("list",), _as_password)),
    fault("password-in-base64", _S, "SP301", "a get shows the password in base64", _shows(("get",), _in_base64)),
    fault("password-in-status", _S, "SP301", "an error in _status shows the password", _shows(("get",), _in_status)),
    fault("password-in-link", _S, "SP301", "the self link shows the password", _shows(("get",), _in_link)),
    fault("password-in-name", _S, "SP301", "a default name shows the password", _shows(("create", "get"), _in_name)),
    fault("password-in-error", _S, "SP301", "a refusal quotes the body", lambda _: EchoedInError()),
    fault("password-in-header", _S, "SP301", "a header tells the password", lambda _: EchoedInHeader()),
    fault("password-in-location", _S, "SP301", "Location shows the password", on_success(("create",), _in_location)),
    fault("password-nearly-whole", _S, "SP301", "all but the last two characters of a password are shown", _shows(("get", "list"), _all_but_two)),
    fault("password-of-another", _S, "SP301", "an integration without a password shows that of another one", NeighboursPassword),
    fault("old-password-kept", _S, "SP301", "the answer to a new password shows the old one", OldPassword),
    fault("unknown-token-in-error", _S, "SP301", "a 401 quotes the token that is not known", lambda _: UnknownTokenInError()),
    fault("token-in-error", _S, "SP301", "a refusal quotes the access token", lambda _: TokenInError()),
    fault("write-back-destroys", _S, "SP610", "a redacted password written back is lost", DestroyedByWriteBack),
    fault("rename-wipes-password", _S, "SP610", "an update that does not name config wipes the password", WipedByRename),
)  # fmt: skip
