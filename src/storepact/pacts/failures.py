"""Where an example does not fit its schema: how bad that is, given what the rules accept beside the example.

An example that no provider can send is an error if the rules accept nothing that the schema allows. If they
accept other values that it allows, the example is merely a bad one: a warning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.directed import Failure
from storepact.openapi.json_types import declared_types
from storepact.openapi.patterns import Match, match_text
from storepact.openapi.pointers import pointer_to
from storepact.pacts.accepted import FORMATS, Accepted, text_of
from storepact.pacts.disagreement import Level, Mismatch
from storepact.pacts.matchers import EQUALITY, MAX_ELEMENTS, Rules

_ABOUT_TYPES = frozenset({"type"})
_ABOUT_VALUES = frozenset({"enum", "const"})
_ABOUT_TEXTS = frozenset({"pattern", "minLength", "maxLength", "format"})
_ABOUT_LENGTHS = frozenset({"minItems", "maxItems"})
_ABOUT_ELEMENTS = frozenset({"uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems"})
_ABOUT_MEMBERS = frozenset(
    {"additionalProperties", "unevaluatedProperties", "propertyNames", "maxProperties"}
)

#: Rules under which the names of members are not relied on.
_OPEN_NAMES = frozenset({"eachKey", "eachValue", "values"})


@lean_value(frozen=True)
class Refusal:
    """A place in an example that does not fit, with the rules that hold there."""

    failure: Failure
    level: Level
    accepted: Accepted

    @property
    def path(self) -> tuple[str, ...]:
        """The place in the body, with the member that is not allowed."""
        tokens = tuple(str(token) for token in self.failure.path)
        return (*tokens, self.failure.member) if self.failure.member else tokens

    @property
    def rule(self) -> str:
        """One word for the kind of difference."""
        if self.failure.keyword == "type":
            return "type"
        return "member" if self.failure.member else "example"

    def mismatch(self, name: str) -> Mismatch:
        """The difference; `name` is what messages call the place."""
        failure, example = self.failure, self.failure.value
        if self.rule == "type":
            described = _either(declared_types(failure.schema) or frozenset())
            message = f"relies on {name} as {_either(self.accepted.types)}, described is {described}"
            return Mismatch(self.level, "type", message, described, example)
        if self.rule == "member":
            message = f"relies on the member {name}, which is not described"
            return Mismatch(self.level, "member", message, "", example)
        expected = {failure.keyword: failure.expected} if failure.keyword in failure.schema else ""
        text = json.dumps(example, ensure_ascii=False)
        if self.level is Level.ERROR:
            how = "being" if self.accepted.is_exact else "like"
            message = f"relies on {name} {how} {text}: {failure.message}"
        else:
            message = f"has an example of {name} that is no valid value, {text}: {failure.message}"
        return Mismatch(self.level, "example", message, expected, example)


def refusals(failures: tuple[Failure, ...], rules: Rules | None, example: Json) -> Iterator[Refusal]:
    """What each failure amounts to. Without `rules` only the example counts.

    Of alternatives that all fail, the one that comes closest is reported.
    """
    for failure in failures:
        yield from _weigh(failure, rules, example)


def lengthen_arrays(failures: tuple[Failure, ...], rules: Rules, example: Json) -> Json:
    """The example with arrays that are too short made long enough, where its rules accept more elements.

    Rules that hold for any element have the last one of the example stand for those that are not shown.
    """
    for failure in _leaves(failures):
        path = tuple(str(token) for token in failure.path)
        array, least = example_at(example, path), failure.expected
        is_short = failure.keyword == "minItems" and isinstance(array, list) and isinstance(least, int)
        if is_short and array and least <= MAX_ELEMENTS and not Accepted(rules.at(path), array).is_exact:
            longer = [*array, *[array[-1]] * (least - len(array))]
            example = _replace_at(example, path, longer)
    return example


def _leaves(failures: Iterable[Failure]) -> Iterator[Failure]:
    for failure in failures:
        if failure.branches:
            yield from (leaf for branch in failure.branches for leaf in _leaves(branch))
        else:
            yield failure


def _replace_at(example: Json, path: tuple[str, ...], value: Json) -> Json:
    """A copy of an example with another value at a path."""
    if not path:
        return value
    key = int(path[0]) if isinstance(example, list) else path[0]
    copy = example.copy()
    copy[key] = _replace_at(example[key], path[1:], value)
    return copy


def _weigh(failure: Failure, rules: Rules | None, example: Json) -> list[Refusal]:
    if not failure.branches:
        return [_weigh_leaf(failure, rules, example)]
    branches = [
        [refusal for inner in branch for refusal in _weigh(inner, rules, example)]
        for branch in failure.branches
    ]
    closest = max(branches, key=_closeness)
    return closest or [_weigh_leaf(failure, rules, example)]


def _closeness(branch: list[Refusal]) -> tuple[int, int, int]:
    """How close an alternative comes: by its worst level, then how deep, then how few failures there are."""
    rank = min((refusal.level.rank for refusal in branch), default=0)
    selected = [refusal.failure.keyword in ("const", "enum", "type") for refusal in branch]
    depth = max((len(refusal.failure.path) for refusal in branch), default=0)
    return (rank, -sum(selected), depth)


def _weigh_leaf(failure: Failure, rules: Rules | None, example: Json) -> Refusal:
    path = tuple(str(token) for token in failure.path)
    matchers = (EQUALITY,) if rules is None else rules.at(path)
    accepted = Accepted(matchers, example_at(example, path))
    may_agree = rules is not None and _may_agree(failure, accepted, rules, path)
    return Refusal(failure, Level.WARNING if may_agree else Level.ERROR, accepted)


def example_at(example: Json, path: tuple[str, ...]) -> Json:
    """The value at a path of names and indices; None where there is none."""
    for token in path:
        try:
            example = example[int(token)] if isinstance(example, list) else example[token]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return example


def _may_agree(failure: Failure, accepted: Accepted, rules: Rules, path: tuple[str, ...]) -> bool:
    """Whether the rules accept some other value that satisfies the violated keyword."""
    keyword = failure.keyword
    if keyword in _ABOUT_MEMBERS or (failure.member and keyword == "not"):
        return any(matcher.kind in _OPEN_NAMES for matcher in accepted.matchers)
    if keyword in ("not", "oneOf") and isinstance(failure.value, Mapping | list):
        return any(written[: len(path)] == path for written, _ in rules.body) or not accepted.is_exact
    if accepted.is_exact:
        return False
    if keyword in _ABOUT_TYPES:
        allowed = declared_types(failure.schema)
        return allowed is None or bool(allowed & accepted.types)
    if keyword in _ABOUT_VALUES:
        return any(accepted.accepts(value) is not False for value in _values(failure))
    if keyword in _ABOUT_LENGTHS:
        return lengths_agree(accepted, failure.schema)
    if keyword in _ABOUT_TEXTS:
        return _texts_agree(failure, accepted)
    return keyword in _ABOUT_ELEMENTS or _numbers_agree(failure, accepted)


def _values(failure: Failure) -> list[Json]:
    return list(failure.expected) if failure.keyword == "enum" else [failure.expected]


def lengths_agree(accepted: Accepted, schema: Mapping[str, Json]) -> bool:
    """Whether an array can have as many elements as the rules accept and as the schema allows."""
    least, most = accepted.lengths
    maximum = schema.get("maxItems")
    if isinstance(maximum, int) and least > maximum:
        return False
    minimum = schema.get("minItems")
    return most is None or not isinstance(minimum, int) or most >= minimum


def _texts_agree(failure: Failure, accepted: Accepted) -> bool:
    """Whether some accepted text satisfies a keyword about texts."""
    kinds = {matcher.kind for matcher in accepted.matchers}
    if failure.keyword == "format":
        return not kinds & FORMATS.keys() or failure.expected not in FORMATS.values()
    if failure.keyword == "maxLength" and isinstance(failure.expected, int):
        included = [
            str(matcher.raw.get("value", "")) for matcher in accepted.matchers if matcher.kind == "include"
        ]
        if any(len(text) > failure.expected for text in included):
            return False
    values = accepted.values
    if values is None:
        return True
    return any(_satisfies(failure.keyword, failure.expected, text_of(value)) for value in values)


def _satisfies(keyword: str, expected: Json, text: str) -> bool:
    if keyword == "pattern":
        return match_text(str(expected), text) is not Match.NO
    if not isinstance(expected, int):
        return True
    return len(text) >= expected if keyword == "minLength" else len(text) <= expected


def _numbers_agree(failure: Failure, accepted: Accepted) -> bool:
    """Whether some accepted number satisfies a keyword about numbers; other keywords are not decided."""
    values = accepted.values
    if values is None:
        return True
    numbers = [_number(text_of(value)) for value in values]
    bound = failure.expected
    if not isinstance(bound, int | float) or isinstance(bound, bool):
        return True
    checks = {
        "minimum": lambda number: number >= bound,
        "maximum": lambda number: number <= bound,
        "exclusiveMinimum": lambda number: number > bound,
        "exclusiveMaximum": lambda number: number < bound,
    }
    check = checks.get(failure.keyword)
    return check is None or any(number is not None and check(number) for number in numbers)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _either(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "nothing"


def place_name(path: tuple[str, ...]) -> str:
    """What messages call a place in a body: its pointer with `*` for elements."""
    return pointer_to("*" if token.isdigit() else token for token in path) or "the body"
