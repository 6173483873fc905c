"""JSON Patch (RFC 6902): apply a patch to an integration, or say why it cannot be applied.

This is the oracle's own implementation. The mock uses a library, so that the two cannot share a mistake.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from enum import Enum
from urllib.parse import unquote

from storepact.families.persistent_store.pointers import is_index, is_within, split
from storepact.model.tree import SCALARS, Json
from storepact.model.values import lean_value
from storepact.openapi.pointers import pointer_to

_MISSING = object()

#: Objects whose members are not all known, and what each of them has at least.
_OBJECTS: Mapping[str, tuple[str, ...]] = {
    "": ("_id", "_links", "config", "version"),
    "/_links": ("self",),
    "/_status": (),
}
_SELF_LINK = "/_links/self/href"


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


@lean_value(frozen=True)
class Document:
    """What a patch is applied to.

    Values that are `unknown`, and those that JSON does not have, can be replaced, not tested or copied.
    `uncertain` are pointers to members that may be there although `members` lacks them.
    """

    members: Mapping[str, object]
    unknown: object = _MISSING
    uncertain: frozenset[str] = frozenset()


def apply_patch(
    document: Document, operations: list[Json], merging: Merging = Merging.NEVER
) -> dict[str, Json]:
    """Return the members after a patch; the document remains as it is.

    Raises:
        Inapplicable, FailedTest: RFC 6902 requires the patch to be refused.
        Unpredictable: the result depends on an unknown value.

    """
    patch = _Patch(document)
    for operation in operations:
        patch.apply_operation(operation)
        if merging is Merging.BY_OPERATION:
            _merge_tags(patch.members)
    if merging is Merging.AT_THE_END:
        _merge_tags(patch.members)
    return patch.members


def _merge_tags(members: dict[str, Json]) -> None:
    if isinstance(members.get("tags"), list):
        members["tags"] = merge_equal(members["tags"])


def merge_equal(values: Iterable[Json]) -> list[Json]:
    """The values without those that equal an earlier one."""
    values = list(values)
    if all(isinstance(value, str) for value in values):  # there may be thousands
        return list(dict.fromkeys(values))
    merged: list[Json] = []
    for value in values:
        if not any(equal(value, earlier) for earlier in merged):
            merged.append(value)
    return merged


class _Patch:
    """A patch that is being applied. `members` is what it has made of the document so far."""

    def __init__(self, document: Document) -> None:
        self.members: dict[str, Json] = _copy(dict(document.members))
        self._stored_config = copy.copy(self.members.get("config"))
        self._unknown = document.unknown
        self._uncertain = set(document.uncertain)

    def apply_operation(self, operation: Mapping[str, Json]) -> None:
        """Apply one operation.

        Raises:
            Inapplicable, FailedTest, Unpredictable: as `apply_patch`.

        """
        verb, path = operation["op"], operation["path"]
        match verb:
            case "test":
                if self._differs_certainly(path, operation["value"]):
                    raise FailedTest(path, f"{path} has another value")
                if not equal(self._read(path), operation["value"]):
                    raise FailedTest(path, f"{path} has another value")
            case "add" | "replace":
                self._write(path, _copy(operation["value"]), insert=verb == "add")
            case "remove":
                self._remove(path)
            case "move" | "copy":
                self._transfer(operation["from"], path, moves=verb == "move")

    def _differs_certainly(self, path: str, value: Json) -> bool:
        """Whether a value is certainly not that of a member which is not known as a whole."""
        if path == "/config":
            return self._has_other_config(value)
        if path == _SELF_LINK:  # the path of the integration ends with its id (D29)
            return not isinstance(value, str) or str(self.members.get("_id")) not in (value + unquote(value))
        if path not in _OBJECTS:
            return False
        return not isinstance(value, Mapping) or any(name not in value for name in _OBJECTS[path])

    def _has_other_config(self, value: Json) -> bool:
        """Whether a value is certainly not the config: it lacks a text that was stored, or has another there.

        What the provider shows beside these texts is not known, nor what it makes of a config of this patch.
        """
        config = self.members.get("config")
        if not isinstance(config, Mapping) or config != self._stored_config:
            return False
        texts = {name: text for name, text in config.items() if isinstance(text, str)}
        return not isinstance(value, Mapping) or any(
            not equal(value.get(name), text) for name, text in texts.items()
        )

    def _transfer(self, source: str, path: str, *, moves: bool) -> None:
        value = self._read(source)
        if moves and is_within(path, source):
            raise Inapplicable(path, f"{source} cannot be moved into itself")
        if moves:
            self._remove(source)
        self._write(path, _copy(value), insert=True)

    def _find(self, path: str) -> Json:
        """The value at a pointer; `_MISSING` if there is none.

        Raises:
            Unpredictable: the value, or one around it, is unknown.

        """
        node: Json = self.members
        for depth, token in enumerate(split(path), start=1):
            if isinstance(node, list):
                node = node[int(token)] if is_index(token) and int(token) < len(node) else _MISSING
            elif isinstance(node, Mapping):
                node = node.get(token, _MISSING)
            else:
                return _MISSING
            if node is self._unknown and node is not _MISSING:
                raise Unpredictable
            if node is _MISSING:
                if pointer_to(split(path)[:depth]) in self._uncertain:
                    raise Unpredictable
                return _MISSING
        return node

    def _read(self, path: str) -> Json:
        value = self._find(path)
        if value is _MISSING:
            raise Inapplicable(path, f"there is nothing at {path}")
        if path in ("", "/config") or not isinstance(value, str | int | float | list | Mapping | None):
            raise Unpredictable  # what the provider makes of it is not known: defaults, a redacted secret
        return value

    def _write(self, path: str, value: Json, *, insert: bool) -> None:
        if path == "":
            raise Unpredictable
        *parents, last = split(path)
        holder = self._find(pointer_to(parents))
        if isinstance(holder, list):
            self._write_element(holder, path, last, value, insert=insert)
        elif not isinstance(holder, dict):
            raise Inapplicable(path, f"{path} has no parent")
        elif insert or last in holder or path in self._uncertain:
            holder[last] = value
        else:
            raise Inapplicable(path, f"there is nothing at {path}")

    def _write_element(self, holder: list[Json], path: str, last: str, value: Json, *, insert: bool) -> None:
        if last == "-" and insert:
            holder.append(value)
        elif not is_index(last) or int(last) >= len(holder) + insert:
            raise Inapplicable(path, f"there is no index {path}")
        elif insert:
            holder.insert(int(last), value)
        else:
            holder[int(last)] = value

    def _remove(self, path: str) -> None:
        if path == "":
            raise Unpredictable
        *parents, last = split(path)
        holder = self._find(pointer_to(parents))
        if isinstance(holder, list):
            if not is_index(last) or int(last) >= len(holder):
                raise Inapplicable(path, f"there is nothing at {path}")
            del holder[int(last)]
        elif isinstance(holder, dict) and (last in holder or path in self._uncertain):
            holder.pop(last, None)
            self._uncertain.add(path)  # it may have its default again
        else:
            raise Inapplicable(path, f"there is nothing at {path}")


def _copy(value: Json) -> Json:
    """A copy of a JSON value; what else it holds, such as a secret, is never changed."""
    if isinstance(value, SCALARS):
        return value
    if type(value) is dict:
        return {name: _copy(member) for name, member in value.items()}
    if type(value) is list:
        return [_copy(element) for element in value]
    return copy.deepcopy(value) if isinstance(value, Mapping | list) else value


def equal(left: Json, right: Json) -> bool:
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
