"""Reading an OpenAPI document, and the checks that decide whether it can be used."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from storepact.model.errors import DocumentUnusable
from storepact.openapi.content import require_data, require_openapi
from storepact.openapi.document import Document
from storepact.openapi.pointers import pointer_to
from storepact.openapi.references import iterate_references, reference_target
from storepact.openapi.yaml import parse_yaml, read_file

#: Raised where a pointer leads nowhere.
NOWHERE = (KeyError, IndexError, ValueError, TypeError)


def load_document(path: Path) -> Document:
    """Read an OpenAPI document and check that it can be used; a file that has not changed is read once.

    Raises:
        DocumentUnusable: not a file, not YAML or JSON, not OpenAPI 3, or a reference leads nowhere; names
        the line.

    """
    try:
        state = path.stat()
    except OSError as error:
        raise DocumentUnusable(path, f"cannot be read: {error.strerror or error}") from None
    return _load(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _load(path: Path, modified: int, size: int) -> Document:
    content = read_file(path)
    require_data(content, path)
    data = require_openapi(parse_yaml(content, path), path)
    document = Document(data, path)
    if not isinstance(data.get("paths"), dict) or not data["paths"]:
        raise DocumentUnusable(path, "describes no paths", line=document.line("/paths"))
    for name, item in data["paths"].items():
        if str(name).startswith("/") and not isinstance(item, dict | None):
            problem = f"is not a valid OpenAPI document: the path {name} is not an object"
            raise DocumentUnusable(path, problem, line=document.line(pointer_to(("paths", name))))
    check_references(document)
    try:
        if not document.operations:
            raise DocumentUnusable(path, "describes no operations")
    except (KeyError, TypeError, AttributeError) as error:
        raise DocumentUnusable(
            path, f"is not a valid OpenAPI document: {type(error).__name__} at {error}"
        ) from None
    return document


def check_references(document: Document) -> None:
    """Make sure that every reference leads to something in the document.

    Raises:
        DocumentUnusable: a reference leads nowhere, leaves the document, or is circular; names its line.

    """
    for pointer, target in iterate_references(document.data):
        fault = fault_of_reference(document, target)
        if fault:
            problem = f"$ref {target!r} at {pointer} {fault}"
            raise DocumentUnusable(document.path, problem, line=document.line(pointer))


def fault_of_reference(document: Document, target: str) -> str:
    """What is wrong with a reference; empty if nothing, or if another reference of its chain is at fault."""
    if not target.startswith("#/"):
        return "leaves the document, or names an anchor; bundle it first"
    try:
        document.resolve(document.at(reference_target(target)))
    except DocumentUnusable:
        return f"is circular: {' → '.join(_chain(document, target))}"
    except NOWHERE:
        chain = _chain(document, target)
        return "leads nowhere" if len(chain) == 1 else ""
    return ""


def _chain(document: Document, target: str) -> list[str]:
    """A reference and those that it leads to, to the first one that is there twice or leads nowhere."""
    chain = [target]
    while chain.count(target) == 1:
        try:
            node = document.at(reference_target(target))
        except (DocumentUnusable, *NOWHERE):
            break
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            break
        target = node["$ref"]
        chain.append(target)
    return chain
