"""The lines of values in a JSON document."""

from __future__ import annotations

import json

import pytest

from storepact.openapi.json_text import JsonText

DOCUMENT = {"openapi": "3.0.3", "paths": {"/a/{b}": {"get": {"tags": ["x", "y"]}}}, "x~y": {}, "last": []}
LINES = {
    "": 1,
    "/openapi": 2,
    "/paths": 3,
    "/paths/~1a~1{b}/get": 5,
    "/paths/~1a~1{b}/get/tags/1": 8,
    "/paths/~1a~1{b}/put": 4,
    "/paths/~1a~1{b}/get/tags/7": 6,
    "/x~0y": 13,
    "/last": 14,
    "/last/0": 14,
    "/none": 1,
}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n\n"])
def test_lines(newline):
    """The line of a member's name, or of the nearest above; empty lines and other ends of lines count."""
    text = JsonText(json.dumps(DOCUMENT, indent=1).replace("\n", newline))
    step = 2 if newline == "\n\n" else 1
    assert {pointer: (text.line(pointer) - 1) // step + 1 for pointer in LINES} == LINES


def test_one_line_and_escapes():
    """A document in one line, and names that are written with escapes."""
    assert JsonText(json.dumps(DOCUMENT)).line("/paths/~1a~1{b}/get/tags/1") == 1
    assert JsonText('\n{"caf\\u00e9":\n {"a\\/b": 1}}').line("/caf\u00e9/a~1b") == 3
    assert JsonText("7").line("/a") == 1
