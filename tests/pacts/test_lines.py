"""The lines of a pact's file, for every way in which JSON may be laid out."""

from __future__ import annotations

import json

import pytest

from storepact.pacts.lines import PactLines

INTERACTION = {
    "description": 'a {brace}, a [bracket], a "quote" and a \\',
    "request": {"method": "GET", "path": "/a", "headers": {"X/Y~Z": "1"}},
    "response": {"status": 200, "body": {"list": [{"n": 1}, {"n": [2, 3]}], "caf\u00e9": None, "": {}}},
}
PACT = {"consumer": {"name": "c"}, "interactions": [INTERACTION, INTERACTION], "metadata": {}}

#: By pointer: the line in the pact that is indented by 1.
LINES = {
    "": 1,
    "/consumer/name": 1,
    "/interactions/0": 6,
    "/interactions/0/description": 7,
    "/interactions/0/request/headers/X~1Y~0Z": 12,
    "/interactions/0/response/status": 16,
    "/interactions/0/response/body/list/1/n/1": 25,
    "/interactions/0/response/body/caf\u00e9": 29,
    "/interactions/0/response/body/": 30,
    "/interactions/0/response/body/none/of/these": 17,
    "/interactions/1/response/status": 44,
    "/interactions/7/response": 1,
    "/interactions/x": 1,
}


def lines_of(folder, text):
    (folder / "pact.json").write_text(text, encoding="utf-8")
    return PactLines(folder / "pact.json")


@pytest.mark.parametrize("ascii_only", [True, False])
def test_indented(tmp_path, ascii_only):
    """The line of a member's name, or of the nearest above."""
    lines = lines_of(tmp_path, json.dumps(PACT, indent=1, ensure_ascii=ascii_only))
    assert {pointer: lines.line(pointer) for pointer in LINES} == LINES


def test_other_layouts(tmp_path):
    """Everything in one line, an interaction a line, a mark at the begin, CRLF, and no file at all."""
    pointer = "/interactions/1/response/body/list/0/n"
    compact = json.dumps(PACT)
    assert lines_of(tmp_path, compact).line(pointer) == 1
    one = json.dumps(INTERACTION)
    assert lines_of(tmp_path, f'{{"interactions": [\n{one},\n{one}]}}').line(pointer) == 3
    indented = json.dumps(PACT, indent=1)
    assert lines_of(tmp_path, f"\ufeff{indented}").line("/interactions/0/description") == 7
    assert lines_of(tmp_path, indented.replace("\n", "\r\n")).line("/interactions/0/description") == 7
    assert PactLines(tmp_path / "none.json").line(pointer) is None
