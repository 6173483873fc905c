"""Interactions applied to recorded exchanges: whether a request is theirs, and what a response breaks.

A rule that is not read here accepts everything: what is reported, pact's verifier reports, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl

from storepact.model.exchange import NOT_JSON, Headers, Request, Response
from storepact.model.tree import Json
from storepact.openapi.media import parse_media
from storepact.openapi.members import json_type
from storepact.openapi.patterns import Match, match_text
from storepact.pacts.contract import BINARY, NO_BODY, REQUEST, RESPONSE, Interaction
from storepact.pacts.matchers import EQUALITY, Matcher, Path, Rules

#: Headers of one connection, and those that recordings leave out.
_TRANSPORT = frozenset(
    {"connection", "content-encoding", "content-length", "date", "set-cookie", "transfer-encoding", "vary"}
)

#: Elements of a recorded array that are matched: more of them take time in every list and show little else.
_MOST_ELEMENTS = 10

_NUMBERS = frozenset({"integer", "number"})

#: The JSON types that a rule accepts.
_TYPES: Mapping[str, frozenset[str]] = {
    "integer": frozenset({"integer"}), "decimal": _NUMBERS, "number": _NUMBERS, "null": frozenset({"null"}),
    "boolean": frozenset({"boolean", "string"}), "date": frozenset({"string"}), "time": frozenset({"string"}),
    "timestamp": frozenset({"string"}), "semver": frozenset({"string"}),
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """Where a response is not what an interaction relies on."""

    part: Literal["status", "header", "body"]
    path: Path
    """The place in the body, or the header's name."""
    rule: Matcher
    """The rule that it breaks; `equality` where there is none."""
    expected: Json
    actual: Json
    is_missing: bool = False
    """Whether members of the object are missing: `expected` and `actual` are their names."""


def is_request_of(interaction: Interaction, request: Request) -> bool:
    """Whether a request is the one of an interaction, in all its parts."""
    if not interaction.is_http or request.method != interaction.method:
        return False
    path, _, query = request.path.partition("?")
    rules = interaction.rules(REQUEST)
    return (
        _texts_match(rules.path, interaction.path, path)
        and _query_matches(interaction, rules, query)
        and _headers_match(interaction, rules, request.headers)
        and _request_body_matches(interaction, rules, request)
    )


def _texts_match(matchers: Sequence[Matcher], example: str, actual: str) -> bool:
    """Whether a text of a request is certainly what an interaction sends."""
    if not matchers:
        return actual == example
    return all(
        match_text(str(matcher.raw["regex"]), actual) is Match.YES
        if matcher.kind == "regex"
        else matcher.kind == "type" or actual == example
        for matcher in matchers
    )


def _query_matches(interaction: Interaction, rules: Rules, query: str) -> bool:
    sent, expected = parse_qsl(query, keep_blank_values=True), interaction.query
    return sorted(name for name, _ in sent) == sorted(name for name, _ in expected) and all(
        _texts_match(rules.query.get(name, ()), value, actual)
        for (name, value), (_, actual) in zip(sorted(expected), sorted(sent), strict=True)
    )


def _headers_match(interaction: Interaction, rules: Rules, headers: Headers) -> bool:
    sent = {name.lower(): value for name, value in headers}
    for name, example in interaction.headers(REQUEST).items():
        actual, key = sent.get(name.lower()), name.lower()
        if actual is None:
            return False
        is_free = key in ("authorization", "accept", "user-agent")  # a verifier sends its own, too
        if not (is_free or _header_agrees(key, rules.headers.get(key, ()), example, actual)):
            return False
    return True


def _header_agrees(name: str, matchers: Sequence[Matcher], example: str, actual: str) -> bool:
    if not matchers and name == "content-type":
        return parse_media(actual).plain == parse_media(example).plain
    return _texts_match(matchers, _without_blanks(example), _without_blanks(actual))


def _without_blanks(text: str) -> str:
    return ",".join(part.strip() for part in text.split(","))


def _request_body_matches(interaction: Interaction, rules: Rules, request: Request) -> bool:
    example = interaction.body(REQUEST)
    if example is NO_BODY:
        return not request.body
    if example is BINARY or request.json is NOT_JSON:
        return False
    return _has_no_more(example, request.json, (), rules) and not any(
        _body_differences(example, request.json, (), _Rules(rules), examples_count=True)
    )


def _has_no_more(example: Json, actual: Json, path: Path, rules: Rules) -> bool:
    """Whether the members of a request's body are all in the example: no other is the interaction's."""
    if any(matcher.is_opaque for matcher in rules.at(path)):
        return True
    if isinstance(example, Mapping) and isinstance(actual, Mapping):
        return actual.keys() <= example.keys() and all(
            _has_no_more(example[name], member, (*path, name), rules) for name, member in actual.items()
        )
    if isinstance(example, list) and isinstance(actual, list) and example:
        return all(_has_no_more(example[0], element, (*path, "*"), rules) for element in actual)
    return True


class _Rules:
    """The rules of a body, looked up once a path."""

    def __init__(self, rules: Rules) -> None:
        self._rules, self._known = rules, dict[Path, tuple[Matcher, ...]]()
        self.has_indexes = any(token.isdigit() for path, _ in rules.body for token in path)

    def at(self, path: Path) -> tuple[Matcher, ...]:
        matchers = self._known.get(path)
        if matchers is None:
            matchers = self._known[path] = self._rules.at(path)
        return matchers


