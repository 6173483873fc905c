"""JSON Patch (RFC 6902) on an integration, read from the RFC: what a patch makes of it, or why it cannot be applied.

This is the oracle's own reading. The stand-in has a library for it, so that the two cannot share a mistake.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

_MISSING = object()


class Inapplicable(Exception):
    """The patch must be refused: an operation cannot be applied to what is there."""


class FailedTest(Inapplicable):
    """A `test` does not hold."""


class OpenEnded(Exception):
    """What the patch makes of the integration cannot be told: it touches what the oracle does not know."""


def apply_patch(document: Mapping[str, Any], operations: list[Any], unknown: Any) -> dict[str, Any]:
    """The document after the patch. Values that are `unknown` can be replaced, not tested or copied.

    Raises:
        Inapplicable, FailedTest: RFC 6902 wants it refused.
        OpenEnded: cannot be told.

    """
    result: dict[str, Any] = copy.deepcopy(dict(document))
    for operation in operations:
        _apply(result, operation, unknown)
    return result


def _apply(document: dict[str, Any], operation: Mapping[str, Any], unknown: Any) -> None:
    verb, path = operation["op"], operation["path"]
    match verb:
        case "test":
            _test(document, path, operation["value"], unknown)
        case "add" | "replace":
            _put(document, path, operation["value"], insert=verb == "add")
        case "remove":
            _remove(document, path, unknown)
        case "move" | "copy":
            value = _known(document, operation["from"], unknown)
            if verb == "move":
                _remove(document, operation["from"], unknown)
            _put(document, path, copy.deepcopy(value), insert=True)


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


def _known(document: Any, path: str, unknown: Any) -> Any:
    value = _value(document, path)
    if value is _MISSING and path.startswith("/config/"):
        raise OpenEnded  # a default may be filled in there
    if value is _MISSING:
        raise Inapplicable(f"there is nothing at {path}")
    if value is unknown or path == "/config":
        raise OpenEnded
    return value


def _test(document: Any, path: str, value: Any, unknown: Any) -> None:
    if not equal(_known(document, path, unknown), value):
        raise FailedTest(f"{path} is another one")


def _put(document: dict[str, Any], path: str, value: Any, *, insert: bool) -> None:
    *parents, last = _tokens(path)
    holder = _value(document, "".join(f"/{token}" for token in parents))
    if isinstance(holder, list):
        if last == "-" and insert:
            holder.append(value)
            return
        if not re.fullmatch(r"0|[1-9][0-9]*", last) or int(last) >= len(holder) + insert:
            raise Inapplicable(f"there is no place {path}")
        if insert:
            holder.insert(int(last), value)
        else:
            holder[int(last)] = value
    elif isinstance(holder, dict):
        holder[last] = value
    else:
        raise Inapplicable(f"there is nothing that {path} could be part of")


def _remove(document: dict[str, Any], path: str, unknown: Any) -> None:
    *parents, last = _tokens(path)
    holder = _value(document, "".join(f"/{token}" for token in parents))
    if isinstance(holder, list):
        if not re.fullmatch(r"0|[1-9][0-9]*", last) or int(last) >= len(holder):
            raise Inapplicable(f"there is nothing at {path}")
        del holder[int(last)]
    elif isinstance(holder, dict) and (last in holder or parents == ["config"]):
        holder.pop(last, None)
    else:
        raise Inapplicable(f"there is nothing at {path}")


def equal(one: Any, other: Any) -> bool:
    """RFC 6902 §4.6: of the same type and the same value; `true` is not 1, "1" is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, tuple):
        one = list(one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    return type(one) is type(other) and bool(one == other)
