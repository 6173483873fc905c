"""Faults of what a patch names: members that are not editable, places that do not exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    StorageLayer,
    address_of,
    body_of,
    fault,
    patch_of,
    with_body,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.resource import EDITABLE, Integration
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer
from storepact.model.tree import Json
from storepact.model.whole_numbers import read_whole_number

_C = "JSON Patch"

#: Makes another operation of one, or None to leave it out.
_Edit = Callable[[Item, Integration], Item | None]


class EditOperations(StorageLayer):
    """Changes or leaves out operations of patches before they are validated."""

    def __init__(self, provider: StoreProvider, edit: _Edit) -> None:
        super().__init__(provider)
        self._edit = edit

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, body = address_of(request), body_of(request)
        integration = self.find(address)
        is_patch = isinstance(body, list) or (isinstance(body, dict) and isinstance(body.get("patch"), list))
        if address.role == "update" and integration is not None and is_patch:
            edited = (
                (item, self._edit(item, integration) if isinstance(item, dict) else item)
                for item in patch_of(body)
            )
            operations = [new for item, new in edited if item is None or new is not None]
            body = {**body, "patch": operations} if isinstance(body, dict) else operations
            request = with_body(request, body)
        return inner(request)


#: What objects and arrays of JavaScript have without having been given it.
_INHERITED = ("constructor", "__proto__", "toString", "length")


def edit_operations(edit: _Edit) -> Callable[[StoreProvider], EditOperations]:
    """Make a layer that edits the operations of patches."""
    return lambda provider: EditOperations(provider, edit)


def path_member(operation: Item, name: str = "path") -> str:
    """The member of the integration that a pointer begins with; empty if there is none."""
    pointer = operation.get(name)
    return pointer.split("/")[1] if isinstance(pointer, str) and "/" in pointer else ""


def _drop_fixed_edits(operation: Item, integration: Integration) -> Item | None:
    edits = operation.get("op") != "test" and path_member(operation).startswith("_")
    return None if edits else operation


def _drop_access_edits(operation: Item, integration: Integration) -> Item | None:
    return None if path_member(operation) == "_access" else operation


def _drop_fixed_moves(operation: Item, integration: Integration) -> Item | None:
    moves = operation.get("op") in ("move", "copy") and path_member(operation).startswith("_")
    return None if moves else operation


def _drop_fixed_removals(operation: Item, integration: Integration) -> Item | None:
    removes = operation.get("op") == "remove" and path_member(operation).startswith("_")
    return None if removes else operation


def is_unknown(operation: Item) -> bool:
    """Whether an operation names a member that integrations do not have."""
    member = path_member(operation)
    return bool(member) and not member.startswith("_") and member not in (*EDITABLE, "version")


def _drop_unknown(operation: Item, integration: Integration) -> Item | None:
    dropped = operation.get("op") in ("replace", "remove") and is_unknown(operation)
    return None if dropped else operation


def _drop_unknown_tests(operation: Item, integration: Integration) -> Item | None:
    return None if operation.get("op") == "test" and is_unknown(operation) else operation


def _drop_inherited(operation: Item, integration: Integration) -> Item | None:
    last = str(operation.get("path")).rpartition("/")[2]
    return None if last in _INHERITED else operation


def _drop_from_nowhere(operation: Item, integration: Integration) -> Item | None:
    source = path_member(operation, "from")
    is_unknown = bool(source) and source not in (*EDITABLE, "version") and not source.startswith("_")
    return None if operation.get("op") in ("move", "copy") and is_unknown else operation


def _is_absent_setting(operation: Item, integration: Integration) -> bool:
    path = str(operation.get("path"))
    return path == "/config/externalId" and "externalId" not in integration.config


def _add_by_replace(operation: Item, integration: Integration) -> Item | None:
    adds = operation.get("op") == "replace" and _is_absent_setting(operation, integration)
    return {**operation, "op": "add"} if adds else operation


def _remove_nothing(operation: Item, integration: Integration) -> Item | None:
    removes = operation.get("op") == "remove" and _is_absent_setting(operation, integration)
    return None if removes else operation


def _clamp_index(operation: Item, integration: Integration) -> Item | None:
    path, last = str(operation.get("path")), len(integration.tags)
    index = read_whole_number(path.removeprefix("/tags/"))
    beyond = path.startswith("/tags/") and index is not None and index > last
    return {**operation, "path": "/tags/-"} if beyond and operation.get("op") == "add" else operation


def _ignore_case(operation: Item, integration: Integration) -> Item | None:
    lowered = f"/{path_member(operation).lower()}"
    return (
        {**operation, "path": lowered} if lowered[1:] in EDITABLE[1:] and is_unknown(operation) else operation
    )


def _ignore_empty_tokens(operation: Item, integration: Integration) -> Item | None:
    path = operation.get("path")
    tokens = [token for token in path.split("/") if token] if isinstance(path, str) else []
    return {**operation, "path": "/" + "/".join(tokens)} if tokens else operation


def _unescape_first(operation: Item, integration: Integration) -> Item | None:
    return {**operation, "path": str(operation.get("path")).replace("~1", "/")}


def _decode_percent(operation: Item, integration: Integration) -> Item | None:
    return {**operation, "path": unquote(str(operation.get("path")))}


def _at_index(operation: Item, index: int) -> Item:
    return {**operation, "path": f"/tags/{index}"}


def _count_from_the_end(operation: Item, integration: Integration) -> Item | None:
    index = read_whole_number(str(operation.get("path")).removeprefix("/tags/-"))
    last = len(integration.tags)
    return _at_index(operation, last - index) if index is not None and index <= last else operation


def _read_any_number(operation: Item, integration: Integration) -> Item | None:
    _, _, index = str(operation.get("path")).partition("/tags/")
    return _at_index(operation, int(float(index))) if re.fullmatch(r"\+\d|\d\.0", index) else operation


def _remove_last(operation: Item, integration: Integration) -> Item | None:
    is_last = operation.get("op") == "remove" and operation.get("path") == "/tags/-"
    return _at_index(operation, len(integration.tags) - 1) if is_last else operation


class DropWrappedEdits(StorageLayer):
    """Leaves operations on members that are not editable out of wrapped patches."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        body = body_of(request)
        if address_of(request).role == "update" and isinstance(body, dict) and patch_of(body):
            kept = [
                item
                for item in patch_of(body)
                if not (isinstance(item, dict) and path_member(item).startswith("_"))
            ]
            request = with_body(request, {**body, "patch": kept})
        return inner(request)


