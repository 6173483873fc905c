"""References (`$ref`) of a document: where they stand, what they point to, and whether something is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from storepact.model.errors import DocumentUnusable
from storepact.model.tree import Json, Path, walk
from storepact.openapi.pointers import pointer_to

if TYPE_CHECKING:
    from storepact.openapi.document import Document


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


def check_references(document: Document, line: Callable[[str], int | None] = lambda pointer: None) -> None:
    """Make sure that every reference leads to something in the document.

    `line` gives the line of a pointer in the file, for messages.

    Raises:
        DocumentUnusable: a reference leads nowhere, leaves the document, or is circular.

    """
    for pointer, target in iterate_references(document.data):
        if not target.startswith("#/"):
            raise DocumentUnusable(
                document.path, f"$ref {target!r} leaves the document; bundle it first", line=line(pointer)
            )
        try:
            document.resolve(document.at(reference_target(target)))
        except (KeyError, IndexError, ValueError, TypeError):
            raise DocumentUnusable(
                document.path, f"$ref {target!r} at {pointer} leads nowhere", line=line(pointer)
            ) from None
