"""Faults of gates and of what they let in: tokens, the beta header, paths, bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    Maker,
    body_of,
    fault,
    on_bodies,
    on_calls,
    with_header,
    without_gate,
    without_rules,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.call import Handler, MockRefusal, MockRequest, MockResponse
from storepact.mock.faults import Layer

_G, _V = "gating", "input validation"
_VERSION = "ld-api-version"


class _Known(Layer):
    """Takes a token for another one that is known."""

    def __init__(self, provider: StoreProvider, known: Callable[[str, str], bool]) -> None:
        self._tokens, self._known = provider.tokens, known

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        token = call.token
        if token and self._tokens.bearer(token) is None:
            for each, bearer in self._tokens.tokens():
                if bearer.condition == "writer" and self._known(token, each):
                    return inner(with_header(call, "authorization", each))
        return inner(call)


def _bearer_known(provider: StoreProvider) -> Layer:
    return _Known(provider, lambda sent, known: sent.startswith("Bearer "))


def _by_beginning(provider: StoreProvider) -> Layer:
    return _Known(provider, lambda sent, known: sent[:20] == known[:20])


class _Unguarded(Layer):
    """A tunnelled delete is done for everybody who may read."""

    def __init__(self, provider: StoreProvider) -> None:
        self._tokens = provider.tokens

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        bearer = self._tokens.bearer(call.token)
        if call.header("x-http-method-override") == "DELETE" and bearer is not None and bearer.reads_only:
            for each, other in self._tokens.tokens():
                if other.condition == "writer":
                    return inner(with_header(call, "authorization", each))
        return inner(call)


def _last_version_counts(call: MockRequest) -> MockRequest:
    versions = [value for name, value in call.headers if name == _VERSION]
    return with_header(call, _VERSION, versions[-1]) if versions else call


def _any_version(call: MockRequest) -> MockRequest:
    return with_header(call, _VERSION, "beta") if call.header(_VERSION) is not None else call


def _operations(body: Any) -> list[Any]:
    found = body.get("patch") if isinstance(body, dict) else body
    return found if isinstance(found, list) else []


def _each_operation(change: Callable[[Item], Item | None]) -> Maker:
    """Change, or (None) leave out, each operation of a patch."""

    def bend(body: Any) -> Any:
        found = _operations(body)
        changed = [
            each
            for each in ((change(one) if isinstance(one, dict) else one) for one in found)
            if each is not None
        ]
        return (
            {**body, "patch": changed}
            if isinstance(body, dict) and "patch" in body
            else changed
            if found
            else body
        )

    return on_bodies(("update",), bend)


def _known_ops_only(operation: Item) -> Item | None:
    return operation if operation.get("op") in ("add", "remove", "replace", "move", "copy", "test") else None


def _value_defaults(operation: Item) -> Item:
    defaults: dict[str, Any] = {"/name": "", "/on": False, "/tags": []}
    path = operation.get("path")
    missing = "value" not in operation and isinstance(path, str) and path in defaults
    return {**operation, "value": defaults[str(path)]} if missing else operation


def _truthy_on(operation: Item) -> Item:
    wrong = operation.get("path") == "/on" and isinstance(operation.get("value"), str | int)
    return {**operation, "value": bool(operation["value"])} if wrong else operation


def _name_as_text(operation: Item) -> Item:
    value = operation.get("value")
    wrong = operation.get("path") == "/name" and isinstance(value, int | float) and "value" in operation
    return {**operation, "value": str(value)} if wrong else operation


def _object_is_empty_patch(body: Any) -> Any:
    return [] if isinstance(body, dict) and "patch" not in body else body


def _no_wrapper(body: Any) -> Any:
    return {"unwrapped": body} if isinstance(body, dict) else body


def _config_of(body: Any) -> Item:
    config = body.get("config") if isinstance(body, dict) else None
    return config if isinstance(config, dict) else {}


def _parsed_config(body: Any) -> Any:
    if isinstance(body, dict) and isinstance(body.get("config"), str):
        return {**body, "config": {"host": "redis.example.com"}}
    return body


def _first_of_array(body: Any) -> Any:
    return body[0] if isinstance(body, list) and body and isinstance(body[0], dict) else body


def _text_as_boolean(body: Any) -> Any:
    config = _config_of(body)
    return (
        {**body, "config": {**config, "tlsEnabled": config["tlsEnabled"] == "true"}}
        if isinstance(config.get("tlsEnabled"), str)
        else body
    )


def _truthy_create(body: Any) -> Any:
    return (
        {**body, "on": bool(body["on"])}
        if isinstance(body, dict) and isinstance(body.get("on"), str | int)
        else body
    )


def _texts_as_tags(body: Any) -> Any:
    tags = body.get("tags") if isinstance(body, dict) else None
    if isinstance(tags, str):
        return {**body, "tags": [tags]}
    return {**body, "tags": [str(tag) for tag in tags]} if isinstance(tags, list) else body


def _any_host(body: Any) -> Any:
    config = body.get("config") if isinstance(body, dict) else None
    return (
        {**body, "config": {"host": "localhost", **config}}
        if isinstance(config, dict) and "tableName" not in config
        else body
    )


def _any_role(body: Any) -> Any:
    config = _config_of(body)
    role = {"roleArn": "arn:aws:iam::123456789012:role/default"}
    return {**body, "config": {**role, **config}} if "tableName" in config else body


def _nothing_given(body: Any) -> Any:
    return (
        {**body, "config": {"host": "localhost"}} if isinstance(body, dict) and "config" not in body else body
    )


def _refuse(roles: tuple[str, ...], when: Callable[[Any], bool], message: str) -> Maker:
    refused = MockRefusal(400, "invalid_request", message).answer()

    def bend(call: MockRequest) -> MockRequest | MockResponse:
        return refused if when(body_of(call)) else call

    return on_calls(roles, bend)


def _unknown_member(body: Any) -> bool:
    return isinstance(body, dict) and bool(body.keys() - {"config", "on", "name", "tags"})


FAULTS = (
    fault("no-token-lists", _G, "SP203", "the list needs no token", without_gate("token-known", ("list",), "reader")),
    fault("no-token-deletes", _G, "SP203", "a delete needs no token", without_gate("token-known", ("delete",), "writer")),
    fault("no-token-gets", _G, "SP203", "a get needs no token", without_gate("token-known", ("get",), "reader")),
    fault("no-token-creates", _G, "SP203", "a create needs no token", without_gate("token-known", ("create",), "writer")),
    fault("bearer-accepted", _G, "SP203", "whatever follows Bearer is taken for a token", _bearer_known),
    fault("token-by-its-beginning", _G, "SP203", "tokens are compared by their first characters", _by_beginning),
    fault("reader-tunnels", _G, "SP204", "a delete that is tunnelled needs no permission", _Unguarded),
    fault("reader-creates", _G, "SP204", "a token that may only read creates", without_gate("may-write", ("create",))),
    fault("reader-updates", _G, "SP204", "a token that may only read updates", without_gate("may-write", ("update",))),
    fault("reader-deletes", _G, "SP204", "a token that may only read deletes", without_gate("may-write", ("delete",))),
    fault("no-beta-gate-on-create", _G, "SP205", "a create needs no beta header", without_gate("version-beta", ("create",))),
    fault("no-beta-gate-on-get", _G, "SP205", "a get needs no beta header", without_gate("version-beta", ("get",))),
    fault("no-beta-gate-on-delete", _G, "SP205", "a delete needs no beta header", without_gate("version-beta", ("delete",))),
    fault("any-version-updates", _G, "SP205", "an update takes any version", on_calls(("update",), _any_version)),
    fault("last-version-counts", _G, "SP205", "of two version headers the last counts", on_calls(("list", "get"), _last_version_counts)),
    fault("host-not-required", _V, "SP202", "a Redis store needs no host", on_bodies(("create",), _any_host)),
    fault("role-not-required", _V, "SP202", "a DynamoDB store needs no role", on_bodies(("create",), _any_role)),
    fault("config-not-required", _V, "SP202", "a create needs no config", on_bodies(("create",), _nothing_given)),
    fault("any-region", _V, "SP202", "any region is accepted", without_rules("dynamodb.region-known")),
    fault("tls-from-text", _V, "SP202", "'true' is taken for tlsEnabled", on_bodies(("create",), _text_as_boolean)),
    fault("on-from-anything", _V, "SP202", "a string or number is taken for on", on_bodies(("create",), _truthy_create)),
    fault("tags-from-anything", _V, "SP202", "tags are turned into strings", on_bodies(("create",), _texts_as_tags)),
    fault("config-from-text", _V, "SP202", "a JSON string is taken for config", on_bodies(("create",), _parsed_config)),
    fault("body-from-array", _V, "SP202", "the first object of an array is taken", on_bodies(("create",), _first_of_array)),
    fault(
        "config-of-the-other-kind", _V, "SP202", "a Redis store is created from the config of a table",
        without_rules("config-known", "redis.host-required"),
    ),
    fault("patch-on-from-anything", _V, "SP202", "a patch takes a string for /on", _each_operation(_truthy_on)),
    fault("patch-name-from-number", _V, "SP202", "a patch takes a number for /name", _each_operation(_name_as_text)),
    fault("patch-skips-unknown-ops", _V, "SP202", "operations with an unknown op are passed over", _each_operation(_known_ops_only)),
    fault("patch-invents-values", _V, "SP202", "an operation without a value sets a default", _each_operation(_value_defaults)),
    fault("patch-object-ignored", _V, "SP202", "an object that is no patch changes nothing", on_bodies(("update",), _object_is_empty_patch)),
    fault("wrapper-refused", _V, "SP201", "a patch with a comment is refused", on_bodies(("update",), _no_wrapper)),
    fault("unknown-members-refused", _V, "SP201", "unknown members of a create are refused", _refuse(("create",), _unknown_member, "unknown")),
    fault(
        "region-forgotten", _V, "SP201", "sa-east-1 is no region any more",
        _refuse(("create",), lambda body: _config_of(body).get("region") == "sa-east-1", "config.region: unknown"),
    ),
    fault(
        "name-required", _V, "SP201", "a create without a name is refused",
        _refuse(("create",), lambda body: isinstance(body, dict) and "name" not in body, "name: is required"),
    ),
)  # fmt: skip
