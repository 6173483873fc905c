"""The body that an interaction relies on, prepared once: for each place of the example its rules.

Every element of a recorded array is matched. What an example says nothing about has no place.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.json_types import json_type
from storepact.pacts.matchers import Matcher, Path, Rules
from storepact.pacts.value_rules import accepts, is_plain

#: Values of a place that are cached as accepted.
_MOST_ACCEPTED = 500


@lean_value(frozen=True)
class Difference:
    """Where an exchange is not what an interaction relies on."""

    part: Literal["status", "header", "body"]
    path: Path
    """The place in the body, or the header's name."""
    rule: Matcher
    """The rule that it breaks; `equality` where there is none."""
    expected: Json
    actual: Json
    is_missing: bool = False
    """Whether members of the object are missing: `expected` and `actual` are their names."""


class ExpectedValue:
    """A place of the example that holds no others."""

    def __init__(self, example: Json, path: Path, matchers: tuple[Matcher, ...]) -> None:
        """`path` has `*` for elements, or their indices if a rule is written for an index."""
        self.example, self.path, self.matchers = example, path, matchers
        self.free_type = type(example) if all(matcher.kind == "type" for matcher in matchers) else None
        """The type of which every value is accepted."""
        self._texts: set[str] = set()
        """The last texts that were accepted."""

    def add_differences(self, actual: Json, differences: list[Difference]) -> None:
        """Append where a value is not what is relied on."""
        kind = type(actual)
        if kind is self.free_type or (kind is str and actual in self._texts):
            return
        example, count = self.example, len(differences)
        for matcher in self.matchers:
            if not accepts(matcher, example, actual):
                differences.append(self._difference(matcher, actual))
        if kind is str and len(differences) == count:
            if len(self._texts) >= _MOST_ACCEPTED:
                self._texts.clear()
            self._texts.add(actual)

    def add_differences_of_element(self, actual: Json, differences: list[Difference]) -> None:
        """Append the same of an element of an array; equal elements are mostly one object."""
        self.add_differences(actual, differences)

    def _difference(self, rule: Matcher, actual: Json) -> Difference:
        return Difference("body", self.path, rule, self.example, actual)


class _Container(ExpectedValue):
    """An object or an array of which only the type is relied on, because of a rule such as `eachKey`."""

    def __init__(
        self, example: Json, path: Path, matchers: tuple[Matcher, ...], *, examples_count: bool
    ) -> None:
        super().__init__(example, path, matchers)
        self._type, self._python_type = json_type(example), type(example)
        self._has_type = examples_count or not is_plain(matchers)

    def add_differences(self, actual: Json, differences: list[Difference]) -> None:
        if type(actual) is self._python_type or json_type(actual) == self._type:
            self._add_inner(actual, differences)
        elif self._has_type:
            differences.append(self._difference(self.matchers[0], actual))

    def _add_inner(self, actual: Json, differences: list[Difference]) -> None:
        """Append what differs below this place; `actual` has the type of the example."""


class _Object(_Container):
    """An object: all its members are relied on."""

    def __init__(self, source: _Source, example: Mapping[str, Json], path: Path) -> None:
        super().__init__(example, path, source.at(path), examples_count=source.examples_count)
        inner = ((name, source.place(member, (*path, name))) for name, member in example.items())
        self._members = [
            (name, place, None if isinstance(place, _Container) else place.free_type)
            for name, place in inner
            if place is not None
        ]
        self._names = example.keys()
        self._elements: dict[int, tuple[Json, list[Difference]]] = {}
        """The last elements of arrays by their identity, and where they are not what is relied on."""

    def add_differences_of_element(self, actual: Json, differences: list[Difference]) -> None:
        entry = self._elements.get(id(actual))
        if entry is None:
            entry = actual, []
            self.add_differences(actual, entry[1])
            if len(self._elements) >= _MOST_ACCEPTED:
                self._elements.clear()
            self._elements[id(actual)] = entry  # which keeps the element, and so its identity
        differences += entry[1]

    def _add_inner(self, actual: Json, differences: list[Difference]) -> None:
        if not self._names <= actual.keys():
            names = list(self._names)
            rule = self.matchers[0]
            differences.append(Difference("body", self.path, rule, names, list(actual), is_missing=True))
        for name, place, free_type in self._members:
            if name in actual:
                member = actual[name]
                if type(member) is not free_type:
                    place.add_differences(member, differences)


