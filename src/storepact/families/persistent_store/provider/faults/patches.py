"""Faults of what a patch names: members that are not editable, places that do not exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from storepact.families.persistent_store.provider.faults.layers import (
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
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import EDITABLE, Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder

_C = "JSON Patch"
_Item = dict[str, Any]

#: Makes another operation of one, or None to leave it out.
_Edit = Callable[[_Item, Integration], _Item | None]


class EditOperations(StorageLayer):
    """Changes or leaves out operations of patches before they are validated."""

    def __init__(self, provider: StoreProvider, edit: _Edit) -> None:
        super().__init__(provider)
        self._edit = edit

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, body = address_of(request), body_of(request)
        integration = self.find(address)
        if address.role == "update" and integration is not None and isinstance(body, list):
            edited = [self._edit(item, integration) if isinstance(item, dict) else item for item in body]
            request = with_body(request, [item for item in edited if item is not None])
        return inner(request)


def _edit_operations(edit: _Edit) -> Callable[[StoreProvider], EditOperations]:
    return lambda provider: EditOperations(provider, edit)


def _member(operation: _Item, name: str = "path") -> str:
    """The member of the integration that a pointer begins with; empty if there is none."""
    pointer = operation.get(name)
    return pointer.split("/")[1] if isinstance(pointer, str) and "/" in pointer else ""


def _drop_fixed_edits(operation: _Item, integration: Integration) -> _Item | None:
    edits = operation.get("op") != "test" and _member(operation).startswith("_")
    return None if edits else operation


def _drop_access_edits(operation: _Item, integration: Integration) -> _Item | None:
    return None if _member(operation) == "_access" else operation


def _drop_fixed_moves(operation: _Item, integration: Integration) -> _Item | None:
    moves = operation.get("op") in ("move", "copy") and _member(operation).startswith("_")
    return None if moves else operation


def _drop_fixed_removals(operation: _Item, integration: Integration) -> _Item | None:
    removes = operation.get("op") == "remove" and _member(operation).startswith("_")
    return None if removes else operation


def _is_unknown(operation: _Item) -> bool:
    member = _member(operation)
    return bool(member) and not member.startswith("_") and member not in (*EDITABLE, "version")


def _drop_unknown(operation: _Item, integration: Integration) -> _Item | None:
    dropped = operation.get("op") in ("replace", "remove") and _is_unknown(operation)
    return None if dropped else operation


def _drop_unknown_tests(operation: _Item, integration: Integration) -> _Item | None:
    return None if operation.get("op") == "test" and _is_unknown(operation) else operation


def _drop_from_nowhere(operation: _Item, integration: Integration) -> _Item | None:
    source = _member(operation, "from")
    is_unknown = bool(source) and source not in (*EDITABLE, "version") and not source.startswith("_")
    return None if operation.get("op") in ("move", "copy") and is_unknown else operation


def _is_absent_setting(operation: _Item, integration: Integration) -> bool:
    path = str(operation.get("path"))
    return path == "/config/externalId" and "externalId" not in integration.config


def _add_by_replace(operation: _Item, integration: Integration) -> _Item | None:
    adds = operation.get("op") == "replace" and _is_absent_setting(operation, integration)
    return {**operation, "op": "add"} if adds else operation


def _remove_nothing(operation: _Item, integration: Integration) -> _Item | None:
    removes = operation.get("op") == "remove" and _is_absent_setting(operation, integration)
    return None if removes else operation


def _clamp_index(operation: _Item, integration: Integration) -> _Item | None:
    path, last = str(operation.get("path")), len(integration.tags)
    index = path.removeprefix("/tags/")
    beyond = path.startswith("/tags/") and index.isdigit() and int(index) > last
    return {**operation, "path": "/tags/-"} if beyond and operation.get("op") == "add" else operation


def _ignore_case(operation: _Item, integration: Integration) -> _Item | None:
    lowered = f"/{_member(operation).lower()}"
    return (
        {**operation, "path": lowered}
        if lowered[1:] in EDITABLE[1:] and _is_unknown(operation)
        else operation
    )


def _ignore_empty_tokens(operation: _Item, integration: Integration) -> _Item | None:
    path = operation.get("path")
    tokens = [token for token in path.split("/") if token] if isinstance(path, str) else []
    return {**operation, "path": "/" + "/".join(tokens)} if tokens else operation


def _unescape_first(operation: _Item, integration: Integration) -> _Item | None:
    return {**operation, "path": str(operation.get("path")).replace("~1", "/")}


def _decode_percent(operation: _Item, integration: Integration) -> _Item | None:
    return {**operation, "path": unquote(str(operation.get("path")))}


def _at_index(operation: _Item, index: int) -> _Item:
    return {**operation, "path": f"/tags/{index}"}


def _count_from_the_end(operation: _Item, integration: Integration) -> _Item | None:
    index = str(operation.get("path")).removeprefix("/tags/-")
    last = len(integration.tags)
    return _at_index(operation, last - int(index)) if index.isdigit() and int(index) <= last else operation


def _read_any_number(operation: _Item, integration: Integration) -> _Item | None:
    _, _, index = str(operation.get("path")).partition("/tags/")
    return _at_index(operation, int(float(index))) if re.fullmatch(r"\+\d|\d\.0", index) else operation


def _remove_last(operation: _Item, integration: Integration) -> _Item | None:
    is_last = operation.get("op") == "remove" and operation.get("path") == "/tags/-"
    return _at_index(operation, len(integration.tags) - 1) if is_last else operation


def _first_ten(body: Any) -> Any:
    return body[:10] if isinstance(body, list) else body


#: The members of an operation that RFC 6902 knows.
_DEFINED = frozenset({"op", "path", "value", "from"})


def _has_further_member(request: MockRequest) -> bool:
    return any(isinstance(item, dict) and item.keys() - _DEFINED for item in patch_of(body_of(request)))


def _respond_to_further_members(response: MockResponse) -> LayerFactory:
    return change_requests(("update",), lambda request: response if _has_further_member(request) else request)


def _drop_extended_operations(operation: _Item, integration: Integration) -> _Item | None:
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


def _sets(operation: _Item, path: str) -> bool:
    return operation.get("op") in ("add", "replace") and operation.get("path") == path


class KeepUnknown(StorageLayer):
    """Returns a member that a patch adds, though there is none of that name."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        operations = [item for item in patch_of(body_of(request)) if isinstance(item, dict)]
        added = {
            _member(item): item.get("value")
            for item in operations
            if item.get("op") == "add" and _is_unknown(item) and str(item.get("path")).count("/") == 1
        }
        if address_of(request).role != "update" or not added:
            return inner(request)
        remaining = [item for item in operations if _member(item) not in added]
        response = inner(with_body(request, remaining))
        return with_members(response, **added) if response.status == 200 else response


