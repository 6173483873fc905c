"""JSON Patch (RFC 6902) on an integration: every operation of a patch, or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

import jsonpatch
import jsonpointer

from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.resource import EDITABLE, Integration, editable_members
from storepact.families.persistent_store.provider.validation import merge_tags
from storepact.mock.exchange import MockRefusal
from storepact.model.tree import Json

#: Operations in one patch.
LONGEST_PATCH = 500
#: Values and characters that all `copy` operations of one patch may copy: each can double what is there.
MOST_COPIED = 100_000

#: Members beside `_…` that the provider sets.
_FIXED = ("version", "projectKey", "environmentKey", "integrationKey")
_OPS = ("add", "remove", "replace", "move", "copy", "test")
#: The members of an operation that point at what it changes.
_CHANGING_POINTERS: Mapping[str, tuple[str, ...]] = {
    "add": ("path",),
    "replace": ("path",),
    "remove": ("path",),
    "move": ("path", "from"),
    "copy": ("path", "from"),
}

#: A rule reads (operation, choices) and returns what is wrong with the operation; None if it is fine.
PatchRule = Callable[[Json, Choices], str | None]
PatchRules = Mapping[str, PatchRule]


class _Test(jsonpatch.TestOperation):
    """A `test` that compares as RFC 6902 does: `true` is not `1`, as it is in Python."""

    def apply(self, obj: Json) -> Json:
        super().apply(obj)
        value = self.pointer.resolve(obj) if self.pointer.parts else obj
        if not _equal(value, self.operation["value"]):
            raise jsonpatch.JsonPatchTestFailed("it is of another type")
        return obj


class _Patch(jsonpatch.JsonPatch):
    operations = MappingProxyType({**jsonpatch.JsonPatch.operations, "test": _Test})


def _equal(left: Json, right: Json) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_equal(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    return bool(left == right)


def read_operations(body: Json, choices: Choices) -> list[Json]:
    """Return the operations of a patch, bare or in its `{comment, patch}` wrapper.

    Raises:
        MockRefusal: 400, the body is not a patch; an empty patch is refused as chosen.

    """
    operations = body
    if isinstance(body, Mapping):
        operations = body.get("patch")
        if choices.wrapper_members == "refused":
            _check_wrapper(body)
    if not isinstance(operations, list):
        raise MockRefusal(400, "invalid_request", "a patch is an array of operations")
    if len(operations) > LONGEST_PATCH:
        raise MockRefusal(400, "invalid_request", f"a patch has at most {LONGEST_PATCH} operations")
    if not operations and choices.empty_patch != "200":
        raise MockRefusal(int(choices.empty_patch), "invalid_request", "the patch is empty")
    return operations


def _check_wrapper(body: Mapping[str, Json]) -> None:
    if not isinstance(body.get("comment", ""), str):
        raise MockRefusal(400, "invalid_request", "comment: must be a string")
    unknown = next((name for name in body if name not in ("comment", "patch")), None)
    if unknown is not None:
        raise MockRefusal(400, "invalid_request", f"{unknown[:60]}: is not known beside comment and patch")


def apply_patch(
    integration: Integration, operations: list[Json], choices: Choices, rules: PatchRules
) -> dict[str, Json]:
    """Return the editable members after the patch, by name.

    Raises:
        MockRefusal: 400 for a malformed operation, 409 for a `test` that fails, 422 for an operation that
            cannot be applied to this integration; the last two as chosen.

    """
    for index, operation in enumerate(operations):
        for name, rule in rules.items():
            wrong = rule(operation, choices)
            if wrong is not None:
                status = int(choices.bad_patch) if name in SEMANTIC_RULES else 400
                raise MockRefusal(status, "invalid_request", f"operation {index}: {wrong}")
    document = {
        **editable_members(integration, choices),
        "_id": integration.id,
        "version": integration.version,
        "projectKey": integration.project,
        "environmentKey": integration.environment,
        "integrationKey": integration.kind,
    }
    bad_patch, failed_test = int(choices.bad_patch), int(choices.failed_test)
    try:
        result = _apply(
            [item for item in operations if isinstance(item, Mapping)],
            document,
            merge_tags if choices.duplicate_tags == "merged-at-once" else lambda members: members,
        )
    except jsonpatch.JsonPatchTestFailed:
        raise MockRefusal(failed_test, "optimistic_locking_error", "a test operation failed") from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        message = f"the patch cannot be applied: {str(error)[:200]}"
        raise MockRefusal(bad_patch, "invalid_request", message) from None
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError):
        raise MockRefusal(bad_patch, "invalid_request", "the patch cannot be applied") from None
    return {name: value for name, value in result.items() if name in EDITABLE}


def _apply(
    operations: list[Mapping[str, Json]],
    document: Json,
    normalize: Callable[[dict[str, Json]], dict[str, Json]],
) -> Json:
    """Return a document after the operations, normalized after each of them.

    Raises:
        jsonpatch.JsonPatchException, jsonpointer.JsonPointerException: an operation cannot be applied, or
            the patch copies more than `MOST_COPIED`.

    """
    whole = _Patch(operations)  # the form of every operation comes before the effect of the first
    result, budget = _copy(document), MOST_COPIED
    for operation in operations:
        if operation["op"] == "copy":
            budget -= _size(jsonpointer.resolve_pointer(result, operation["from"]), budget)
            if budget < 0:
                raise jsonpatch.JsonPatchConflict(f"it copies more than {MOST_COPIED:,} values")
        patch = whole if len(operations) == 1 else _Patch([operation])
        result = patch.apply(result, in_place=True)
        result = normalize(result) if isinstance(result, dict) else result
    return result


def _copy(value: Json) -> Json:
    """Return a copy of JSON data: ten times as fast as `copy.deepcopy`."""
    if isinstance(value, dict):
        return {name: _copy(part) for name, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list) else value


def _size(value: Json, enough: int) -> int:
    """Return the number of values and characters in a value; counting ends beyond `enough`."""
    size, waiting = 0, [value]
    while waiting and size <= enough:
        part = waiting.pop()
        size += 1 + (len(part) if isinstance(part, str) else 0)
        if isinstance(part, Mapping):
            size += sum(map(len, part))
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return size


def _an_object(operation: Json, choices: Choices) -> str | None:
    return None if isinstance(operation, Mapping) else "must be an object"


def _op(operation: Json) -> Json:
    op = operation.get("op") if isinstance(operation, Mapping) else None
    return op if isinstance(op, str) else None


def _known_op(operation: Json, choices: Choices) -> str | None:
    valid = not isinstance(operation, Mapping) or _op(operation) in _OPS
    return None if valid else f"op: must be one of {', '.join(_OPS)}"


def _pointer(name: str) -> PatchRule:
    def rule(operation: Json, choices: Choices) -> str | None:
        if not isinstance(operation, Mapping) or (name == "from" and _op(operation) not in ("move", "copy")):
            return None
        value = operation.get(name)
        valid = isinstance(value, str) and (value == "" or value.startswith("/"))
        return None if valid else f"{name}: must be a JSON pointer"

    return rule


def _require_value(operation: Json, choices: Choices) -> str | None:
    missing = _op(operation) in ("add", "replace", "test") and "value" not in operation
    return "value: is required" if missing else None


def _has_no_effect(op: str | None, tokens: list[str]) -> bool:
    """Whether an operation sets a member that no client sets, or adds one that does not exist."""
    if len(tokens) != 1 or tokens[0].startswith("_") or tokens[0] in EDITABLE:
        return False
    return op in ("add", "copy") or (tokens[0] in _FIXED and op in ("replace", "remove"))


def _editable(operation: Json, choices: Choices) -> str | None:
    op = _op(operation)
    for name in _CHANGING_POINTERS.get(op or "", ()):
        pointer = operation.get(name)
        if not isinstance(pointer, str):
            continue
        parts = pointer.split("/")
        if choices.fixed_members == "ignored" and _has_no_effect(op, parts[1:]):
            continue
        if len(parts) < 2 or parts[1] not in EDITABLE:
            return f"{name}: {json.dumps(pointer[:80])} cannot be edited"
        if len(parts) > 2 and choices.deep_paths == "refused" and not (pointer == "/tags/-" and op == "add"):
            return f"{name}: {json.dumps(pointer[:80])} cannot be edited; replace /{parts[1]}"
    if op == "remove" and choices.removal == "refused" and operation.get("path", "").count("/") == 1:
        return f"path: {operation['path']} cannot be removed"
    return None


#: Every rule for one operation of a patch, in the order in which they are applied.
PATCH_RULES: PatchRules = {
    "operation-object": _an_object,
    "op-known": _known_op,
    "path-pointer": _pointer("path"),
    "from-pointer": _pointer("from"),
    "value-given": _require_value,
    "path-editable": _editable,
}

#: The rules about an operation's meaning, not its form: they refuse with the status in `bad_patch`.
SEMANTIC_RULES = frozenset({"path-editable"})
