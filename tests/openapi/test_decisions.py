"""Sources of facts: what the code cites stands in DECISIONS.md of this repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import storepact
from storepact.families.persistent_store.provider.choices import Choices
from storepact.mock.choices import choices_of
from storepact.model.paths import data_path

SOURCES = sorted(
    path
    for path in Path(storepact.__file__).parent.rglob("*")
    if path.suffix in (".py", ".j2", ".json", ".md") and "_data" not in path.parts
)
DECISIONS = set(
    re.findall(r"^## (D\d+) ", data_path("openapi", "DECISIONS.md").read_text(encoding="utf-8"), re.MULTILINE)
)


def test_no_source_file_cites_facts():
    """FACTS.md is not part of the repository, so no file of the program may cite it."""
    assert [str(path) for path in SOURCES if "FACTS" in path.read_text(encoding="utf-8")] == []


def test_every_cited_decision_exists():
    """Each D-number in the program is a section of DECISIONS.md."""
    cited = {
        number for path in SOURCES for number in re.findall(r"\bD\d+\b", path.read_text(encoding="utf-8"))
    }
    assert cited
    assert cited - DECISIONS == set()


@pytest.mark.parametrize("choice", list(choices_of(Choices)), ids=lambda choice: choice.name)
def test_every_choice_names_its_decisions(choice):
    """`storepact mock --list-choices` sends the reader to decisions that exist."""
    assert set(choice.source.split(", ")) <= DECISIONS
