"""Reading YAML and JSON documents as data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from storepact.model.errors import DocumentUnusable
from storepact.model.files import read_bytes
from storepact.model.tree import Json
from storepact.openapi.unreadable import describe_character, describe_json

#: Maximum nesting; recursive walkers of deeper documents would hit the recursion limit.
DEEPEST = 200

#: Maximum number of nodes that aliases stand for, which walks over a document visit each time.
MOST_OF_ALIASES = 1_000_000

_TAG = "tag:yaml.org,2002:"

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(_Base):  # type: ignore[misc]
    """Reads booleans as in YAML 1.2 (`on` is a string, as this API needs), and dates as strings."""


Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp", ":value"))
    ]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(
    f"{_TAG}bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)

#: First characters of plain scalars that may be something else than a string; "" stands for the empty scalar.
_NOT_ONLY_TEXT = frozenset(Loader.yaml_implicit_resolvers)

_SCALARS = frozenset(f"{_TAG}{kind}" for kind in ("str", "int", "float", "bool", "null"))


def load_yaml(path: Path) -> Json:
    """Parse a YAML or JSON file.

    Raises:
        DocumentUnusable: the file is missing, unreadable, or not YAML; the line is named.

    """
    return parse_yaml(read_file(path), path)


def read_file(path: Path) -> bytes:
    """The content of a file.

    Raises:
        DocumentUnusable: it cannot be read.

    """
    try:
        return read_bytes(path)
    except OSError as error:
        raise DocumentUnusable(path, f"cannot be read: {error.strerror or error}") from None


def parse_yaml(content: bytes, where: object) -> Json:
    """Parse YAML or JSON into JSON values. `where` names the source in messages.

    Raises:
        DocumentUnusable: not YAML, or something that JSON cannot express; names the line.

    """
    if content[:1] in (b"{", b"["):  # JSON has escapes that YAML does not, and is read much faster
        try:
            return _parse_json(content)
        except (ValueError, RecursionError):
            pass  # the YAML parser names the line
    try:
        loader = Loader(content)
        try:
            return _Builder(loader).document()
        finally:
            loader.dispose()
    except _Refused as error:
        raise DocumentUnusable(where, error.problem, line=error.line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        yaml_problem = f"is not valid YAML: {error.problem or error.context}"
        problem, line = describe_json(content, where) or (yaml_problem, mark.line + 1 if mark else None)
        raise DocumentUnusable(where, problem, line=line) from None
    except yaml.reader.ReaderError:
        problem, line = describe_character(content)
        raise DocumentUnusable(where, problem, line=line) from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise DocumentUnusable(where, f"is not valid YAML: {type(error).__name__}") from None


def _parse_json(content: bytes) -> Json:
    """Parse JSON.

    Raises:
        ValueError: not JSON, a number that JSON does not have, or nested too deeply.

    """
    value = json.loads(content, parse_constant=_refuse_constant)
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            raise ValueError
        children = (item.values() if isinstance(item, dict) else item for item in level)
        level = [child for below in children for child in below if isinstance(child, dict | list)]
        depth += 1
    return value


def _refuse_constant(name: str) -> Json:
    raise ValueError(name)


class _Refused(Exception):
    """Valid YAML that is not accepted here."""

    def __init__(self, problem: str, event: Any) -> None:
        self.problem = problem
        self.line = event.start_mark.line + 1
        super().__init__(problem)


#: The key of a mapping for what `<<` merges into it, until the mapping is complete.
_MERGED: Any = object()

_NO_NAME = "is not valid YAML: a name must be a text, not a mapping or a list"


class _Builder:
    """Builds data from the events of a parser.

    PyYAML itself builds a tree of nodes first, in recursive C code: that is five times slower, and a hundred
    thousand brackets crash the process.
    """

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._scalars: dict[str, Any] = {}
        # by anchor: the value, its text if it is a scalar, its number of nodes; None until it is complete
        self._anchors: dict[str, tuple[Any, str | None, int] | None] = {}
        self._nodes = 0
        self._alias_nodes = 0

    def document(self) -> Json:
        """The document; None if the stream is empty."""
        self._loader.get_event()  # the stream's start
        if type(self._loader.get_event()) is yaml.StreamEndEvent:
            return None
        value = self._node()
        self._loader.get_event()  # the document's end
        event = self._loader.get_event()
        if type(event) is not yaml.StreamEndEvent:
            raise _Refused(
                "is not valid YAML: expected a single document in the stream, but found another document",
                event,
            )
        return value

    def _node(self) -> Any:  # noqa: PLR0912
        """One node with everything in it. Neither recursive nor split up: a document has a million events."""
        next_event, scalar, ending = self._loader.get_event, self._scalar, yaml.MappingEndEvent
        outer: list[Any] = []
        node: Any = None  # the mapping or list that is being filled
        name: Any = None  # of the member whose value comes next; None in a list, and where a name comes next
        opened: Any = None  # the anchor of the node, and how many nodes there were before it
        while True:
            event = next_event()
            kind = type(event)
            self._nodes += 1
            if kind is yaml.ScalarEvent or kind is yaml.AliasEvent:
                if name is None and type(node) is dict:
                    name = self._name(event)
                    continue
                value = scalar(event) if kind is yaml.ScalarEvent else self._resolve_alias(event)[0]
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if len(outer) >= DEEPEST:
                    raise _Refused("is nested too deeply", event)
                if name is None and type(node) is dict:
                    raise _Refused(_NO_NAME, event)
                outer.append((node, name, opened))
                node, name, opened = self._new_container(event, kind), None, self._open_anchor(event)
                continue
            else:  # the end of a mapping or list
                self._nodes -= 1
                value = node
                if kind is ending and _MERGED in node:
                    _merge(node)
                if opened is not None:
                    self._anchors[opened[0]] = (node, None, self._nodes - opened[1])
                node, name, opened = outer.pop()
            if type(node) is list:
                node.append(value)
            elif node is None:
                return value
            else:
                if name is _MERGED:
                    value = [*node.get(_MERGED, ()), *_to_merge(value, event)]
                node[name] = value
                name = None

    def _open_anchor(self, event: Any) -> tuple[str, int] | None:
        if event.anchor is None:
            return None
        self._anchors[event.anchor] = None
        return event.anchor, self._nodes - 1

    def _name(self, event: Any) -> Any:
        """The name of a member as it is written: `200` is a string there."""
        if type(event) is yaml.AliasEvent:
            text = self._resolve_alias(event)[1]
            if text is None:
                raise _Refused(_NO_NAME, event)
            return text
        if event.anchor is not None:
            self._scalar(event)
        return _MERGED if event.value == "<<" and event.implicit[0] else event.value

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if event.tag is not None or event.anchor is not None:
            value = self._construct(event)
            if event.anchor is not None:
                self._anchors[event.anchor] = (value, text, 1)
            return value
        if not event.implicit[0] or text[:1] not in _NOT_ONLY_TEXT:
            return text
        if text not in self._scalars:
            self._scalars[text] = self._construct(event)
        return self._scalars[text]

    def _new_container(self, event: Any, kind: type) -> dict[str, Any] | list[Any]:
        mapping = kind is yaml.MappingStartEvent
        if event.tag not in (None, "!", f"{_TAG}map" if mapping else f"{_TAG}seq"):
            raise _Refused(_unknown_tag(event.tag), event)
        return {} if mapping else []

    def _construct(self, event: Any) -> Any:
        tag = event.tag
        if tag in (None, "!"):
            tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        elif tag not in _SCALARS:
            raise _Refused(_unknown_tag(tag), event)
        if tag not in _SCALARS:  # `<<` as a value
            return event.value
        try:
            return self._loader.construct_object(yaml.ScalarNode(tag, event.value))
        except (ValueError, KeyError):
            raise _Refused(
                f"is not valid YAML: {event.value[:40]!r} is no {tag.removeprefix(_TAG)}", event
            ) from None

    def _resolve_alias(self, event: Any) -> tuple[Any, str | None]:
        if event.anchor not in self._anchors:
            raise _Refused(f"is not valid YAML: found undefined alias {event.anchor!r}", event)
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise _Refused(f"has the alias {event.anchor!r} within itself: it would never end", event)
        value, text, nodes = anchored
        self._nodes += nodes
        self._alias_nodes += nodes
        if self._alias_nodes > MOST_OF_ALIASES:
            raise _Refused(
                f"has aliases that stand for more than {MOST_OF_ALIASES:,} nodes: use $ref",
                event,
            )
        return value, text


def _unknown_tag(tag: str) -> str:
    return f"is not valid YAML: the tag {tag!r} cannot be expressed in JSON"


def _to_merge(value: Any, event: Any) -> list[dict[str, Any]]:
    """The mappings that a `<<` merges, by increasing precedence."""
    mappings = value[::-1] if isinstance(value, list) else [value]
    if not all(isinstance(mapping, dict) for mapping in mappings):
        raise _Refused("is not valid YAML: expected a mapping or list of mappings for merging", event)
    return mappings


def _merge(mapping: dict[Any, Any]) -> None:
    """Put the merged members before the mapping's own, in place, since aliases may refer to it."""
    merged: dict[str, Any] = {}
    for part in mapping.pop(_MERGED):
        merged.update(part)
    merged.update(mapping)
    mapping.clear()
    mapping.update(merged)