class RecordedResponses:
    """What recorded responses have to be for one interaction."""

    def __init__(self, interaction: Interaction) -> None:
        self.interaction = interaction
        self._rules = _Rules(interaction.rules(RESPONSE))
        self._has_generators = bool(interaction.raw.get(RESPONSE, {}).get("generators"))

    def differences(self, response: Response, *, examples_count: bool) -> Iterator[Difference]:
        """Where a response is not what the interaction relies on; of another status only that.

        `examples_count` is whether the response can be expected to have the values of the example where no
        rule is written.
        """
        expected = self.interaction.status
        if response.status != expected:
            yield Difference("status", (), EQUALITY, expected, response.status)
            return
        yield from self._header_differences(response)
        example = self.interaction.body(RESPONSE)
        if example in (NO_BODY, BINARY, None) or isinstance(example, str) or response.json is NOT_JSON:
            return
        is_fixed = examples_count and not self._has_generators
        yield from _body_differences(example, response.json, (), self._rules, examples_count=is_fixed)

    def _header_differences(self, response: Response) -> Iterator[Difference]:
        shown = {name.lower(): value for name, value in response.headers}
        rules = self.interaction.rules(RESPONSE).headers
        for name, example in self.interaction.headers(RESPONSE).items() if shown else ():
            key, actual = name.lower(), shown.get(name.lower())
            matchers = rules.get(key, ())
            if key in _TRANSPORT or (actual is None and not response.body and key == "content-type"):
                continue
            if actual is None:
                yield Difference("header", (name,), EQUALITY, example, None)
            elif key == "content-type" and not matchers:
                if parse_media(actual).plain != parse_media(example).plain:
                    yield Difference("header", (name,), EQUALITY, example, actual)
            else:
                broken = (rule for rule in matchers if not _accepts(rule, example, actual))
                yield from (Difference("header", (name,), rule, example, actual) for rule in broken)


def _body_differences(
    example: Json, actual: Json, path: Path, rules: _Rules, *, examples_count: bool
) -> Iterator[Difference]:
    matchers = rules.at(path)
    if not examples_count and not isinstance(example, Mapping | list) and _is_plain(matchers):
        return
    if not isinstance(example, Mapping | list):
        broken = (matcher for matcher in matchers if not _accepts(matcher, example, actual))
        yield from (Difference("body", path, matcher, example, actual) for matcher in broken)
    elif json_type(actual) != json_type(example):
        if examples_count or not _is_plain(matchers):
            yield Difference("body", path, matchers[0], example, actual)
    elif any(matcher.is_opaque for matcher in matchers):
        return
    elif isinstance(example, Mapping):
        yield from _object_differences(example, actual, path, rules, examples_count=examples_count)
    else:
        yield from _list_differences(example, actual, path, rules, examples_count=examples_count)


def _is_plain(matchers: Sequence[Matcher]) -> bool:
    """Whether no rule is written: the value is the one of the example."""
    return all(matcher.kind == "equality" for matcher in matchers)


def _object_differences(
    example: Mapping[str, Json],
    actual: Mapping[str, Json],
    path: Path,
    rules: _Rules,
    *,
    examples_count: bool,
) -> Iterator[Difference]:
    if not example.keys() <= actual.keys():
        names, shown = list(example), list(actual)
        yield Difference("body", path, rules.at(path)[0], names, shown, is_missing=True)
    for name, member in example.items():
        if name in actual:
            inner = (*path, name)
            yield from _body_differences(member, actual[name], inner, rules, examples_count=examples_count)


def _list_differences(
    example: list[Json], actual: list[Json], path: Path, rules: _Rules, *, examples_count: bool
) -> Iterator[Difference]:
    matchers = rules.at(path)
    if _is_plain(matchers):
        if not examples_count:
            return
        if len(example) != len(actual):
            yield Difference("body", path, matchers[0], example, actual)
            return
    for matcher in matchers:
        maximum = matcher.maximum
        if len(actual) < matcher.minimum or (maximum is not None and len(actual) > maximum):
            yield Difference("body", path, matcher, example, actual)
    for index, element in enumerate(actual[:_MOST_ELEMENTS] if example else ()):
        pattern = example[index] if index < len(example) else example[0]
        token = str(index) if rules.has_indexes else "*"
        yield from _body_differences(pattern, element, (*path, token), rules, examples_count=examples_count)


def _accepts(matcher: Matcher, example: Json, actual: Json) -> bool:
    """Whether a rule accepts a value, as far as the rule is read here."""
    accept = _ACCEPTANCES.get(matcher.kind)
    if accept is not None:
        return accept(matcher, example, actual)
    types = _TYPES.get(matcher.kind)
    return types is None or json_type(actual) in types


def _accepts_type(matcher: Matcher, example: Json, actual: Json) -> bool:
    types = {json_type(example), json_type(actual)}
    return len(types) == 1 or types <= _NUMBERS


def _equals(matcher: Matcher, example: Json, actual: Json) -> bool:
    return bool(example == actual) and isinstance(example, bool) == isinstance(actual, bool)


def _matches_regex(matcher: Matcher, example: Json, actual: Json) -> bool:
    text = actual if isinstance(actual, str) else json.dumps(actual)
    return match_text(str(matcher.raw["regex"]), text) is not Match.NO


def _includes(matcher: Matcher, example: Json, actual: Json) -> bool:
    return not isinstance(actual, str) or str(matcher.raw.get("value", "")) in actual


def _accepts_either(matcher: Matcher, example: Json, actual: Json) -> bool:
    return any(_accepts(alternative, example, actual) for alternative in matcher.alternatives)


_ACCEPTANCES: Mapping[str, Callable[[Matcher, Json, Json], bool]] = {
    "equality": _equals,
    "type": _accepts_type,
    "regex": _matches_regex,
    "include": _includes,
    "or": _accepts_either,
}
