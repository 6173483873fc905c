"""Faults of validation that is too lenient: values of other types and whole bodies are read as valid ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    change_bodies,
    change_creates,
    change_requests,
    config_of,
    drop_rules,
    fault,
    patch_of,
)
from storepact.mock.exchange import MockRequest

_C = "input validation"


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


def _coerce_decimal_tls(operation: Item) -> Item:
    config = operation.get("value")
    if operation.get("path") != "/config" or not isinstance(config, dict):
        return operation
    value = config.get("tlsEnabled")
    return (
        {**operation, "value": {**config, "tlsEnabled": bool(value)}}
        if isinstance(value, float)
        else operation
    )


def _coerce_part(operation: Item) -> Item:
    is_text = operation.get("path") == "/config/tlsEnabled" and isinstance(operation.get("value"), str)
    return {**operation, "value": True} if is_text else operation


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


def _change_operations(edit: Callable[[Item], Item | None]) -> LayerFactory:
    """Change each operation of a patch, or leave it out for None."""

    def apply(body: Any) -> Any:
        edited = [(item, edit(item) if isinstance(item, dict) else item) for item in patch_of(body)]
        operations = [after for before, after in edited if after is not None or before is None]
        if isinstance(body, dict):
            return {**body, "patch": operations} if isinstance(body.get("patch"), list) else body
        return operations

    return change_bodies(("update",), apply)


def _skip_unknown_op(operation: Item) -> Item | None:
    return operation if operation.get("op") in ("add", "remove", "replace", "move", "copy", "test") else None


def _default_op(operation: Item) -> Item:
    """Take an operation without an op for a replace."""
    return {"op": "replace", **operation}


def _take_tags_of_object(operation: Item) -> Item:
    value = operation.get("value")
    is_object = operation.get("path") == "/tags" and isinstance(value, dict)
    return {**operation, "value": list(value.values())} if is_object and value is not None else operation


def _lower_op(operation: Item) -> Item:
    verb = operation.get("op")
    return {**operation, "op": verb.lower()} if isinstance(verb, str) else operation


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


def _write_name_of_object(operation: Item) -> Item:
    value = operation.get("value")
    wrong = operation.get("path") == "/name" and isinstance(value, dict)
    return {**operation, "value": str(value)} if wrong else operation


def _coerce_dynamodb(operation: Item) -> Item:
    config = operation.get("value")
    if operation.get("path") != "/config" or not isinstance(config, dict) or "tableName" not in config:
        return operation
    role, table = config.get("roleArn"), config["tableName"]
    read_role = "arn:aws:iam::123456789012:role/read" if isinstance(role, float) else role
    return {
        **operation,
        "value": {**config, "roleArn": read_role, "tableName": "true" if table is True else table},
    }


def _lower_region_of_patch(operation: Item) -> Item:
    config = operation.get("value")
    if operation.get("path") != "/config" or not isinstance(config, dict):
        return operation
    region = config.get("region")
    if not isinstance(region, str):
        return operation
    return {**operation, "value": {**config, "region": region.lower()}}


def _object_is_empty_patch(body: Any) -> Any:
    return [] if isinstance(body, dict) and "patch" not in body else body


def _lower_region(body: Item) -> None:
    region = body["config"].get("region")
    if isinstance(region, str):
        body["config"]["region"] = region.lower()


def _wrap_operation(body: Any) -> Any:
    return [body] if isinstance(body, dict) and "op" in body else body


def _without_comments(request: MockRequest) -> MockRequest:
    return replace(request, body=re.sub(rb"^/\*.*?\*/", b"", request.body))


FAULTS = (
    fault(
        "decimals-switch-tls", _C, "SP202", "an update takes a decimal number for tlsEnabled",
        _change_operations(_coerce_decimal_tls),
    ),
    fault(
        "parts-switch-tls", _C, "SP202", "a patch of /config/tlsEnabled takes text for true",
        _change_operations(_coerce_part),
    ),
    fault(
        "operation-as-patch", _C, "SP202", "one operation that is in no array is read as a patch",
        change_bodies(("update",), _wrap_operation),
    ),
    fault(
        "comments-accepted", _C, "SP202", "a comment before the JSON of a body is left out",
        change_requests(("create", "update"), _without_comments),
    ),
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
    fault(
        "patch-regions-in-capitals", _C, "SP202", "a patch accepts a region in capitals",
        _change_operations(_lower_region_of_patch),
    ),
    fault(
        "op-is-replace", _C, "SP202", "an operation of a patch without an op is a replace",
        _change_operations(_default_op),
    ),
    fault(
        "tags-from-object", _C, "SP202", "a patch that sets the tags to an object takes its values",
        _change_operations(_take_tags_of_object),
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
        "patch-role-from-number", _C, "SP202", "a patch accepts a fraction for roleArn, true for tableName",
        _change_operations(_coerce_dynamodb),
    ),
    fault(
        "patch-name-from-object", _C, "SP202", "a patch accepts an object for /name",
        _change_operations(_write_name_of_object),
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
)  # fmt: skip
