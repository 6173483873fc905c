"""Faults of the values that creates and updates store: changed, merged, or set by other defaults."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    StorageLayer,
    address_of,
    body_of,
    change_bodies,
    change_creates,
    change_items,
    fault,
    with_body,
    with_members,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder

_C = "state"


def _change_tags(edit: Callable[[list[Any]], list[Any]]) -> LayerFactory:
    def apply(body: Item) -> None:
        if isinstance(body.get("tags"), list):
            with suppress(TypeError):  # tags that cannot be compared or hashed are refused later
                body["tags"] = edit(body["tags"])

    return change_creates(apply)


def _keep_last(tags: list[Any]) -> list[Any]:
    return list(dict.fromkeys(tags[::-1]))[::-1]


def _merge_without_case(tags: list[Any]) -> list[Any]:
    first = {str(tag).lower(): tag for tag in tags[::-1]}
    return [tag for tag in tags if first[str(tag).lower()] == tag]


def _drop_duplicates(tags: list[Any]) -> list[Any]:
    return [tag for tag in tags if tags.count(tag) == 1]


def _write_null_tags(tags: list[Any]) -> list[Any]:
    return ["null" if tag is None else tag for tag in tags]


def _write_null_members(body: Item) -> None:
    texts = ("username", "externalId")
    config = {
        name: "None" if value is None and name in texts else value for name, value in body["config"].items()
    }
    body["config"] = {name: value for name, value in config.items() if value is not None}


def _trim_name(body: Item) -> None:
    if isinstance(body.get("name"), str):
        body["name"] = body["name"].strip()


class SwitchOff(StorageLayer):
    """Switches an integration off by every patch that does not contain /on."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        address = address_of(request)
        integration = self.find(address)
        if address.role != "update" or response.status != 200 or integration is None:
            return response
        if b'"/on"' in request.body or not integration.on:
            return response
        self.storage.replace(replace(integration, on=False))
        return with_members(response, on=False)


class MergeConfig(StorageLayer):
    """Merges a new config into the old one."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        integration = self.find(address) if address.role == "update" else None
        body = body_of(request)
        if integration is not None and isinstance(body, list):
            request = with_body(request, [_merge_config(operation, integration) for operation in body])
        return inner(request)


def _merge_config(operation: Any, integration: Integration) -> Any:
    if not isinstance(operation, dict) or operation.get("path") != "/config":
        return operation
    value = operation.get("value")
    if isinstance(value, dict) and ("host" in value or "roleArn" in value):
        return {**operation, "value": {**integration.config, **value}}
    return operation


def _replace_by_append(body: Any) -> Any:
    return [_replace_tags(operation) for operation in body] if isinstance(body, list) else body


def _replace_tags(operation: Any) -> Any:
    if isinstance(operation, dict) and operation.get("op") == "add" and operation.get("path") == "/tags/-":
        return {"op": "replace", "path": "/tags", "value": [operation.get("value")]}
    return operation


def _drop_commented_patch(body: Any) -> Any:
    return [] if isinstance(body, dict) and isinstance(body.get("comment"), str) and "patch" in body else body


def _on_by_default(body: Item) -> None:
    body.setdefault("on", True)


def _tags_by_default(body: Item) -> None:
    body.setdefault("tags", ["default"])


def _other_default_port(item: Item) -> None:
    if item.get("config", {}).get("port") == "6379":
        item["config"]["port"] = "6380"


class DelayAppendedTags(StorageLayer):
    """Returns the tags before an append from every get until the next update."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._before: dict[str, tuple[str, ...]] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address = address_of(request)
        before = self.find(address)
        response = inner(request)
        if address.role == "update" and response.status == 200 and before is not None:
            self._before.pop(address.id, None)
            if b'"/tags/-"' in request.body:
                self._before[address.id] = before.tags
        if address.role == "get" and response.status == 200 and address.id in self._before:
            return with_members(response, tags=list(self._before[address.id]))
        return response


def _name_production(item: Item) -> None:
    item["environmentKey"] = "production"


FAULTS = (
    fault(
        "null-tags-as-text", _C, "SP601", "a create stores null among the tags as text",
        _change_tags(_write_null_tags),
    ),
    fault(
        "null-settings-as-text", _C, "SP613", "a create stores null for a username as text",
        change_creates(_write_null_members),
    ),
    fault("tags-sorted", _C, "SP601", "tags are stored in alphabetical order", _change_tags(sorted)),
    fault(
        "tags-keep-last", _C, "SP601", "of equal tags the last one is stored, not the first",
        _change_tags(_keep_last),
    ),
    fault(
        "tags-merged-without-case", _C, "SP601", "of tags that differ in case only the first one is stored",
        _change_tags(_merge_without_case),
    ),
    fault(
        "tags-repeated-lost", _C, "SP601", "a tag that occurs twice is not stored at all",
        _change_tags(_drop_duplicates),
    ),
    fault("name-trimmed", _C, "SP601", "blanks around a name are lost", change_creates(_trim_name)),
    fault(
        "rename-switches-off", _C, "SP601", "an update without /on switches the integration off",
        SwitchOff,
    ),
    fault("config-merges", _C, "SP601", "a replaced config keeps old members", MergeConfig),
    fault(
        "append-replaces", _C, "SP601", "an appended tag replaces all tags",
        change_bodies(("update",), _replace_by_append),
    ),
    fault(
        "comment-only", _C, "SP601", "a patch with a comment changes nothing",
        change_bodies(("update",), _drop_commented_patch),
    ),
    fault("on-by-default", _C, "SP613", "a create without on is on", change_creates(_on_by_default)),
    fault(
        "port-by-default", _C, "SP613", "the default port is 6380",
        change_items(("create", "get", "list"), _other_default_port),
    ),
    fault("tags-by-default", _C, "SP613", "a create without tags gets one", change_creates(_tags_by_default)),
    fault(
        "append-not-read", _C, "SP602", "a get does not return an appended tag until the next update",
        DelayAppendedTags,
    ),
    fault(
        "update-names-production", _C, "SP607", "the response to an update names another environment",
        change_items(("update",), _name_production),
    ),
)  # fmt: skip
