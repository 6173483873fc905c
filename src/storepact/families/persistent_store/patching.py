"""JSON Patch on an integration: all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonpatch
import jsonpointer

from storepact.families.persistent_store.resource import Integration
from storepact.mock.app import Refusal

_EDITABLE = ("name", "on", "tags", "config")
_LONGEST = 500


def operations_of(body: Any) -> list[dict[str, Any]]:
    """The operations of a patch, bare or in its `{comment, patch}` wrapper.

    Raises:
        Refusal: 400 if it is not a patch.

    """
    operations = body.get("patch") if isinstance(body, Mapping) else body
    if not isinstance(operations, list):
        raise Refusal(400, "invalid_request", "a patch is an array of operations")
    if isinstance(body, Mapping) and not isinstance(body.get("comment", ""), str):
        raise Refusal(400, "invalid_request", "comment: must be a string")
    if len(operations) > _LONGEST:
        raise Refusal(400, "invalid_request", f"a patch has at most {_LONGEST} operations")
    return operations


def patched(integration: Integration, operations: list[dict[str, Any]]) -> dict[str, Any]:
    """The editable members after the patch.

    Raises:
        Refusal: 400 for what is no operation, 409 for a `test` that does not hold, 422 for one that makes no sense here.

    """
    for index, operation in enumerate(operations):
        _well_formed(index, operation)
    document = {**integration.editable(), "version": integration.version, "_id": integration.id}
    try:
        result = jsonpatch.JsonPatch(operations).apply(document)
    except jsonpatch.JsonPatchTestFailed:
        raise Refusal(409, "optimistic_locking_error", "a test operation did not hold") from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise Refusal(422, "invalid_request", f"the patch cannot be applied: {error}") from None
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        raise Refusal(422, "invalid_request", "the patch cannot be applied") from None
    return {name: value for name, value in result.items() if name in _EDITABLE}


def _well_formed(index: int, operation: Any) -> None:
    where = f"operation {index}"
    if not isinstance(operation, Mapping):
        raise Refusal(400, "invalid_request", f"{where}: must be an object")
    if operation.get("op") not in ("add", "remove", "replace", "move", "copy", "test"):
        raise Refusal(400, "invalid_request", f"{where}: `op` must be one of RFC 6902")
    for name in ("path", "from") if operation["op"] in ("move", "copy") else ("path",):
        pointer = operation.get(name)
        if not isinstance(pointer, str) or not pointer.startswith("/"):
            raise Refusal(400, "invalid_request", f"{where}: `{name}` must be a JSON pointer")
        if operation["op"] != "test" and pointer.split("/")[1] not in _EDITABLE:
            raise Refusal(422, "invalid_request", f"{where}: {json.dumps(pointer)} cannot be edited")
    if operation["op"] in ("add", "replace", "test") and "value" not in operation:
        raise Refusal(400, "invalid_request", f"{where}: `value` is missing")
