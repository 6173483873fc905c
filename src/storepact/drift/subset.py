"""The part of a large document that describes the same paths as another one, with everything it refers to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from storepact.drift.hosts import base_path
from storepact.model.tree import Json, transform, walk
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape, unescape
from storepact.openapi.references import reference_target
from storepact.openapi.variants import EXTENSION

_ANY_SCHEMA_GROUP = "x-storepact-anything"

#: Where a schema that allows everything stands, in a subset and in what `with_any_schema` returns.
ANY_SCHEMA = f"/components/{_ANY_SCHEMA_GROUP}"

#: The group of components that holds what is referred to outside of all other groups.
_ELSEWHERE = "x-storepact-elsewhere"


def with_any_schema(document: Document) -> Document:
    """The document with a schema that allows everything at `ANY_SCHEMA`."""
    components = {**document.data.get("components", {}), _ANY_SCHEMA_GROUP: {}}
    return Document({**document.data, "components": components}, document.path)


def shape_of(path: str) -> str:
    """A path template without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", path.rstrip("/") or "/")


def select_subset(document: Mapping[str, Json], like: Document) -> dict[str, Json]:
    """The part of a document that describes the paths of `like`, and paths below what those have in common.

    Returns a document's data, complete with all that the paths refer to.
    """
    ours, start = base_path(like.data), base_path(document)
    shapes = {shape_of(ours + path) for path in like.data["paths"]}
    common = _common_prefix([ours + path for path in like.data["paths"]])
    paths = {
        path: item
        for path, item in (document.get("paths") or {}).items()
        if shape_of(start + path) in shapes or (common and f"{start}{path}/".startswith(f"{common}/"))
    }
    kept = {name: document[name] for name in ("openapi", "info", "servers", "security") if name in document}
    return {**kept, **_with_references(document, paths)}


def _common_prefix(paths: list[str]) -> str:
    common = []
    for tokens in zip(*(path.split("/") for path in paths), strict=False):
        if len(set(tokens)) > 1 or "{" in tokens[0]:
            break
        common.append(tokens[0])
    return "/".join(common)


def _with_references(document: Mapping[str, Any], paths: Mapping[str, Any]) -> dict[str, Any]:
    """The `paths` and `components` of a document that has these paths and all that they refer to."""
    whole, components = Document(document, Path()), document.get("components") or {}
    kept: dict[str, Any] = {_ANY_SCHEMA_GROUP: {}}
    if isinstance(components.get("securitySchemes"), Mapping):
        kept["securitySchemes"] = components["securitySchemes"]
    elsewhere: dict[str, Any] = {}
    queue: list[Any] = [paths]
    while queue:
        for target in map(reference_target, _local_references(queue.pop())):
            group, name = _component(target)
            if group and name not in kept.setdefault(group, {}) and name in (components.get(group) or {}):
                kept[group][name] = components[group][name]
                queue.append(kept[group][name])
            elif not group and target not in elsewhere:
                try:
                    elsewhere[target] = whole.at(target)
                except (KeyError, IndexError, ValueError, TypeError):
                    continue  # `check_references` reports it
                queue.append(elsewhere[target])
    if not elsewhere:
        return {"paths": paths, "components": kept}
    subset: dict[str, Any] = _redirect(
        {"paths": paths, "components": {**kept, _ELSEWHERE: elsewhere}}, elsewhere.keys()
    )
    return subset


def _component(target: str) -> tuple[str, str]:
    """The group and name of the component that a pointer leads to or into; empty if it leads to none."""
    tokens = target.split("/")
    if tokens[:2] != ["", "components"] or len(tokens) <= 3:
        return "", ""
    return unescape(tokens[2]), unescape(tokens[3])


def _local_references(node: Any) -> Iterator[str]:
    """The references within the document below a node; examples and our extension hold data only."""
    for _, value in walk(node, lambda path: path[-1] not in ("example", "examples", EXTENSION)):
        if isinstance(value, Mapping) and str(value.get("$ref", "")).startswith("#/"):
            yield str(value["$ref"])


def _redirect(node: Any, targets: Collection[str]) -> Any:
    """A copy whose references to `targets` lead to their copies among the components."""

    def redirect(value: Any) -> Any:
        reference = value.get("$ref") if isinstance(value, Mapping) else None
        if not isinstance(reference, str) or reference_target(reference) not in targets:
            return value
        copy = f"#/components/{_ELSEWHERE}/{quote(escape(reference_target(reference)))}"
        return {**value, "$ref": copy}

    return transform(node, redirect)
