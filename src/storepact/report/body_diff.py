"""Expected against actual as the lines of a diff, within the body if the finding is about a member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from storepact.model.flaw import FlawKind
from storepact.openapi.pointers import escape, unescape
from storepact.record.values import Finding

Line = tuple[str, str]
"""A sign (`-` expected, `+` actual, ` ` context, `@` left out) and the text."""

#: Lines of the body before and after the member.
CONTEXT = 3

#: Lines of the member itself that are included.
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
    return [
        *(("-", line) for line in (finding.expected or "nothing").split("\n")),
        *(("+", line) for line in (finding.actual or "nothing").split("\n")),
    ]


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
    text = printed[first][1] if first < len(printed) else ""
    indent = " " * (len(text) - len(text.lstrip()))
    name = _NAME.match(text) if indexes and _is_json(finding.expected) else None
    prefix = name.group(0) if name else indent
    member = printed[first : last + 1][:_MEMBER_LINES]
    return [
        *((" ", line) for _, line in printed[max(0, first - CONTEXT) : first]),
        *(("-", f"{prefix}{line}") for line in (finding.expected or "nothing").split("\n")),
        *([("+", line) for _, line in member] or [("+", f"{indent}{finding.actual or 'nothing'}")]),
        *([("@", "…")] if last + 1 - first > len(member) else []),
        *((" ", line) for _, line in printed[last + 1 : last + 1 + CONTEXT]),
    ]


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
