"""References (`$ref`) of a document: where they stand and what they point to."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from storepact.model.tree import Json, Path, walk
from storepact.openapi.pointers import pointer_to


def reference_target(reference: str) -> str:
    """The JSON pointer that a reference within the document names; it may be percent-encoded, as in a URI."""
    return unquote(reference.removeprefix("#"))


def iterate_references(node: Json) -> Iterator[tuple[str, str]]:
    """Every `$ref` below a node: its own JSON pointer and its text; examples are data and hold none."""
    for path, value in walk(node, _may_hold_references):
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            yield pointer_to((*path, "$ref")), value["$ref"]


def _may_hold_references(path: Path) -> bool:
    return path[-1] not in ("example", "examples") or path[:2] == ("components", "examples")