class _List(_Container):
    """An array: every element is like the example of the same index, or else like the first one."""

    def __init__(self, source: _Source, example: list[Json], path: Path) -> None:
        super().__init__(example, path, source.at(path), examples_count=source.examples_count)
        self._source = source
        self._is_fixed = is_plain(self.matchers)
        self._bounds = [(matcher, matcher.minimum, matcher.maximum) for matcher in self.matchers]
        self._places = [self._place(index) for index in range(len(example))]

    def _add_inner(self, actual: Json, differences: list[Difference]) -> None:
        count = len(actual)
        if self._is_fixed and count != len(self._places):
            differences.append(self._difference(self.matchers[0], actual))
            return
        for matcher, minimum, maximum in self._bounds:
            if count < minimum or (maximum is not None and count > maximum):
                differences.append(self._difference(matcher, actual))
        for index, element in enumerate(actual if self._places else ()):
            place = self._places[index] if index < len(self._places) else self._further_place(index)
            if place is not None:
                place.add_differences_of_element(element, differences)

    def _further_place(self, index: int) -> ExpectedValue | None:
        """The place of an element of which the example has none."""
        return self._place(index) if self._source.has_indexes else self._places[0]

    def _place(self, index: int) -> ExpectedValue | None:
        pattern = self.example[index] if index < len(self.example) else self.example[0]
        return self._source.place(pattern, (*self.path, str(index) if self._source.has_indexes else "*"))


class _Source:
    """The rules of a body, looked up once a path, and whether values of the example count without a rule."""

    def __init__(self, rules: Rules, *, examples_count: bool) -> None:
        self.examples_count = examples_count
        self.has_indexes = any(token.isdigit() for path, _ in rules.body for token in path)
        self._rules, self._known = rules, dict[Path, tuple[Matcher, ...]]()

    def at(self, path: Path) -> tuple[Matcher, ...]:
        """The rules of a path."""
        matchers = self._known.get(path)
        if matchers is None:
            matchers = self._known[path] = self._rules.at(path)
        return matchers

    def place(self, example: Json, path: Path) -> ExpectedValue | None:
        """The place of an example; None if nothing is relied on there."""
        matchers = self.at(path)
        if any(matcher.is_opaque for matcher in matchers) and isinstance(example, Mapping | list):
            return _Container(example, path, matchers, examples_count=self.examples_count)
        if isinstance(example, Mapping):
            return _Object(self, example, path)
        if not self.examples_count and is_plain(matchers):
            return None
        return (
            _List(self, example, path)
            if isinstance(example, list)
            else ExpectedValue(example, path, matchers)
        )


class ExpectedBody:
    """The example body of one side of an interaction."""

    def __init__(self, example: Json, rules: Rules, *, examples_count: bool) -> None:
        """`examples_count` is whether a value without a rule must be the one of the example."""
        self._example = example
        self._source = _Source(rules, examples_count=examples_count)
        self._place = self._source.place(example, ())

    def differences(self, actual: Json) -> list[Difference]:
        """Where a body is not what is relied on."""
        differences: list[Difference] = []
        if self._place is not None:
            self._place.add_differences(actual, differences)
        return differences

    def has_no_more(self, actual: Json) -> bool:
        """Whether the members of a body are all in the example: no other is the interaction's."""
        return _is_within(self._extent, actual)

    @cached_property
    def _extent(self) -> _Extent:
        return _extent_of(self._source, self._example, ())


#: The members of an object of the example, the elements of an array in a list, None where anything may be.
_Extent = dict[str, "_Extent"] | list["_Extent"] | None


def _extent_of(source: _Source, example: Json, path: Path) -> _Extent:
    if any(matcher.is_opaque for matcher in source.at(path)):
        return None
    if isinstance(example, Mapping):
        return {name: _extent_of(source, member, (*path, name)) for name, member in example.items()}
    if isinstance(example, list) and example:
        return [_extent_of(source, example[0], (*path, "*"))]
    return None


def _is_within(extent: _Extent, actual: Json) -> bool:
    """Whether a value has no member that the example lacks."""
    if isinstance(extent, dict):
        return not isinstance(actual, Mapping) or (
            actual.keys() <= extent.keys()
            and all(
                _is_within(inner, actual[name])
                for name, inner in extent.items()
                if inner is not None and name in actual
            )
        )
    if extent is None or not isinstance(actual, list):
        return True
    return all(_is_within(extent[0], element) for element in actual)
