"""Expected against actual as the lines of a diff, within the body if the finding is about a member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from storepact.model.flaw import FlawKind
from storepact.openapi.pointers import escape, unescape
from storepact.record.values import Finding

Line = tuple[str, str]
"""A sign (`-` expected, `+` actual, ` ` context, `@` left out) and the text."""

#: Lines of the body before and after the member.
CONTEXT = 3

#: Lines of a value that follow one another and are included.
_MEMBER_LINES = 12

_BODY_LOCUS = re.compile(r"^\d{3} (/\S*)")

#: Flaws of a resource as a whole: of several in a list, the locus does not say which one it is.
_WHOLE = (FlawKind.STALE, FlawKind.OUTDATED)

_NAME = re.compile(r'\s*"(?:[^"\\]|\\.)*": ')

PrintedLine = tuple[str, str]
"""JSON pointer of what is in a line of an indented body, and the line."""


def diff_lines(finding: Finding) -> list[Line]:
    """The diff of a finding; empty if it has neither an expected nor an actual value."""
    if not finding.expected and not finding.actual:
        return []
    body = _response_body(finding)
    pointer = _member_pointer(finding, body)
    if pointer and body is not None:
        lines = _lines_in_body(body, pointer, finding)
        if lines:
            return lines
    expected = _value_lines(finding.expected, pointer, 0, "", "", is_json=_is_json(finding.actual))
    actual = _value_lines(finding.actual, pointer, 0, "", "", is_json=_is_json(finding.expected))
    return _compare_lines(expected, actual)


def _response_body(finding: Finding) -> Any:
    if finding.exchange is None:
        return None
    try:
        return json.loads(finding.exchange.response.body)
    except (ValueError, RecursionError):
        return None


def _member_pointer(finding: Finding, body: Any) -> str:
    """JSON pointer into the body, with `*` for elements; empty if the finding is not about a member of it."""
    match = _BODY_LOCUS.match(finding.touches) or _BODY_LOCUS.match(finding.locus)
    if match and finding.flaw not in _WHOLE:
        return match.group(1)
    if finding.story and finding.member.startswith("/") and isinstance(body, dict):
        name = unescape(finding.member.split("/")[1])
        return finding.member if name in body else ""
    return ""


def _lines_in_body(body: Any, pointer: str, finding: Finding) -> list[Line]:
    """The lines around a member: its own are the actual value, the expected one is put before them."""
    printed = list(_print(body, "", 0, ""))
    indexes = _matching_lines(printed, pointer)
    if indexes:
        first, last = indexes[0], _last_line(printed, indexes[0])
    else:  # the member is missing: put it after the first line of its parent
        parents = _matching_lines(printed, pointer.rpartition("/")[0])
        if not parents:
            return []
        first, last = parents[0] + 1, parents[0]
    depth, lead, tail = _surroundings(printed, first, pointer, is_there=bool(indexes))
    member = [line for _, line in printed[first : last + 1]]
    expected = _value_lines(finding.expected, pointer, depth, lead, tail, is_json=True)
    actual = member or _value_lines(finding.actual, pointer, depth, lead, tail, is_json=True)
    return [
        *((" ", line) for _, line in printed[max(0, first - CONTEXT) : first]),
        *_compare_lines(expected, actual),
        *((" ", line) for _, line in printed[last + 1 : last + 1 + CONTEXT]),
    ]


def _surroundings(
    printed: Sequence[PrintedLine], first: int, pointer: str, *, is_there: bool
) -> tuple[int, str, str]:
    """(depth, name, comma) of a member, so that the expected value is printed as the actual one is."""
    text = printed[first][1] if first < len(printed) else ""
    depth = (len(text) - len(text.lstrip())) // 2
    if not is_there:
        name = pointer.rpartition("/")[2]
        return depth, "" if name == "*" else f"{json.dumps(unescape(name), ensure_ascii=False)}: ", ","
    name_match = _NAME.match(text)
    last = printed[_last_line(printed, first)][1]
    return depth, name_match.group(0).lstrip() if name_match else "", "," if last.endswith(",") else ""


def _value_lines(text: str, pointer: str, depth: int, lead: str, tail: str, *, is_json: bool) -> list[str]:
    """The lines of a value: as JSON where it is JSON, else in words, which within JSON are in brackets."""
    if _is_json(text) and is_json:
        return [line for _, line in _print(json.loads(text), pointer, depth, lead, tail)]
    words = (text or "nothing").split("\n")
    if not lead and not depth:
        return words
    return [f"{'  ' * depth}{lead}({words[0]}){tail}", *(f"{'  ' * depth}{line}" for line in words[1:])]


def _compare_lines(expected: Sequence[str], actual: Sequence[str]) -> list[Line]:
    """The lines of both, equal ones once, and not more of either than a page takes."""
    lines: list[Line] = []
    matcher = SequenceMatcher(None, expected, actual, autojunk=False)
    for kind, first, last, other_first, other_last in matcher.get_opcodes():
        if kind == "equal":
            lines += _cut(" ", expected[first:last])
        else:
            lines += _cut("-", expected[first:last])
            lines += _cut("+", actual[other_first:other_last])
    return lines


def _cut(sign: str, lines: Sequence[str]) -> list[Line]:
    return [*((sign, line) for line in lines[:_MEMBER_LINES]), *([("@", "…")] * (len(lines) > _MEMBER_LINES))]


def _matching_lines(printed: Sequence[PrintedLine], pointer: str) -> list[int]:
    pattern = re.compile(re.escape(pointer).replace(r"\*", r"\d+"))
    return [index for index, (line_pointer, _) in enumerate(printed) if pattern.fullmatch(line_pointer)]


def _last_line(printed: Sequence[PrintedLine], first: int) -> int:
    """The index of the last line of the value that begins in a line."""
    pointer = printed[first][0]
    last = first
    while last + 1 < len(printed) and f"{printed[last + 1][0]}/".startswith(f"{pointer}/"):
        last += 1
    return last


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _print(value: Any, pointer: str, depth: int, lead: str, tail: str = "") -> Iterator[PrintedLine]:
    """A JSON value, indented; each line with the pointer of what is in it."""
    indent = "  " * depth
    if isinstance(value, dict | list) and value:
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        yield pointer, f"{indent}{lead}{opening}"
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        for number, (key, member) in enumerate(pairs, 1):
            name = f"{json.dumps(key, ensure_ascii=False)}: " if isinstance(value, dict) else ""
            comma = "," if number < len(pairs) else ""
            yield from _print(member, f"{pointer}/{escape(key)}", depth + 1, name, comma)
        yield pointer, f"{indent}{closing}{tail}"
    else:
        yield pointer, f"{indent}{lead}{json.dumps(value, ensure_ascii=False)}{tail}"
