"""Reading YAML and JSON documents as data and as a map from JSON pointer to line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from storepact.errors import FragmentUnusable

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """YAML 1.2's idea of booleans (`on` is a string, as this API needs), and no dates."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def _mapping(loader: Any, node: Any) -> Any:
    """Names are texts, as in JSON: a status may be written as a number."""
    found: dict[Any, Any] = {}
    yield found
    loader.flatten_mapping(node)
    told = loader.construct_mapping(node)
    found.update((str(name) if type(name) is int else name, value) for name, value in told.items())


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load_document(path: Path) -> Any:
    """Parse a YAML or JSON file.

    Raises:
        FragmentUnusable: the file is missing, unreadable, or not YAML; the line is named.

    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FragmentUnusable(path, f"cannot be read: {error.strerror or error}") from None
    return parsed_document(content, path)


def parsed_document(content: bytes, where: object) -> Any:
    """Parse YAML or JSON that came from somewhere.

    Raises:
        FragmentUnusable: it is not YAML; `where` and the line are named.

    """
    try:
        return yaml.load(content, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"is not valid YAML: {error.problem or error.context}"
        raise FragmentUnusable(where, problem, line=mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise FragmentUnusable(where, f"is not valid YAML: {type(error).__name__}") from None


def line_map(path: Path) -> dict[str, tuple[int, int]]:
    """Line and column (from 1) of every node of a document, by JSON pointer."""
    places: dict[str, tuple[int, int]] = {}

    def walk(node: Any, pointer: str) -> None:
        if pointer in places:
            return
        places[pointer] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                child = f"{pointer}/{escape(key.value)}"
                walk(value, child)
                places[child] = (key.start_mark.line + 1, key.start_mark.column + 1)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                walk(value, f"{pointer}/{index}")

    root = yaml.compose(path.read_bytes(), Loader=_Loader)
    if root is not None:
        walk(root, "")
    return places


def escape(token: object) -> str:
    """One token of a JSON pointer (RFC 6901)."""
    return str(token).replace("~", "~0").replace("/", "~1")


def pointer_to(tokens: Iterable[object]) -> str:
    """The JSON pointer of tokens."""
    return "".join(f"/{escape(token)}" for token in tokens)


def unescape(token: str) -> str:
    """The reverse of `escape`."""
    return token.replace("~1", "/").replace("~0", "~")
