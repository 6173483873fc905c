"""Fresh cases of earlier runs are read, and drawn anew where their file cannot be used."""

from __future__ import annotations

import pytest

from storepact.engines.drawn_cases import DrawnCases
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Case
from storepact.model.paths import data_path
from storepact.openapi.load import load_document

CASES = [
    Case("createIntegration", "redis", "fuzzing", body={"name": "\ud800", "tags": [1.0, None]}),
    Case("createIntegration", "redis", "fuzzing", "no JSON", body=b"\xff{"),
    Case("getIntegration", None, "fuzzing", query=(("a", "b"),), headers=(("Accept", None),)),
]


def replay(folder, origin=(1, 2)):
    """The cases that are handed out, and how often they were drawn."""
    draws, cases = [], []

    def draw(consume):
        draws.append(1)
        for case in CASES:
            consume(case)

    document = load_document(data_path("openapi", DEFAULT_FAMILY.document))
    DrawnCases(folder, document, DEFAULT_FAMILY).replay("a question", origin, draw, cases.append)
    return cases, len(draws)


def test_cases_are_drawn_once_for_each_seed(tmp_path):
    """What is read is what was drawn; another seed has other cases."""
    assert replay(tmp_path) == (CASES, 1)
    assert replay(tmp_path) == (CASES, 0)
    assert replay(tmp_path, (3, 2)) == (CASES, 1)


@pytest.mark.parametrize("text", ["", "{", "null", "1", '["x"]', "[1]", "[{}]", '{"a": 1}', "[" * 100_000])
def test_damaged_files_are_made_anew(tmp_path, text):
    """A cache that cannot be read costs time only."""
    replay(tmp_path)
    next(tmp_path.glob("*.json")).write_text(text, encoding="utf-8")
    assert replay(tmp_path) == (CASES, 1)
    assert replay(tmp_path) == (CASES, 0)
