"""Fresh cases of earlier runs are read, and drawn anew where their file cannot be used."""

from __future__ import annotations

import json

import pytest

from storepact.engines.corpus.files import document_digest
from storepact.engines.corpus.refresh import pinned_questions
from storepact.engines.drawn_cases import DrawnCases, render_fresh_cases, shipped_key
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Case
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.run.corpus import shipped_cases
from storepact.run.corpus_work import open_work

CASES = [
    Case("createIntegration", "redis", "fuzzing", body={"name": "\ud800", "tags": [1.0, None]}),
    Case("createIntegration", "redis", "fuzzing", "no JSON", body=b"\xff{"),
    Case("getIntegration", None, "fuzzing", query=(("a", "b"),), headers=(("Accept", None),)),
]


def replay(folder, origin=(1, 2), shipped=None):
    """The cases that are handed out, and how often they were drawn."""
    draws, cases = [], []

    def draw(consume):
        draws.append(1)
        for case in CASES:
            consume(case)

    document = load_document(data_path("openapi", DEFAULT_FAMILY.document))
    DrawnCases(folder, document, DEFAULT_FAMILY, shipped).replay("a question", origin, draw, cases.append)
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


def shipped_file(folder, key="a question, seed 1, 2"):
    path = folder / "shipped.json"
    document = load_document(data_path("openapi", DEFAULT_FAMILY.document))
    path.write_text(render_fresh_cases(document, {key: CASES}), encoding="utf-8")
    return path


def test_shipped_cases_are_drawn_by_nobody(tmp_path):
    """Another question, number or seed is drawn."""
    shipped = shipped_file(tmp_path)
    assert replay(tmp_path / "kept", shipped=shipped) == (CASES, 0)
    assert not (tmp_path / "kept").exists()
    assert replay(tmp_path / "kept", (1, 3), shipped) == (CASES, 1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace('"digest": "', '"digest": "0'),
        lambda text: text.replace('"operation"', '"other"'),
        lambda text: text[: len(text) // 2],
    ],
)
def test_shipped_cases_that_cannot_be_used_are_drawn(tmp_path, damage):
    """The file is damaged, or was made for another document."""
    shipped = shipped_file(tmp_path)
    shipped.write_text(damage(shipped.read_text(encoding="utf-8")), encoding="utf-8")
    assert replay(tmp_path / "kept", shipped=shipped) == (CASES, 1)


def test_all_fresh_cases_of_the_default_seed_are_shipped():
    """`storepact corpus refresh` makes them again."""
    work = open_work(None, None, None)
    shipped = json.loads(shipped_cases().read_text(encoding="utf-8"))
    names = {
        shipped_key(str(question), work.generator.fresh_origin(question))
        for question in pinned_questions(work.document, work.family)
        if question.phase == "fuzzing"
    }
    assert shipped["digest"] == document_digest(work.document)
    assert shipped["cases"].keys() == names
    assert all(shipped["cases"].values())
