"""Values of a document that are of another type than OpenAPI requires."""

from __future__ import annotations

from collections.abc import Mapping

from storepact.model.errors import DocumentUnusable
from storepact.model.tree import Json
from storepact.openapi.document import Document

_NAMES = {
    "dict": "an object", "list": "an array", "str": "a text", "int": "a number", "float": "a number",
    "bool": "a boolean", "NoneType": "empty",
}  # fmt: skip


def expect_object(document: Document, pointer: str) -> Mapping[str, Json]:
    """The object at a pointer, references followed; an empty one if nothing is there.

    Raises:
        DocumentUnusable: something else is there, or the pointer leads nowhere.

    """
    try:
        node = document.resolve(document.at(pointer))
    except (KeyError, IndexError, ValueError, TypeError):
        raise invalid_document(document, f"nothing is at {pointer}", pointer) from None
    if isinstance(node, Mapping):
        return node
    problem = f"{pointer} must be an object and is {_NAMES[type(node).__name__]}"
    raise invalid_document(document, problem, pointer)


def invalid_document(document: Document, problem: str, pointer: str = "") -> DocumentUnusable:
    """The error for a document that is not as OpenAPI requires; `pointer` is where, if that is known."""
    line = document.line(pointer) if pointer else None
    return DocumentUnusable(document.path, f"is not a valid OpenAPI document: {problem}", line=line)
