"""Lines and columns of a YAML or JSON document, by JSON pointer, and names that an object has twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from storepact.openapi.pointers import escape
from storepact.openapi.yaml import Loader

#: Positions that are looked through for what is below aliases.
_MOST_COPIED = 3_000_000


class Positions(NamedTuple):
    """Where the nodes of a document are, by JSON pointer."""

    places: Mapping[str, tuple[int, int]]
    """Line and column (from 1) of every node; of one whose name stands twice, those of the last one."""
    repeated: Mapping[str, int]
    """The line of the one before, for each node whose name stands twice."""


def read_positions(content: bytes) -> Positions:
    """The positions of a document's nodes; there are none if it is not YAML."""
    loader = Loader(content)
    try:
        return _Reader(loader).read()
    except yaml.YAMLError:
        return Positions({}, {})
    finally:
        loader.dispose()


class _Reader:
    """Reads the positions from the events of a parser, at any depth; an anchor may be set again."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._places: dict[str, tuple[int, int]] = {}
        self._repeated: dict[str, int] = {}
        self._anchors: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._copied = 0

    def read(self) -> Positions:
        """The positions of the first document."""
        stack: list[list[Any]] = []  # of each open node: its pointer, and the next index or the current name
        while True:
            event = self._loader.get_event()
            kind = type(event)
            if kind in (yaml.StreamEndEvent, yaml.DocumentEndEvent):
                return Positions(self._places, self._repeated)
            if kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                stack.pop()
            elif kind in (yaml.ScalarEvent, yaml.AliasEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent):
                self._node(event, kind, stack)

    def _node(self, event: Any, kind: type, stack: list[list[Any]]) -> None:
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        pointer = ""
        if stack:
            above = stack[-1]
            if isinstance(above[1], int):
                pointer = f"{above[0]}/{above[1]}"
                above[1] += 1
            elif above[1] is None:
                above[1] = (self._name(event, kind), place)
                return
            else:
                (name, place), above[1] = above[1], None
                pointer = f"{above[0]}/{escape(name)}"
        if pointer in self._places and not self._is_repeated(pointer.rpartition("/")[0]):
            self._repeated[pointer] = self._places[pointer][0]
        self._places[pointer] = place
        if kind is yaml.AliasEvent:
            self._copy(self._anchors.get(event.anchor), pointer)
        elif event.anchor is not None:
            self._anchors[event.anchor] = pointer
            if kind is yaml.ScalarEvent:
                self._names[event.anchor] = event.value
        if kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
            stack.append([pointer, None if kind is yaml.MappingStartEvent else 0])

    def _is_repeated(self, pointer: str) -> bool:
        """Whether a node or one that contains it has a name that stands twice."""
        while pointer and pointer not in self._repeated:
            pointer = pointer.rpartition("/")[0]
        return bool(pointer)

    def _name(self, event: Any, kind: type) -> str:
        if kind is yaml.AliasEvent:
            return self._names.get(event.anchor, "")
        value = str(getattr(event, "value", ""))
        if event.anchor is not None:
            self._names[event.anchor] = value
        return value

    def _copy(self, source: str | None, pointer: str) -> None:
        """Give what is below an alias the positions of what it stands for."""
        if source is None or self._copied > _MOST_COPIED:
            return
        below = [(name, place) for name, place in self._places.items() if name.startswith(f"{source}/")]
        self._copied += len(self._places)
        for name, place in below:
            self._places[f"{pointer}{name[len(source) :]}"] = place
