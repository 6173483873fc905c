"""Faults of validation: bodies that should be refused are accepted, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    RequestEdit,
    body_of,
    change_bodies,
    change_creates,
    change_requests,
    config_of,
    drop_rules,
    error_response,
    fault,
    patch_of,
    with_header,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "input validation"
#: Bytes that a provider with small limits reads.
_SMALL_BODY = 8_192

# creates


def _default_host(body: Any) -> Any:
    config = body.get("config") if isinstance(body, dict) else None
    if not isinstance(config, dict) or "tableName" in config:
        return body
    return {**body, "config": {"host": "localhost", **config}}


def _default_role(body: Any) -> Any:
    config = config_of(body)
    role = {"roleArn": "arn:aws:iam::123456789012:role/default"}
    return {**body, "config": {**role, **config}} if "tableName" in config else body


def _default_config(body: Any) -> Any:
    missing = isinstance(body, dict) and "config" not in body
    return {**body, "config": {"host": "localhost"}} if missing else body


def _coerce_tls(body: Any) -> Any:
    config = config_of(body)
    if not isinstance(config.get("tlsEnabled"), str):
        return body
    return {**body, "config": {**config, "tlsEnabled": config["tlsEnabled"] == "true"}}


def _coerce_on(body: Any) -> Any:
    wrong = isinstance(body, dict) and isinstance(body.get("on"), str | int)
    return {**body, "on": bool(body["on"])} if wrong else body


def _coerce_tags(body: Any) -> Any:
    tags = body.get("tags") if isinstance(body, dict) else None
    if isinstance(tags, str):
        return {**body, "tags": [tags]}
    return {**body, "tags": [str(tag) for tag in tags]} if isinstance(tags, list) else body


def _coerce_config(body: Any) -> Any:
    text = isinstance(body, dict) and isinstance(body.get("config"), str)
    return {**body, "config": {"host": "redis.example.com"}} if text else body


def _take_first(body: Any) -> Any:
    return body[0] if isinstance(body, list) and body and isinstance(body[0], dict) else body


# patches


def _change_operations(edit: Callable[[Item], Item | None]) -> LayerFactory:
    """Change each operation of a patch, or leave it out for None."""

    def apply(body: Any) -> Any:
        edited = (edit(item) if isinstance(item, dict) else item for item in patch_of(body))
        operations = [item for item in edited if item is not None]
        if isinstance(body, dict):
            return {**body, "patch": operations} if "patch" in body else body
        return operations

    return change_bodies(("update",), apply)


def _skip_unknown_op(operation: Item) -> Item | None:
    return operation if operation.get("op") in ("add", "remove", "replace", "move", "copy", "test") else None


def _lower_op(operation: Item) -> Item:
    verb = operation.get("op")
    return {**operation, "op": verb.lower()} if isinstance(verb, str) else operation


def _refuse_weights(request: MockRequest) -> MockRequest | MockResponse:
    is_weighted = ";q=" in (request.header("accept") or "")
    return error_response(406, "not_acceptable", "accept application/json") if is_weighted else request


def _refuse_silence(request: MockRequest) -> MockRequest | MockResponse:
    is_silent = request.header("accept") is None
    return error_response(406, "not_acceptable", "accept application/json") if is_silent else request


def _default_value(operation: Item) -> Item:
    defaults: dict[str, Any] = {"/name": "", "/on": False, "/tags": []}
    path = operation.get("path")
    missing = "value" not in operation and isinstance(path, str) and path in defaults
    return {**operation, "value": defaults[str(path)]} if missing else operation


def _coerce_on_value(operation: Item) -> Item:
    wrong = operation.get("path") == "/on" and isinstance(operation.get("value"), str | int)
    return {**operation, "value": bool(operation["value"])} if wrong else operation


def _coerce_name_value(operation: Item) -> Item:
    value = operation.get("value")
    wrong = operation.get("path") == "/name" and isinstance(value, int | float)
    return {**operation, "value": str(value)} if wrong else operation


def _object_is_empty_patch(body: Any) -> Any:
    return [] if isinstance(body, dict) and "patch" not in body else body


def _break_wrapper(body: Any) -> Any:
    return {"unwrapped": body} if isinstance(body, dict) else body


# refusals


def _refuse_creates(when: Callable[[Any], bool], message: str) -> LayerFactory:
    refusal = error_response(400, "invalid_request", message)

    def apply(request: MockRequest) -> MockRequest | MockResponse:
        return refusal if when(body_of(request)) else request

    return change_requests(("create",), apply)


def _has_unknown_member(body: Any) -> bool:
    return isinstance(body, dict) and bool(body.keys() - {"config", "on", "name", "tags"})


def _lower_region(body: Item) -> None:
    region = body["config"].get("region")
    if isinstance(region, str):
        body["config"]["region"] = region.lower()


def _is_filtered(body: Any) -> bool:
    name = body.get("name") if isinstance(body, dict) else None
    return isinstance(name, str) and any(part in name for part in ("<script", "../", "select "))


def _refuse_large(request: MockRequest) -> MockRequest | MockResponse:
    is_large = len(request.body) > _SMALL_BODY
    return error_response(413, "invalid_request", "the body is too large") if is_large else request


def _is_in_sao_paulo(body: Any) -> bool:
    return config_of(body).get("region") == "sa-east-1"


def _has_no_name(body: Any) -> bool:
    return isinstance(body, dict) and "name" not in body


# content types


def _media_of(request: MockRequest) -> str:
    return request.header("content-type") or ""


def _refuse_media(is_refused: Callable[[str], bool]) -> LayerFactory:
    def apply(request: MockRequest) -> MockRequest | MockResponse:
        refused = is_refused(_media_of(request))
        return error_response(415, "invalid_request", "send JSON") if refused else request

    return change_requests(("create", "update"), apply)


def _fail_over_forms(request: MockRequest) -> MockRequest | MockResponse:
    is_form = "form" in _media_of(request)
    return error_response(500, "internal_error", "no boundary") if is_form else request


def _ignore_text(body: bytes) -> RequestEdit:
    """Read a body that is declared as text as another one."""

    def apply(request: MockRequest) -> MockRequest:
        if not _media_of(request).startswith("text/"):
            return request
        return replace(with_header(request, "content-type", "application/json"), body=body)

    return apply


FAULTS = (
    fault(
        "host-not-required", _C, "SP202", "a Redis store needs no host",
        change_bodies(("create",), _default_host),
    ),
    fault(
        "role-not-required", _C, "SP202", "a DynamoDB store needs no role",
        change_bodies(("create",), _default_role),
    ),
    fault(
        "config-not-required", _C, "SP202", "a create needs no config",
        change_bodies(("create",), _default_config),
    ),
    fault(
        "regions-in-capitals", _C, "SP202", "a region in capitals is accepted",
        change_creates(_lower_region),
    ),
    fault("any-region", _C, "SP202", "any region is accepted", drop_rules("dynamodb.region-known")),
    fault(
        "tls-from-text", _C, "SP202", "a string is accepted for tlsEnabled",
        change_bodies(("create",), _coerce_tls),
    ),
    fault(
        "on-from-anything", _C, "SP202", "a string or a number is accepted for on",
        change_bodies(("create",), _coerce_on),
    ),
    fault(
        "tags-from-anything", _C, "SP202", "a string is accepted for tags, and any value for a tag",
        change_bodies(("create",), _coerce_tags),
    ),
    fault(
        "config-from-text", _C, "SP202", "a JSON string is accepted for config",
        change_bodies(("create",), _coerce_config),
    ),
    fault(
        "body-from-array", _C, "SP202", "an array is accepted for a body: its first object counts",
        change_bodies(("create",), _take_first),
    ),
    fault(
        "config-of-the-other-kind", _C, "SP202",
        "a Redis store is created from the config of a DynamoDB store",
        drop_rules("config-known", "redis.host-required"),
    ),
    fault(
        "patch-on-from-anything", _C, "SP202", "a patch accepts a string or a number for /on",
        _change_operations(_coerce_on_value),
    ),
    fault(
        "patch-name-from-number", _C, "SP202", "a patch accepts a number for /name",
        _change_operations(_coerce_name_value),
    ),
    fault(
        "patch-skips-unknown-ops", _C, "SP202", "a patch ignores operations with an unknown op",
        _change_operations(_skip_unknown_op),
    ),
    fault(
        "ops-without-case", _C, "SP202", "a patch carries out an op in capitals",
        _change_operations(_lower_op),
    ),
    fault(
        "patch-invents-values", _C, "SP202", "an operation without a value sets a default",
        _change_operations(_default_value),
    ),
    fault(
        "patch-object-ignored", _C, "SP202", "an object that is no patch changes nothing, and responds 200",
        change_bodies(("update",), _object_is_empty_patch),
    ),
    fault(
        "wrapper-refused", _C, "SP201", "a patch with a comment is refused",
        change_bodies(("update",), _break_wrapper),
    ),
    fault(
        "unknown-members-refused", _C, "SP201", "a create with an unknown member is refused",
        _refuse_creates(_has_unknown_member, "unknown"),
    ),
    fault(
        "charset-refused", _C, "SP201", "application/json; charset=utf-8 gets 415",
        _refuse_media(lambda media: ";" in media),
    ),
    fault(
        "content-type-compared-exactly", _C, "SP201", "Application/JSON gets 415",
        _refuse_media(lambda media: media.startswith("A")),
    ),
    fault(
        "weighted-accept-refused", _C, "SP201", "application/json;q=0.9 in Accept gets 406",
        change_requests(("list", "get", "create", "update"), _refuse_weights),
    ),
    fault(
        "accept-required", _C, "SP201", "a request without Accept gets 406",
        change_requests(("list", "get", "create", "update"), _refuse_silence),
    ),
    fault(
        "forms-fail", _C, "SP101", "a body that is declared as a form gets 500",
        change_requests(("create", "update"), _fail_over_forms),
    ),
    fault(
        "text-taken-for-empty-patch", _C, "SP601", "a patch declared as text/plain responds 200, unread",
        change_requests(("update",), _ignore_text(b"[]")),
    ),
    fault(
        "region-forgotten", _C, "SP201", "the region sa-east-1 is refused",
        _refuse_creates(_is_in_sao_paulo, "config.region: unknown"),
    ),
    fault(
        "name-required", _C, "SP201", "a create without a name is refused",
        _refuse_creates(_has_no_name, "name: is required"),
    ),
    fault(
        "names-filtered", _C, "SP201", "a name that looks like an attack is refused",
        _refuse_creates(_is_filtered, "the request was blocked"),
    ),
    fault(
        "bodies-over-8kB", _C, "SP201", "a patch of more than 8 kB gets 413",
        change_requests(("update",), _refuse_large),
    ),
)  # fmt: skip
