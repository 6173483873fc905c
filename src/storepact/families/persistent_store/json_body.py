"""Reading a request body as strict JSON, with what not every JSON parser reads in the same way."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from storepact.model.case import NOTHING
from storepact.model.tree import Json

#: Levels of arrays and objects that every parser reads, and digits of a number.
DEEPEST, LONGEST_NUMBER = 32, 17

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = {"[": "]", "{": "}"}


@dataclass
class JsonBody:
    """A body as a JSON value; `NOTHING` where it is not JSON, or not read for its depth."""

    value: Json = NOTHING
    is_deep: bool = False
    """Whether arrays and objects are nested beyond `DEEPEST`; `value` is `NOTHING` then."""
    repeated: set[str] = field(default_factory=set)
    """Names that one object has twice; the last value counts in `value`."""
    has_extreme_number: bool = False
    """Whether a number has many digits or is out of the range of a double."""
    has_inherited_name: bool = False
    """Whether an object has a member `__proto__`, or one `constructor` with a `prototype` in it."""


def read_json(body: bytes) -> JsonBody:
    """Read a body; one that is not JSON in UTF-8 (`NaN` is not) has no value."""
    result = JsonBody()
    try:
        text = body.decode("utf-8")
        if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
            result.is_deep = True
            return result
        reader = _Reader(result)
        result.value = json.loads(
            text,
            parse_constant=_refuse,
            parse_int=reader.read_int,
            parse_float=reader.read_float,
            object_pairs_hook=reader.read_object,
        )
    except (ValueError, RecursionError):
        pass
    return result


def is_wide_json(body: bytes) -> bool:
    """Whether a body is JSON in UTF-16 or UTF-32, which some parsers recognize and read."""
    coding = json.detect_encoding(body)
    if coding.startswith("utf-8"):
        return False
    try:
        return read_json(body.decode(coding).encode()).value is not NOTHING
    except ValueError:
        return False


def is_damaged_json(body: bytes) -> bool:
    """Whether a body is JSON but for bytes that are not UTF-8, which some parsers replace by U+FFFD."""
    try:
        body.decode()
    except ValueError:
        return read_json(body.decode("utf-8", "replace").encode()).value is not NOTHING
    return False


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _depth(text: str) -> int:
    """How deeply arrays and objects are nested; 0 if their brackets do not fit."""
    deepest, open_brackets = 0, list[str]()
    for character in _STRING.sub("", text):
        if character in "[{":
            open_brackets.append(_BRACKETS[character])
            deepest = max(deepest, len(open_brackets))
        elif character in "]}" and (not open_brackets or open_brackets.pop() != character):
            return 0
    return 0 if open_brackets else deepest


class _Reader:
    """The hooks of the parser; they note in `body` what is unusual."""

    def __init__(self, body: JsonBody) -> None:
        self._body = body

    def read_int(self, text: str) -> float:
        if len(text.lstrip("-")) <= LONGEST_NUMBER:
            return int(text)
        self._body.has_extreme_number = True
        return int(text) if len(text) < 1_000 else math.copysign(1e308, -1 if text[0] == "-" else 1)

    def read_float(self, text: str) -> float:
        value = float(text)
        digits = re.sub(r"[eE].*|[-+.]", "", text)
        is_rounded_to_zero = value == 0 and digits.strip("0") != ""
        if math.isinf(value) or is_rounded_to_zero or len(digits) > LONGEST_NUMBER:
            self._body.has_extreme_number = True
        return math.copysign(1e308, value) if math.isinf(value) else value

    def read_object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            names = [name for name, _ in pairs]
            self._body.repeated |= {name for name in members if names.count(name) > 1}
        constructor = members.get("constructor")
        if "__proto__" in members or (isinstance(constructor, dict) and "prototype" in constructor):
            self._body.has_inherited_name = True
        return members
