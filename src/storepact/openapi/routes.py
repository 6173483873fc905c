"""Which operations a path is for: a tree of the segments of all templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from storepact.model.values import lean_value
from storepact.openapi.operation import Operation
from storepact.openapi.templates import compile_template, is_literal, normal_segment, parameter_names

#: Paths whose routes are cached.
_MOST_REMEMBERED = 4_096


@lean_value(frozen=True)
class Route:
    """An operation below one base path of its servers."""

    operation: Operation
    base: str = ""
    lacks_base: bool = False
    """Whether it is the bare template of an operation whose servers all have a path."""

    @cached_property
    def rank(self) -> tuple[bool, int]:
        """The order of routes that match one path: literal segments before parameters."""
        return (self.lacks_base, self.operation.path.count("{"))

    def values(self, path: str) -> tuple[tuple[str, str], ...]:
        """The values of the template's parameters in a path that matches, still encoded."""
        match = self._pattern.match(path)
        return tuple(zip(self._names, match.groups(), strict=True)) if match else ()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return compile_template(self.operation.path, self.base)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return parameter_names(self.operation.path)


@dataclass
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    patterns: dict[str, tuple[re.Pattern[str], _Node]] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)


class Routes:
    """All routes of a document. `operations` come each with the base paths of its servers."""

    def __init__(self, operations: Iterable[tuple[Operation, tuple[str, ...]]]) -> None:
        self._root = _Node()
        self._found: dict[tuple[str, str], Route | None] = {}
        for operation, bases in operations:
            for base in bases:
                self._add(Route(operation, base))
            if "" not in bases:
                self._add(Route(operation, "", lacks_base=True))

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in f"{route.base}{route.operation.path}".split("/"):
            if is_literal(segment):
                node = node.literals.setdefault(normal_segment(segment), _Node())
            else:
                _, node = node.patterns.setdefault(segment, (compile_template(segment), _Node()))
        node.routes.append(route)

    def at(self, path: str) -> list[Route]:
        """The routes that match a path, without its query, the most specific first."""
        plain = path.partition("?")[0]
        routes = list(self._find(self._root, plain.split("/"), 0))
        return sorted(routes, key=lambda route: route.rank) if len(routes) > 1 else routes

    def _find(self, node: _Node, segments: list[str], index: int) -> Iterator[Route]:
        if index == len(segments):
            yield from node.routes
            return
        segment = segments[index]
        literal = node.literals.get(normal_segment(segment))
        if literal is not None:
            yield from self._find(literal, segments, index + 1)
        for pattern, below in node.patterns.values():
            if pattern.match(segment):
                yield from self._find(below, segments, index + 1)

    def find(self, method: str, path: str) -> Route | None:
        """The most specific route of a method and a path; None if there is none."""
        if (method, path) not in self._found:
            if len(self._found) > _MOST_REMEMBERED:
                self._found.clear()
            route = next((route for route in self.at(path) if route.operation.method == method), None)
            self._found[method, path] = route
        return self._found[method, path]
