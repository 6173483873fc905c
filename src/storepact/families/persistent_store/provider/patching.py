"""JSON Patch on an integration: all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import jsonpatch
import jsonpointer

from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.resource import EDITABLE, Integration, editable
from storepact.mock.call import MockRefusal

LONGEST = 500

#: A rule reads (operation, choices) and says what is wrong with it; None if nothing is.
PatchRule = Callable[[Any, Choices], str | None]
PatchRules = Mapping[str, PatchRule]


class _Test(jsonpatch.TestOperation):
    """RFC 6902 tells `true` from `1`; Python does not."""

    def apply(self, obj: Any) -> Any:
        super().apply(obj)
        found = self.pointer.resolve(obj) if self.pointer.parts else obj
        if not _same(found, self.operation["value"]):
            raise jsonpatch.JsonPatchTestFailed("it is of another type")
        return obj


class _Patch(jsonpatch.JsonPatch):
    operations = MappingProxyType({**jsonpatch.JsonPatch.operations, "test": _Test})


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def operations_of(body: Any, choices: Choices) -> list[Any]:
    """The operations of a patch, bare or in its `{comment, patch}` wrapper.

    Raises:
        Refusal: 400 if it is not a patch.

    """
    operations = body
    if isinstance(body, Mapping):
        operations = body.get("patch")
        if choices.wrapper_members == "refused":
            if not isinstance(body.get("comment", ""), str):
                raise MockRefusal(400, "invalid_request", "comment: must be a string")
            unknown = next((name for name in body if name not in ("comment", "patch")), None)
            if unknown is not None:
                raise MockRefusal(
                    400, "invalid_request", f"{unknown[:60]}: is not known beside comment and patch"
                )
    if not isinstance(operations, list):
        raise MockRefusal(400, "invalid_request", "a patch is an array of operations")
    if len(operations) > LONGEST:
        raise MockRefusal(400, "invalid_request", f"a patch has at most {LONGEST} operations")
    if not operations and choices.empty_patch != "200":
        raise MockRefusal(int(choices.empty_patch), "invalid_request", "the patch is empty")
    return operations


def patched(
    integration: Integration, operations: list[Any], choices: Choices, rules: PatchRules
) -> dict[str, Any]:
    """The editable members after the patch.

    Raises:
        Refusal: 400 for what is no operation, 409 for a `test` that does not hold, 422 for one that makes no sense here
            (or as chosen).

    """
    for index, operation in enumerate(operations):
        for name, rule in rules.items():
            wrong = rule(operation, choices)
            if wrong is not None:
                status = int(choices.bad_patch) if name in SENSE else 400
                raise MockRefusal(status, "invalid_request", f"operation {index}: {wrong}")
    document = {
        **editable(integration, choices),
        "_id": integration.id,
        "version": integration.version,
        "projectKey": integration.project,
        "environmentKey": integration.environment,
        "integrationKey": integration.kind,
    }
    senseless = int(choices.bad_patch)
    try:
        result = _Patch([each for each in operations if isinstance(each, Mapping)]).apply(document)
    except jsonpatch.JsonPatchTestFailed:
        raise MockRefusal(
            int(choices.failed_test), "optimistic_locking_error", "a test operation did not hold"
        ) from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise MockRefusal(
            senseless, "invalid_request", f"the patch cannot be applied: {str(error)[:200]}"
        ) from None
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError):
        raise MockRefusal(senseless, "invalid_request", "the patch cannot be applied") from None
    return {name: value for name, value in result.items() if name in EDITABLE}


def _an_object(operation: Any, choices: Choices) -> str | None:
    return None if isinstance(operation, Mapping) else "must be an object"


def _op(operation: Any) -> Any:
    op = operation.get("op") if isinstance(operation, Mapping) else None
    return op if isinstance(op, str) else None


def _known_op(operation: Any, choices: Choices) -> str | None:
    known = ("add", "remove", "replace", "move", "copy", "test")
    return (
        None
        if not isinstance(operation, Mapping) or _op(operation) in known
        else f"op: must be one of {', '.join(known)}"
    )


def _pointer(name: str) -> PatchRule:
    def rule(operation: Any, choices: Choices) -> str | None:
        if not isinstance(operation, Mapping) or (name == "from" and _op(operation) not in ("move", "copy")):
            return None
        value = operation.get(name)
        fine = isinstance(value, str) and (value == "" or value.startswith("/"))
        return None if fine else f"{name}: must be a JSON pointer"

    return rule


def _value_given(operation: Any, choices: Choices) -> str | None:
    needed = _op(operation) in ("add", "replace", "test") and "value" not in operation
    return "value: is required" if needed else None


def _editable(operation: Any, choices: Choices) -> str | None:
    op = _op(operation)
    names = {
        "add": ("path",),
        "replace": ("path",),
        "remove": ("path",),
        "move": ("path", "from"),
        "copy": ("path", "from"),
    }
    for name in names.get(op or "", ()):
        pointer = operation.get(name)
        if not isinstance(pointer, str):
            continue
        parts = pointer.split("/")
        if len(parts) < 2 or parts[1] not in EDITABLE:
            return f"{name}: {json.dumps(pointer[:80])} cannot be edited"
        if len(parts) > 2 and choices.deep_paths == "refused" and not (pointer == "/tags/-" and op == "add"):
            return f"{name}: {json.dumps(pointer[:80])} cannot be edited; replace /{parts[1]}"
    if op == "remove" and choices.removal == "refused" and operation.get("path", "").count("/") == 1:
        return f"path: {operation['path']} cannot be removed"
    return None


#: Every rule for one operation of a patch, in the order in which they are asked.
PATCH_RULES: PatchRules = {
    "operation-object": _an_object,
    "op-known": _known_op,
    "path-pointer": _pointer("path"),
    "from-pointer": _pointer("from"),
    "value-given": _value_given,
    "path-editable": _editable,
}

#: The rules that ask whether an operation makes sense, not whether it is one.
SENSE = frozenset({"path-editable"})
