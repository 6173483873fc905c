"""JSON Patch (RFC 6902): apply a patch to an integration, or say why it cannot be applied.

This is the oracle's own implementation. The mock uses a library, so that the two cannot share a mistake.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

_MISSING = object()


class Merging(Enum):
    """When equal tags become one, each at its first place; the documents leave it open (D13)."""

    NEVER = "never"
    AT_THE_END = "after the patch"
    BY_OPERATION = "after each operation"


class Inapplicable(Exception):
    """The patch must be refused: an operation cannot be applied. `path` is what it needs in the document."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        super().__init__(message)


class FailedTest(Inapplicable):
    """A `test` does not hold."""


class Unpredictable(Exception):
    """The result of the patch cannot be predicted: it reads a value that the oracle does not know."""


def apply_patch(
    document: Mapping[str, Any], operations: list[Any], unknown: Any, merging: Merging = Merging.NEVER
) -> dict[str, Any]:
    """Return the patched copy of a document. Values that are `unknown` can be replaced, not tested or copied.

    Raises:
        Inapplicable, FailedTest: RFC 6902 wants the patch refused.
        Unpredictable: the result depends on an unknown value.

    """
    result: dict[str, Any] = copy.deepcopy(dict(document))
    for operation in operations:
        _apply(result, operation, unknown)
        if merging is Merging.BY_OPERATION:
            _merge_tags(result)
    if merging is Merging.AT_THE_END:
        _merge_tags(result)
    return result


def _merge_tags(document: dict[str, Any]) -> None:
    if isinstance(document.get("tags"), list):
        document["tags"] = merge_equal(document["tags"])


def merge_equal(values: Iterable[Any]) -> list[Any]:
    """The values without those that equal an earlier one."""
    merged: list[Any] = []
    for value in values:
        if not any(equal(value, earlier) for earlier in merged):
            merged.append(value)
    return merged


def _apply(document: dict[str, Any], operation: Mapping[str, Any], unknown: Any) -> None:
    verb, path = operation["op"], operation["path"]
    match verb:
        case "test":
            _test(document, path, operation["value"], unknown)
        case "add" | "replace":
            _write(document, path, operation["value"], insert=verb == "add")
        case "remove":
            _remove(document, path, unknown)
        case "move" | "copy":
            value = _read(document, operation["from"], unknown)
            if verb == "move":
                _remove(document, operation["from"], unknown)
            _write(document, path, copy.deepcopy(value), insert=True)


def _tokens(path: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in path.split("/")[1:]]


def _value(document: Any, path: str) -> Any:
    node = document
    for token in _tokens(path):
        if isinstance(node, list):
            node = (
                node[int(token)]
                if re.fullmatch(r"0|[1-9][0-9]*", token) and int(token) < len(node)
                else _MISSING
            )
        elif isinstance(node, Mapping):
            node = node.get(token, _MISSING)
        else:
            return _MISSING
        if node is _MISSING:
            return _MISSING
    return node


def _read(document: Any, path: str, unknown: Any) -> Any:
    value = _value(document, path)
    if value is _MISSING and path.startswith("/config/"):
        raise Unpredictable  # the provider may have filled in a default
    if value is _MISSING:
        raise Inapplicable(path, f"there is nothing at {path}")
    if value is unknown or path == "/config":
        raise Unpredictable
    return value


def _test(document: Any, path: str, value: Any, unknown: Any) -> None:
    if not equal(_read(document, path, unknown), value):
        raise FailedTest(path, f"{path} has another value")


def _write(document: dict[str, Any], path: str, value: Any, *, insert: bool) -> None:
    *parents, last = _tokens(path)
    holder = _value(document, "".join(f"/{token}" for token in parents))
    if isinstance(holder, list):
        if last == "-" and insert:
            holder.append(value)
            return
        if not re.fullmatch(r"0|[1-9][0-9]*", last) or int(last) >= len(holder) + insert:
            raise Inapplicable(path, f"there is no index {path}")
        if insert:
            holder.insert(int(last), value)
        else:
            holder[int(last)] = value
    elif isinstance(holder, dict):
        holder[last] = value
    else:
        raise Inapplicable(path, f"{path} has no parent")


def _remove(document: dict[str, Any], path: str, unknown: Any) -> None:
    *parents, last = _tokens(path)
    holder = _value(document, "".join(f"/{token}" for token in parents))
    if isinstance(holder, list):
        if not re.fullmatch(r"0|[1-9][0-9]*", last) or int(last) >= len(holder):
            raise Inapplicable(path, f"there is nothing at {path}")
        del holder[int(last)]
    elif isinstance(holder, dict) and (last in holder or parents == ["config"]):
        holder.pop(last, None)
    else:
        raise Inapplicable(path, f"there is nothing at {path}")


def equal(left: Any, right: Any) -> bool:
    """Compare by RFC 6902 §4.6: same type and same value; 1.0 equals 1, neither `true` nor "1" does."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, tuple):
        left = list(left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[name], right[name]) for name in left)
    return type(left) is type(right) and bool(left == right)
