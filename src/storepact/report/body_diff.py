"""What was seen against what was expected, as the lines of a diff: the answer's body where the place is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from storepact.openapi.pointers import escape, unescape
from storepact.record.causes.subjects import FindingView

Line = tuple[str, str]
"""A sign, as in a diff (`-` expected, `+` seen, ` ` around it, `@` left out), and the text."""

#: Lines of the body that are shown before and after the place.
AROUND = 3

_PLACE = re.compile(r"^\d{3} (/\S*)")

_NAME = re.compile(r'\s*"(?:[^"\\]|\\.)*": ')

Printed = tuple[str, str]
"""Where a line of an indented body belongs (a JSON pointer), and the line."""


def lines(finding: Mapping[str, Any]) -> list[Line]:
    """The diff of a finding; empty where nothing was expected in particular."""
    if not finding["expected"] and not finding["actual"]:
        return []
    match = _PLACE.match(finding.get("touches") or "") or _PLACE.match(finding["locus"])
    body = _body(finding)
    place = match.group(1) if match else _of_story(finding, body)
    if place and body is not None:
        found = _in_body(body, place, finding)
        if found:
            return found
    return [("-", each) for each in (finding["expected"] or "nothing").split("\n")] + [
        ("+", each) for each in (finding["actual"] or "nothing").split("\n")
    ]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _of_story(finding: Mapping[str, Any], body: Any) -> str:
    """The member that a story is about, if the last answer of it shows it; else empty."""
    member = FindingView(finding).member if finding["story"] else ""
    return (
        member
        if isinstance(body, dict) and unescape(member.partition("/")[2].partition("/")[0]) in body
        else ""
    )


def _body(finding: Mapping[str, Any]) -> Any:
    exchange = finding["exchange"]
    if exchange is None:
        return None
    try:
        return json.loads(exchange["response"]["body"])
    except (ValueError, RecursionError):
        return None


def _in_body(body: Any, place: str, finding: Mapping[str, Any]) -> list[Line]:
    """The lines around the place; those at it are what was seen, and before them stands what was expected."""
    printed = list(_printed(body, "", 0, ""))
    wanted = re.compile(re.escape(place).replace(r"\*", r"\d+") + "$")
    at = [index for index, (pointer, _) in enumerate(printed) if wanted.match(pointer)]
    if at:
        first, last = at[0], _end(printed, at[0])
    else:  # it is missing: after the line that opens what it should be in
        above = re.compile(re.escape(place.rpartition("/")[0]).replace(r"\*", r"\d+") + "$")
        opened = [index for index, (pointer, _) in enumerate(printed) if above.match(pointer)]
        if not opened:
            return []
        first, last = opened[0] + 1, opened[0]
    indent = " " * (len(printed[first][1]) - len(printed[first][1].lstrip())) if first < len(printed) else ""
    told: list[Line] = [(" ", text) for _, text in printed[max(0, first - AROUND) : first]]
    named = _NAME.match(printed[first][1]) if at and _is_json(finding["expected"]) else None
    told += [
        ("-", f"{named.group(0) if named else indent}{each}")
        for each in (finding["expected"] or "nothing").split("\n")
    ]
    shown = printed[first : last + 1][:12]
    told += [("+", text) for _, text in shown] or [("+", f"{indent}{finding['actual'] or 'nothing'}")]
    told += [("@", "…")] * (last + 1 - first > len(shown))
    return told + [(" ", text) for _, text in printed[last + 1 : last + 1 + AROUND]]


def _end(printed: list[Printed], first: int) -> int:
    """The last line of what begins at a line."""
    pointer = printed[first][0]
    last = first
    while last + 1 < len(printed) and (
        printed[last + 1][0] == pointer or printed[last + 1][0].startswith(f"{pointer}/")
    ):
        last += 1
    return last


def _printed(value: Any, pointer: str, depth: int, lead: str, tail: str = "") -> Iterator[Printed]:
    """A JSON value, indented, each line with the place that it belongs to."""
    indent = "  " * depth
    if isinstance(value, dict | list) and value:
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        yield pointer, f"{indent}{lead}{opening}"
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        for number, (key, each) in enumerate(pairs, 1):
            name = f"{json.dumps(key, ensure_ascii=False)}: " if isinstance(value, dict) else ""
            yield from _printed(
                each, f"{pointer}/{escape(key)}", depth + 1, name, "," if number < len(pairs) else ""
            )
        yield pointer, f"{indent}{closing}{tail}"
    else:
        yield pointer, f"{indent}{lead}{json.dumps(value, ensure_ascii=False)}{tail}"
