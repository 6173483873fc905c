"""Reading the matching rules of a pact, in the notations of specifications 2, 3 and 4."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Mapping, Sequence

from storepact.model.tree import Json
from storepact.model.whole_numbers import read_whole_number
from storepact.pacts.matchers import Matcher, Path, Rules

_TOKEN = re.compile(
    r"\.\.?(?:(?P<name>[^.\[\]'\"\s][^.\[\]]*)|(?=\[))?"
    r"|\[\s*'(?P<single>(?:[^'\\]|\\.)*)'\s*\]|\[\s*\"(?P<double>(?:[^\"\\]|\\.)*)\"\s*\]"
    r"|\[\s*(?P<index>\d+|\*)\s*\]|\[(?P<bare>[^\[\]'\"]+)\]"
)

#: The names of rules without hyphens and in lower case, as specification 4 has them.
_KINDS = {
    "datetime": "timestamp", "real": "decimal", "double": "decimal", "float": "decimal", "int": "integer",
    "mintype": "min", "maxtype": "max", "minmaxtype": "minmax", "eachkey": "eachKey",
    "eachvalue": "eachValue",
    "arraycontains": "arrayContains", "notempty": "notEmpty", "contenttype": "contentType",
    "statuscode": "statusCode", "equals": "equality", "like": "type", "match": "regex",
}  # fmt: skip

_PLAIN_KINDS = frozenset(
    (
        "equality", "type", "regex", "integer", "decimal", "number", "boolean", "null", "include", "date",
        "time", "timestamp", "semver", "min", "max", "minmax", "values",
    )
)  # fmt: skip

#: Every rule that a verifier can apply.
SUPPORTED = _PLAIN_KINDS | frozenset(_KINDS.values())

_NO_RULES = Rules()

#: Members of a rule without a name that say which one it is.
_TELLING = ("regex", "date", "time", "timestamp")


def parse_rules(raw: Json, version: str) -> Rules:
    """Parse the `matchingRules` of one side of an interaction.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: they are not written as the specification has them.

    """
    if not raw:
        return _NO_RULES
    if version[:1] in "12" or any(name.startswith("$") for name in raw):
        return _parse_flat_rules(raw)
    headers = raw.get("header") or raw.get("headers") or {}
    return Rules(
        tuple((tokens_of(name), _parse_matchers(rule)) for name, rule in (raw.get("body") or {}).items()),
        {_name_of(name).lower(): _parse_matchers(rule) for name, rule in headers.items()},
        {_name_of(name): _parse_matchers(rule) for name, rule in (raw.get("query") or {}).items()},
        _parse_matchers(raw.get("path")),
        _parse_matchers(raw.get("status") or raw.get("statusCode")),
    )


def _name_of(expression: str) -> str:
    """The name of a header or parameter that a rule of specification 3 or 4 is for."""
    if expression.startswith("$"):
        return next(iter(tokens_of(expression)), "")
    return expression.partition("[")[0] or expression


def _parse_flat_rules(raw: Mapping[str, Json]) -> Rules:
    """Parse the one table of specification 2; the first token of a path names the part of the side."""
    body: list[tuple[Path, tuple[Matcher, ...]]] = []
    headers: dict[str, tuple[Matcher, ...]] = {}
    query: dict[str, tuple[Matcher, ...]] = {}
    path: tuple[Matcher, ...] = ()
    status: tuple[Matcher, ...] = ()
    for name, rule in raw.items():
        part, *rest = tokens_of(name) or ("",)
        match part:
            case "body":
                body.append((tuple(rest), _parse_matchers(rule)))
            case "header" | "headers":
                headers[".".join(rest[:1]).lower()] = _parse_matchers(rule)
            case "query":
                query[".".join(rest[:1])] = _parse_matchers(rule)
            case "path":
                path = _parse_matchers(rule)
            case "status":
                status = _parse_matchers(rule)
    return Rules(tuple(body), headers, query, path, status)


def path_of(expression: str) -> Path:
    """The tokens of a path expression such as `$.items[*]['name']`; indexes become `*`."""
    return tuple("*" if token.isdigit() else token for token in tokens_of(expression))


def tokens_of(expression: str) -> Path:
    """The tokens of a path expression such as `$.items[0]['name']`, indices as they are.

    Raises:
        ValueError: it is no path expression.

    """
    text = expression.strip().removeprefix("$")
    if text and text[0] not in ".[":
        text = f".{text}"
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.end() == position:
            raise ValueError(f"the path {expression!r} cannot be read at character {position + 1}")
        token = next((group for group in match.groups() if group is not None), None)
        if token is not None:
            quoted = match["single"] is not None or match["double"] is not None
            tokens.append(re.sub(r"\\(.)", r"\1", token) if quoted else token.strip())
        elif match.end() == len(text):
            raise ValueError(f"the path {expression!r} ends with a dot")
        position = match.end()
    return tuple(tokens)


def _parse_matchers(raw: Json) -> tuple[Matcher, ...]:
    """The matchers of one path. Older forms do not nest them; path and status have a list without a name."""
    if not raw:
        return ()
    if isinstance(raw, list):
        return tuple(_parse_matcher(matcher) for matcher in raw)
    if isinstance(raw, Mapping) and "matchers" in raw:
        matchers = tuple(_parse_matcher(matcher) for matcher in raw["matchers"])
        is_any = str(raw.get("combine") or raw.get("combineWith") or "AND").upper() == "OR"
        return (Matcher("or", alternatives=matchers),) if is_any and len(matchers) > 1 else matchers
    if isinstance(raw, Mapping) and "" in raw:
        return _parse_matchers(raw[""])
    return (_parse_matcher(raw),)


def _parse_matcher(raw: Mapping[str, Json]) -> Matcher:
    name = raw.get("match")
    if name is None:
        name = next((word for word in _TELLING if word in raw), "type")
    kind = _KINDS.get(str(name).replace("-", "").replace("_", "").lower(), str(name))
    kind = kind if kind in SUPPORTED else str(name)
    for bound in ("min", "max"):
        if raw.get(bound) is not None:
            _check_number(bound, raw[bound])
    if kind == "regex" and not isinstance(raw.get("regex"), str):
        raise ValueError("a rule `regex` has no text `regex`")
    inner = _parse_matchers(raw["rules"]) if kind in ("eachKey", "eachValue") and raw.get("rules") else ()
    variants = _parse_variants(raw.get("variants") or ()) if kind == "arrayContains" else ()
    return Matcher(kind, raw, inner=inner, variants=variants)


def _check_number(name: str, value: Json) -> None:
    if isinstance(value, str):
        is_number = read_whole_number(value) is not None
    elif isinstance(value, float):
        is_number = math.isfinite(value)
    else:
        is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number:
        raise ValueError(f"`{name}` of a rule is {reprlib.repr(value)}, not a number")


def _parse_variants(variants: Sequence[Mapping[str, Json]]) -> tuple[tuple[int, Rules], ...]:
    return tuple(
        (
            int(variant.get("index", index)),
            Rules(
                tuple(
                    (tokens_of(path), _parse_matchers(rule))
                    for path, rule in (variant.get("rules") or {}).items()
                )
            ),
        )
        for index, variant in enumerate(variants)
    )
