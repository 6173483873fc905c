"""Faults of a patch as a whole: the number of its operations, their members, and what none may set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    StorageLayer,
    address_of,
    body_of,
    change_bodies,
    change_requests,
    error_response,
    fault,
    patch_of,
    with_body,
    with_members,
)
from storepact.families.persistent_store.provider.faults.patches import (
    edit_operations,
    is_unknown,
    path_member,
)
from storepact.families.persistent_store.provider.resource import Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder

_C = "JSON Patch"


def _first_ten(body: Any) -> Any:
    return body[:10] if isinstance(body, list) else body


def _do_once(body: Any) -> Any:
    """Leave out the operations of a patch that equal an earlier one."""
    if not isinstance(body, list):
        return body
    return [operation for index, operation in enumerate(body) if operation not in body[:index]]


def _drop_table(operation: Item, integration: Integration) -> Item | None:
    is_table = (operation.get("op"), operation.get("path")) == ("replace", "/config/tableName")
    has_text = isinstance(operation.get("value"), str)
    return {"op": "test", "path": "/on", "value": integration.on} if is_table and has_text else operation


def _switch_off_with_tags(body: Any) -> Any:
    """Add an operation that switches off to a patch that concerns tags."""
    writes = [entry for entry in patch_of(body) if isinstance(entry, dict) and entry.get("op") != "test"]
    if not any(str(entry.get("path")).startswith("/tags") for entry in writes):
        return body
    off = [*patch_of(body), {"op": "replace", "path": "/on", "value": False}]
    return {**body, "patch": off} if isinstance(body, dict) else off


def _crash_over_comment(request: MockRequest) -> MockRequest | MockResponse:
    body = body_of(request)
    comment = body.get("comment") if isinstance(body, dict) else None
    is_long = isinstance(comment, str) and len(comment) > 60
    return error_response(500, "internal_error", "value too long for column") if is_long else request


def _trim_path(operation: Item, integration: Integration) -> Item | None:
    path = operation.get("path")
    return {**operation, "path": path.strip()} if isinstance(path, str) else operation


def _drop_move_into_itself(operation: Item, integration: Integration) -> Item | None:
    source, path = operation.get("from"), operation.get("path")
    is_within = isinstance(source, str) and isinstance(path, str) and path.startswith(f"{source}/")
    return None if operation.get("op") == "move" and is_within else operation


#: The members of an operation that RFC 6902 knows.
_DEFINED = frozenset({"op", "path", "value", "from"})


def _has_further_member(request: MockRequest) -> bool:
    return any(isinstance(item, dict) and item.keys() - _DEFINED for item in patch_of(body_of(request)))


def _respond_to_further_members(response: MockResponse) -> LayerFactory:
    return change_requests(("update",), lambda request: response if _has_further_member(request) else request)


def _drop_extended_operations(operation: Item, integration: Integration) -> Item | None:
    return None if operation.keys() - _DEFINED else operation


class EditVersion(StorageLayer):
    """Sets the version that a patch names."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, body = address_of(request), body_of(request)
        operations = [item for item in patch_of(body) if isinstance(item, dict)]
        values = [item.get("value") for item in operations if _sets(item, "/version")]
        if address.role != "update" or not values or not isinstance(values[-1], int):
            return inner(request)
        response = inner(with_body(request, [item for item in operations if not _sets(item, "/version")]))
        integration = self.find(address)
        if response.status == 200 and integration is not None:
            self.storage.replace(replace(integration, version=values[-1]))
            return with_members(response, version=values[-1])
        return response


def _sets(operation: Item, path: str) -> bool:
    return operation.get("op") in ("add", "replace") and operation.get("path") == path


class KeepUnknown(StorageLayer):
    """Returns a member that a patch adds, though there is none of that name."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        operations = [item for item in patch_of(body_of(request)) if isinstance(item, dict)]
        added = {
            path_member(item): item.get("value")
            for item in operations
            if item.get("op") == "add" and is_unknown(item) and str(item.get("path")).count("/") == 1
        }
        if address_of(request).role != "update" or not added:
            return inner(request)
        remaining = [item for item in operations if path_member(item) not in added]
        response = inner(with_body(request, remaining))
        return with_members(response, **added) if response.status == 200 else response


FAULTS = (
    fault(
        "patch-paths-trimmed", _C, "SP202", "blanks around the path of a patch's operation do not count",
        edit_operations(_trim_path),
    ),
    fault(
        "moves-into-itself", _C, "SP202", "a move of an array into itself is left out of its patch",
        edit_operations(_drop_move_into_itself),
    ),
    fault(
        "tags-switch-off", _C, "SP601", "a patch of tags switches the integration off",
        change_bodies(("update",), _switch_off_with_tags),
    ),
    fault(
        "long-comments-500", _C, "SP101", "a patch with a comment of more than 60 characters gets 500",
        change_requests(("update",), _crash_over_comment),
    ),
    fault(
        "operations-once", _C, "SP601", "an operation that stands in a patch twice is done once",
        change_bodies(("update",), _do_once),
    ),
    fault(
        "table-not-replaced", _C, "SP601", "a replace of /config/tableName does nothing",
        edit_operations(_drop_table),
    ),
    fault(
        "ten-operations", _C, "SP601", "the operations of a patch after the tenth are not done",
        change_bodies(("update",), _first_ten),
    ),
    fault(
        "operation-members-refused", _C, "SP201", "an unknown member of a patch operation leads to a refusal",
        _respond_to_further_members(error_response(400, "invalid_request", "unknown member of an operation")),
    ),
    fault(
        "operation-members-500", _C, "SP101", "an unknown member of a patch operation responds 500",
        _respond_to_further_members(error_response(500, "internal_error", "something went wrong")),
    ),
    fault(
        "extended-operations-skipped", _C, "SP601", "a patch operation with an unknown member does nothing",
        edit_operations(_drop_extended_operations),
    ),
    fault("version-editable", _C, "SP606", "a patch sets the version", EditVersion),
    fault("unknown-added", _C, "SP105", "a patch adds a member that is not described", KeepUnknown),
)  # fmt: skip