FAULTS = (
    fault(
        "fixed-edits-ignored", _C, "SP202", "a patch of what is not editable responds 200 and does nothing",
        _edit_operations(_drop_fixed_edits),
    ),
    fault(
        "moves-onto-fixed-ignored", _C, "SP202", "a move or copy onto what is not editable does nothing",
        _edit_operations(_drop_fixed_moves),
    ),
    fault(
        "access-edits-ignored", _C, "SP202", "a patch of /_access responds 200 and does nothing",
        _edit_operations(_drop_access_edits),
    ),
    fault(
        "fixed-removals-ignored", _C, "SP202", "a removal of what is not editable does nothing",
        _edit_operations(_drop_fixed_removals),
    ),
    fault(
        "unknown-paths-ignored", _C, "SP202", "what does not exist is replaced or removed without an error",
        _edit_operations(_drop_unknown),
    ),
    fault(
        "unknown-tests-hold", _C, "SP202", "a test of a member that does not exist holds",
        _edit_operations(_drop_unknown_tests),
    ),
    fault(
        "moves-from-nowhere", _C, "SP202", "a move or copy from what does not exist does nothing",
        _edit_operations(_drop_from_nowhere),
    ),
    fault(
        "replace-adds", _C, "SP202", "a replace of a member of config that is absent adds it",
        _edit_operations(_add_by_replace),
    ),
    fault(
        "remove-of-nothing", _C, "SP202", "a removal of a member of config that is absent succeeds",
        _edit_operations(_remove_nothing),
    ),
    fault(
        "index-clamped", _C, "SP202", "a tag that is added beyond the end is appended",
        _edit_operations(_clamp_index),
    ),
    fault(
        "paths-without-case", _C, "SP202", "a patch of /Name changes /name",
        _edit_operations(_ignore_case),
    ),
    fault(
        "empty-tokens-ignored", _C, "SP202", "a patch of /name/ changes /name",
        _edit_operations(_ignore_empty_tokens),
    ),
    fault(
        "pointers-unescaped-first", _C, "SP202", "a patch of /config~1port changes /config/port",
        _edit_operations(_unescape_first),
    ),
    fault(
        "pointers-percent-decoded", _C, "SP202", "a patch of /n%61me changes /name",
        _edit_operations(_decode_percent),
    ),
    fault(
        "indices-from-the-end", _C, "SP202", "a patch of /tags/-1 changes the last tag",
        _edit_operations(_count_from_the_end),
    ),
    fault(
        "indices-of-any-form", _C, "SP202", "a patch of /tags/+1 or /tags/1.0 changes /tags/1",
        _edit_operations(_read_any_number),
    ),
    fault(
        "dash-removes-last", _C, "SP202", "a removal of /tags/- removes the last tag",
        _edit_operations(_remove_last),
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
        _edit_operations(_drop_extended_operations),
    ),
    fault("version-editable", _C, "SP606", "a patch sets the version", EditVersion),
    fault("unknown-added", _C, "SP105", "a patch adds a member that is not described", KeepUnknown),
)  # fmt: skip