class LoseNameBehindSwitch(Layer):
    """Leaves out a replacement of /name that follows one of /on."""

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        body = body_of(request)
        if address_of(request).role == "update" and isinstance(body, list):
            pairs = zip([None, *body], body, strict=False)
            request = with_body(request, [item for before, item in pairs if not _is_lost(before, item)])
        return inner(request)


def _is_lost(before: Json, operation: Json) -> bool:
    pair = (before, operation)
    paths = [item.get("path") for item in pair if isinstance(item, dict) and item.get("op") == "replace"]
    return paths == ["/on", "/name"]


FAULTS = (
    fault(
        "wrapped-edits-ignored", _C, "SP202", "a wrapped patch of members that are not editable is ignored",
        DropWrappedEdits,
    ),
    fault(
        "name-lost-behind-switch", _C, "SP601", "a name that a patch replaces behind the switch is not kept",
        lambda _: LoseNameBehindSwitch(),
    ),
    fault(
        "fixed-edits-ignored", _C, "SP202", "a patch of what is not editable responds 200 and does nothing",
        edit_operations(_drop_fixed_edits),
    ),
    fault(
        "moves-onto-fixed-ignored", _C, "SP202", "a move or copy onto what is not editable does nothing",
        edit_operations(_drop_fixed_moves),
    ),
    fault(
        "access-edits-ignored", _C, "SP202", "a patch of /_access responds 200 and does nothing",
        edit_operations(_drop_access_edits),
    ),
    fault(
        "fixed-removals-ignored", _C, "SP202", "a removal of what is not editable does nothing",
        edit_operations(_drop_fixed_removals),
    ),
    fault(
        "unknown-paths-ignored", _C, "SP202", "what does not exist is replaced or removed without an error",
        edit_operations(_drop_unknown),
    ),
    fault(
        "inherited-places-ignored", _C, "SP202", "a patch of /constructor or /tags/length does nothing",
        edit_operations(_drop_inherited),
    ),
    fault(
        "unknown-tests-hold", _C, "SP202", "a test of a member that does not exist holds",
        edit_operations(_drop_unknown_tests),
    ),
    fault(
        "moves-from-nowhere", _C, "SP202", "a move or copy from what does not exist does nothing",
        edit_operations(_drop_from_nowhere),
    ),
    fault(
        "replace-adds", _C, "SP202", "a replace of a member of config that is absent adds it",
        edit_operations(_add_by_replace),
    ),
    fault(
        "remove-of-nothing", _C, "SP202", "a removal of a member of config that is absent succeeds",
        edit_operations(_remove_nothing),
    ),
    fault(
        "index-clamped", _C, "SP202", "a tag that is added beyond the end is appended",
        edit_operations(_clamp_index),
    ),
    fault(
        "paths-without-case", _C, "SP202", "a patch of /Name changes /name",
        edit_operations(_ignore_case),
    ),
    fault(
        "empty-tokens-ignored", _C, "SP202", "a patch of /name/ changes /name",
        edit_operations(_ignore_empty_tokens),
    ),
    fault(
        "pointers-unescaped-first", _C, "SP202", "a patch of /config~1port changes /config/port",
        edit_operations(_unescape_first),
    ),
    fault(
        "pointers-percent-decoded", _C, "SP202", "a patch of /n%61me changes /name",
        edit_operations(_decode_percent),
    ),
    fault(
        "indices-from-the-end", _C, "SP202", "a patch of /tags/-1 changes the last tag",
        edit_operations(_count_from_the_end),
    ),
    fault(
        "indices-of-any-form", _C, "SP202", "a patch of /tags/+1 or /tags/1.0 changes /tags/1",
        edit_operations(_read_any_number),
    ),
    fault(
        "dash-removes-last", _C, "SP202", "a removal of /tags/- removes the last tag",
        edit_operations(_remove_last),
    ),
)  # fmt: skip
