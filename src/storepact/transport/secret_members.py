"""Secret members of JSON values: masking them, and reading their texts."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any

from storepact.model.exchange import MASK
from storepact.model.tree import SCALARS, Json, Path, Repeated, build_object, transform

#: The types of parsed values that hold others.
CONTAINERS = frozenset({dict, list, Repeated})

Members = frozenset[str]
"""The names of secret members."""

#: The path and the text of a secret member.
SecretText = tuple[Path, str]


def mask_members(value: Json, members: Members) -> Json:
    """A JSON value with all strings in secret members masked; what holds none of them is not copied."""
    if isinstance(value, list):
        elements = [
            mask_members(element, members) if type(element) in CONTAINERS else element for element in value
        ]
        return value if all(map(operator.is_, elements, value)) else elements
    if not isinstance(value, dict):
        return value
    is_patch = "path" in value and _patched_member(value) in members
    if is_patch or type(value) is Repeated or not members.isdisjoint(value):
        return build_object(
            (
                name,
                transform(member, _mask_string)
                if name in members or (is_patch and name == "value")
                else mask_members(member, members),
            )
            for name, member in value.items()
        )
    changes: dict[str, Json] = {}
    for name, member in value.items():
        if type(member) in CONTAINERS:
            masked = mask_members(member, members)
            if masked is not member:
                changes[name] = masked
    if not changes:
        return value
    return build_object((name, changes.get(name, member)) for name, member in value.items())


def mask_and_read(value: Json, members: Members, path: Path = ()) -> tuple[Json, list[SecretText]]:
    """What `mask_members` makes of a value, and its `secret_texts`: most values are gone through once."""
    is_usual = type(value) is dict and ("path" not in value or _patched_member(value) not in members)
    if not is_usual:
        if type(value) not in CONTAINERS:
            return value, []
        return mask_members(value, members), list(secret_texts(value, members, path))
    texts: list[SecretText] = []
    changes: dict[str, Json] = {}
    for name, member in value.items():
        kind = type(member)
        if name in members:
            if kind is str:
                texts.append(((*path, name), member))
                changes[name] = _mask_string(member)
            elif kind in CONTAINERS:
                texts += secret_texts(member, members, (*path, name))
                changes[name] = transform(member, _mask_string)
        elif kind in CONTAINERS:
            masked, inner = mask_and_read(member, members, (*path, name))
            texts += inner
            if masked is not member:
                changes[name] = masked
    return {**value, **changes} if changes else value, texts


def _mask_string(value: Any) -> Any:
    return MASK if isinstance(value, str) and value else value


def _patched_member(node: Mapping[str, Any]) -> str:
    """The member that an object changes if it is a patch operation; else empty."""
    path = node.get("path")
    return path.rpartition("/")[2] if isinstance(path, str) else ""


def sent_secrets(body: Json, members: Members) -> Iterator[tuple[str, str]]:
    """The name and the text of every secret member of a request's body, patch operations included."""
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            target = _patched_member(node) if "path" in node else ""
            for name, value in node.items():
                member = target if name == "value" and name not in members else name
                if member in members and isinstance(value, str):
                    yield member, value
            node = list(node.values())
        if isinstance(node, list):
            stack += [value for value in reversed(node) if not isinstance(value, SCALARS)]


def secret_texts(node: Json, members: Members, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The path and the text of every secret member of an object or an array."""
    for name, value in node.items() if isinstance(node, Mapping) else enumerate(node):
        if type(value) in CONTAINERS:
            yield from secret_texts(value, members, (*path, name))
        elif name in members and isinstance(value, str):
            yield (*path, name), value


def masked_texts(whole: Json, masked: Json) -> Iterator[tuple[Path, str]]:
    """The path and the original of each text of a value that is masked as a whole.

    Raises:
        RecursionError: the masked value is nested too deeply.

    """
    places: list[Path] = []
    _add_masks(masked, (), places)
    for path in places:
        text = _text_at(whole, path)
        if text is not None and text != MASK:
            yield path, text


def _add_masks(node: Json, path: Path, places: list[Path]) -> None:
    """Add the path of every text of a value that is masked as a whole."""
    if isinstance(node, dict):
        for name in node:  # of a member that occurs twice, the last one
            _add_masks(node[name], (*path, name), places)
    elif isinstance(node, list):
        for index, element in enumerate(node):
            _add_masks(element, (*path, index), places)
    elif node == MASK:
        places.append(path)


def _text_at(node: Json, path: Path) -> str | None:
    """The text at a path of a value; None where there is none."""
    for token in path:
        if isinstance(node, dict):
            node = node.get(token)
        elif isinstance(node, list) and isinstance(token, int) and token < len(node):
            node = node[token]
        else:
            return None
    return node if isinstance(node, str) else None
