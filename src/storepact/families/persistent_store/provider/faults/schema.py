"""Faults of success responses whose body breaks the schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    RENDERING,
    Item,
    change_items,
    change_successes,
    fault,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "response schema"


def _set(*path: str, to: Any) -> Callable[[Item], None]:
    """Replace the member at a path, if it is there; `to` may be a function of the old value."""

    def edit(item: Item) -> None:
        for name in path[:-1]:
            item = item.get(name, {})
        if path[-1] in item:
            item[path[-1]] = to(item[path[-1]]) if callable(to) else to

    return edit


def _drop(*path: str) -> Callable[[Item], None]:
    def edit(item: Item) -> None:
        for name in path[:-1]:
            item = item.get(name, {})
        item.pop(path[-1], None)

    return edit


def _rename(old: str, new: str) -> Callable[[Item], None]:
    def edit(item: Item) -> None:
        if old in item:
            item[new] = item.pop(old)

    return edit


def _rename_role_name(item: Item) -> None:
    access = item.get("_access", {})
    for entry in (*access.get("allowed", ()), *access.get("denied", ())):
        if "role_name" in entry["reason"]:
            entry["reason"]["roleName"] = entry["reason"].pop("role_name")


def _deny_what_is_allowed(item: Item) -> None:
    for entry in item.get("_access", {}).get("allowed", ()):
        entry["reason"]["effect"] = "deny"


def _write_version_as_decimal(item: Item) -> None:
    if item["environmentKey"] == "production":
        item["version"] = float(item["version"])


def _replace_empty_tags(item: Item) -> None:
    item["tags"] = item["tags"] or None


def _unwrap_list(request: MockRequest, response: MockResponse) -> MockResponse:
    return replace(response, body=response.body["items"])


def _drop_body(request: MockRequest, response: MockResponse) -> MockResponse:
    return replace(response, body=None)


FAULTS = (
    fault(
        "last-sync-as-string", _C, "SP104", "lastSync is a string of digits",
        change_items(RENDERING, _set("_status", "lastSync", to=str)),
    ),
    fault(
        "last-sync-in-seconds", _C, "SP104", "lastSync is in seconds",
        change_items(RENDERING, _set("_status", "lastSync", to=lambda value: value // 1000)),
    ),
    fault(
        "create-without-id", _C, "SP104", "the response to a create lacks _id",
        change_items(("create",), _drop("_id")),
    ),
    fault(
        "version-as-string", _C, "SP104", "version is a string",
        change_items(("get",), _set("version", to=str)),
    ),
    fault(
        "no-tags-as-null", _C, "SP104", "an empty array of tags is null",
        change_items(RENDERING, _replace_empty_tags),
    ),
    fault(
        "port-as-number", _C, "SP104", "config.port is a number in the response to a get",
        change_items(("get",), _set("config", "port", to=int)),
    ),
    fault(
        "get-without-config", _C, "SP104", "the response to a get lacks config",
        change_items(("get",), _drop("config")),
    ),
    fault(
        "status-null", _C, "SP104", "_status is null in the response to a create",
        change_items(("create",), _set("_status", to=None)),
    ),
    fault(
        "list-as-array", _C, "SP104", "the list is a bare array",
        change_successes(("list",), _unwrap_list),
    ),
    fault(
        "on-as-string", _C, "SP104", "on is a string in the list",
        change_items(("list",), _set("on", to=lambda on: str(on).lower())),
    ),
    fault(
        "project-key-renamed", _C, "SP104", "projectKey is called project",
        change_items(("get",), _rename("projectKey", "project")),
    ),
    fault(
        "kind-capitalised", _C, "SP104", "integrationKey is capitalised: Redis",
        change_items(RENDERING, _set("integrationKey", to=str.capitalize)),
    ),
    fault(
        "access-without-denied", _C, "SP104", "_access lacks denied",
        change_items(("get",), _drop("_access", "denied")),
    ),
    fault(
        "tls-as-string", _C, "SP104", "config.tlsEnabled is a string",
        change_items(("get",), _set("config", "tlsEnabled", to=str)),
    ),
    fault(
        "allowed-by-deny", _C, "SP104", "an entry of _access.allowed in the list has the effect deny",
        change_items(("list",), _deny_what_is_allowed),
    ),
    fault(
        "version-as-decimal", _C, "SP104", "version is written as 1.0 in production",
        change_items(("get",), _write_version_as_decimal),
    ),
    fault(
        "maintainer-added", _C, "SP105", "there is a new member _maintainer",
        change_items(RENDERING, lambda item: item.update(_maintainer="x")),
    ),
    fault(
        "role-name-camel", _C, "SP105", "role_name is called roleName",
        change_items(RENDERING, _rename_role_name),
    ),
    fault(
        "create-answers-nothing", _C, "SP106", "the response to a create has no body",
        change_successes(("create",), _drop_body),
    ),
)  # fmt: skip
