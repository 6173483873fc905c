"""The values that texts stand for: parameters of every style, headers, cookies and forms.

A text has no type. Where a schema allows a number, `1` is one; of several readings that which fits counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.directed import DirectedSchema, directed_schema
from storepact.openapi.directions import Direction
from storepact.openapi.document import Document
from storepact.openapi.media import parse_media
from storepact.openapi.members import ELEMENT, SchemaView, schema_view
from storepact.openapi.operation import Parameter
from storepact.openapi.pointers import escape

_NUMBER = re.compile(r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,3})?")

_WHOLE_NUMBER = re.compile(r"-?\d+")

_DEFAULT_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}

#: What separates the elements of an array that is not exploded, by style.
_SEPARATORS = {"spaceDelimited": (" ", "%20", "+"), "pipeDelimited": ("|", "%7C"), "label": (",",)}

_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


def readings(value: str) -> list[Json]:
    """The JSON values that a text may stand for; the text itself is the first."""
    values: list[Json] = [value]
    if _NUMBER.fullmatch(value):
        try:
            number = float(value)
            is_whole = _WHOLE_NUMBER.fullmatch(value) is not None
            values.append(int(value) if is_whole else int(number) if number == int(number) else number)
        except (ValueError, OverflowError):
            pass
    elif value in ("true", "false"):
        values.append(value == "true")
    elif value == "null":
        values.append(None)
    return values


@lean_value(frozen=True)
class Serialization:
    """How a parameter, a header or a member of a form is written, and the schema of its value."""

    document: Document
    pointer: str
    """Where the parameter is described."""
    name: str
    place: str

    @cached_property
    def _node(self) -> Mapping[str, Any]:
        node = self.document.at(self.pointer)
        return node if isinstance(node, Mapping) else {}

    @cached_property
    def style(self) -> str:
        """The style, as it is given or by default."""
        return str(self._node.get("style") or _DEFAULT_STYLES[self.place])

    @cached_property
    def explode(self) -> bool:
        """Whether each element or member is written by itself."""
        explode = self._node.get("explode")
        return explode if isinstance(explode, bool) else self.style in ("form", "cookie")

    @cached_property
    def media(self) -> str:
        """The media type of a parameter with `content`; empty if it has a schema."""
        content = self._node.get("content")
        return next(iter(content), "") if isinstance(content, Mapping) else ""

    @cached_property
    def schema(self) -> str | None:
        """The pointer of the schema; None if there is none."""
        if self.media:
            pointer = f"{self.pointer}/content/{escape(self.media)}"
            described = self.document.at(pointer)
            return f"{pointer}/schema" if isinstance(described, Mapping) and "schema" in described else None
        return f"{self.pointer}/schema" if "schema" in self._node else None

    @cached_property
    def is_comparable(self) -> bool:
        """Whether its values can be compared with its schema."""
        return self.schema is not None and (not self.media or parse_media(self.media).is_json)

    @property
    def allows_empty(self) -> bool:
        """Whether it may be sent without a value."""
        return self._node.get("allowEmptyValue") is True

    @cached_property
    def request_schema(self) -> DirectedSchema:
        """The schema of what is sent."""
        return directed_schema(self.document, str(self.schema), Direction.REQUEST)

    @cached_property
    def view(self) -> SchemaView:
        """The schema."""
        return schema_view(self.document, self.schema or self.pointer)

    @cached_property
    def is_spread(self) -> bool:
        """Whether it is an object whose members are query parameters of their own."""
        return (
            self.style == "form"
            and self.explode
            and not self.media
            and self.place == "query"
            and "object" in (self.view.types or ())
        )

    def value(self, texts: Sequence[str]) -> Json:
        """The value of one text, or of several for one name."""
        if self.media:
            return _json_or_text(texts[0])
        types = self.view.types
        candidates: list[Json] = []
        if types is None or "array" in types:
            candidates.append([read_text(self.view.member(ELEMENT), part) for part in self._parts(texts)])
        if types is not None and "object" in types:
            candidates.append(self._object(texts[0]))
        if len(texts) == 1 and (types is None or types - {"array", "object"}):
            text = self._plain(texts[0])
            candidates = [*reversed(readings(text)), *candidates] if types else [*readings(text), *candidates]
        return self._best(candidates) if candidates else list(texts)

    def spread_value(self, query: Iterable[tuple[str, str]]) -> Json:
        """The value of an object whose members are the query parameters of these names."""
        return read_members(self.view, query)

    def deep_value(self, query: Iterable[tuple[str, str]]) -> Json:
        """The value of a `deepObject`, of the query parameters `name[member]`."""
        tree: dict[str, Any] = {}
        for name, text in query:
            _insert(tree, _BRACKETS.findall(name.removeprefix(self.name)), text)
        return _coerce(tree, self.view)

    def _best(self, candidates: list[Json]) -> Json:
        if len(candidates) == 1:
            return candidates[0]
        return next((value for value in candidates if self.request_schema.fits(value)), candidates[0])

    def _plain(self, text: str) -> str:
        """A single value, without what its style adds."""
        if self.style == "label":
            return text.removeprefix(".")
        if self.style == "matrix":
            return text.removeprefix(f";{self.name}").removeprefix("=")
        return text

    def _parts(self, texts: Sequence[str]) -> list[str]:
        """The elements of an array."""
        if self.style == "matrix":
            pieces = [piece.partition("=")[2] for piece in texts[0].split(";") if piece]
            return pieces if self.explode else [part for piece in pieces for part in piece.split(",")]
        if self.style == "label":
            return texts[0].removeprefix(".").split("." if self.explode else ",")
        if self.place in ("query", "cookie") and self.explode and self.place != "cookie":
            return list(texts)
        separators = _SEPARATORS.get(self.style, (",",))
        pattern = "|".join(map(re.escape, separators))
        return [part.strip() for text in texts if text for part in re.split(pattern, text)]

    def _object(self, text: str) -> Json:
        """An object in one text: `a,1,b,2`, or `a=1,b=2` if it is exploded."""
        text = self._plain(text)
        separators = {"spaceDelimited": "[ +]|%20", "pipeDelimited": "[|]|%7C"}
        pattern = separators.get(self.style, ",")
        if self.explode:
            pattern = {"label": "[.]", "matrix": ";"}.get(self.style, pattern)
            pieces = [piece.strip().partition("=") for piece in re.split(pattern, text) if piece.strip()]
            return read_members(self.view, [(name, value) for name, _, value in pieces])
        parts = [part.strip() for part in re.split(pattern, text)]
        return read_members(self.view, list(zip(parts[::2], parts[1::2], strict=False)))


def serialization_of(document: Document, parameter: Parameter) -> Serialization:
    """How a declared parameter is written."""
    return _serialization(document, parameter.pointer, parameter.name, parameter.place)


@lru_cache(maxsize=8_192)
def _serialization(document: Document, pointer: str, name: str, place: str) -> Serialization:
    return Serialization(document, pointer, name, place)


def read_members(view: SchemaView, pairs: Iterable[tuple[str, str]]) -> dict[str, Json]:
    """An object of names and texts; a name that stands there several times has an array."""
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    members: dict[str, Json] = {}
    for name, values in texts.items():
        plain = name.removesuffix("[]")
        member = view.member(plain) or view.member(name)
        is_array = member is not None and "array" in (member.types or ()) and len(member.types or ()) <= 2
        if len(values) > 1 or is_array or (plain != name and member is not None):
            element = member.member(ELEMENT) if member is not None else None
            members[plain] = [read_text(element, value) for value in values]
        else:
            members[plain if member is not None else name] = read_text(member, values[0])
    return members


def read_text(view: SchemaView | None, text: str) -> Json:
    """What a text stands for: of its readings, the first that fits the schema; else the text."""
    if view is None:
        return text
    candidates = readings(text)
    if view.types is not None and view.types & {"object", "array"}:
        candidates.append(_json_or_text(text))
    for candidate in candidates:
        if all(
            _fits(view.document, pointer, candidate) for pointer, certain in view.roots if certain
        ) and any(_fits(view.document, pointer, candidate) for pointer, _ in view.roots):
            return candidate
    return text


def _fits(document: Document, pointer: str, value: Json) -> bool:
    return directed_schema(document, pointer, Direction.REQUEST).fits(value)


def _json_or_text(text: str) -> Json:
    for candidate in dict.fromkeys((text, unquote(text))):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return text


def _insert(tree: dict[str, Any], names: list[str], text: str) -> None:
    """Add a text to nested objects; a name that stands there again makes an array."""
    for name in names[:-1]:
        if name == "":
            break
        below = tree.setdefault(name, {})
        if not isinstance(below, dict):
            return
        tree = below
    last = next((name for name in reversed(names) if name), "")
    tree.setdefault(last, []).append(text) if isinstance(tree.setdefault(last, []), list) else None


def _coerce(node: Json, view: SchemaView | None) -> Json:
    if isinstance(node, dict):
        return {name: _coerce(below, view.member(name) if view else None) for name, below in node.items()}
    types = (view.types if view else None) or frozenset()
    if len(node) > 1 or "array" in types:
        element = view.member(ELEMENT) if view else None
        return [read_text(element, text) for text in node]
    return read_text(view, node[0])
