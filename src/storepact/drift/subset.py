"""Cutting: the part of a document that speaks of the same paths, with all that it refers to, wherever that stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from storepact.drift.hosts import start_of
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape, unescape
from storepact.openapi.references import reference_target
from storepact.openapi.variants import EXTENSION

#: Where `prepared` puts a schema that allows everything.
NOTHING = "/components/x-storepact-anything"


def shape_of(path: str) -> str:
    """A path template without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", path.rstrip("/") or "/")


def select_subset(document: Mapping[str, Any], like: Document) -> dict[str, Any]:
    """The part of a document that speaks of the same paths, and of what begins as they all do, with all that it refers to."""
    ours, start = start_of(like.data), start_of(document)
    wanted = {shape_of(ours + path) for path in like.data["paths"]}
    common = _common([ours + path for path in like.data["paths"]])
    paths = {
        path: item
        for path, item in (document.get("paths") or {}).items()
        if shape_of(start + path) in wanted or (common and f"{start}{path}/".startswith(f"{common}/"))
    }
    found = {name: document[name] for name in ("openapi", "info", "servers", "security") if name in document}
    return {**found, **_with_references(document, paths)}


def _common(paths: list[str]) -> str:
    parts = [path.split("/") for path in paths]
    shared = []
    for tokens in zip(*parts, strict=False):
        if len(set(tokens)) > 1 or "{" in tokens[0]:
            break
        shared.append(tokens[0])
    return "/".join(shared)


#: Where `prepared` puts what is referred to and stands in no component.
_ELSEWHERE = "x-storepact-elsewhere"


def _with_references(document: Mapping[str, Any], paths: Mapping[str, Any]) -> dict[str, Any]:
    """Paths and all that they refer to, wherever in the document it stands."""
    whole, components = Document(document, Path()), document.get("components") or {}
    kept: dict[str, Any] = {"x-storepact-anything": {}}
    if isinstance(components.get("securitySchemes"), Mapping):
        kept["securitySchemes"] = components["securitySchemes"]
    elsewhere: dict[str, Any] = {}
    queue: list[Any] = [paths]
    while queue:
        for target in map(reference_target, _references(queue.pop())):
            group, name = _component(target)
            if group and name not in kept.setdefault(group, {}) and name in (components.get(group) or {}):
                kept[group][name] = components[group][name]
                queue.append(kept[group][name])
            elif not group and target not in elsewhere:
                try:
                    elsewhere[target] = whole.at(target)
                except (KeyError, IndexError, ValueError, TypeError):
                    continue  # it leads nowhere, and whoever proves the references says so
                queue.append(elsewhere[target])
    if not elsewhere:
        return {"paths": paths, "components": kept}
    moved: dict[str, Any] = _moved(
        {"paths": paths, "components": {**kept, _ELSEWHERE: elsewhere}}, elsewhere.keys()
    )
    return moved


def _component(target: str) -> tuple[str, str]:
    """The group and name of the component that a pointer is to, or into; empty if it is to none."""
    tokens = target.split("/")
    return (
        (unescape(tokens[2]), unescape(tokens[3]))
        if tokens[:2] == ["", "components"] and len(tokens) > 3
        else ("", "")
    )


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str) and node["$ref"].startswith("#/"):
            yield node["$ref"]
        for name, each in node.items():
            if name not in ("example", "examples", EXTENSION):
                yield from _references(each)
    elif isinstance(node, list):
        for each in node:
            yield from _references(each)


def _moved(node: Any, targets: Collection[str]) -> Any:
    """A copy whose references to these places lead to where they are kept."""
    if isinstance(node, Mapping):
        copied = {name: _moved(each, targets) for name, each in node.items()}
        if isinstance(node.get("$ref"), str) and reference_target(node["$ref"]) in targets:
            copied["$ref"] = f"#/components/{_ELSEWHERE}/{quote(escape(reference_target(node['$ref'])))}"
        return copied
    return [_moved(each, targets) for each in node] if isinstance(node, list) else node
