"""The list of known differences."""

from __future__ import annotations

import json

import pytest

import commands
from drift_documents import REQUEST_SCHEMA, edit_document
from storepact.drift.known_differences import load_known_differences
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import DocumentUnusable
from storepact.model.paths import data_path


@pytest.mark.parametrize(
    "text",
    ["known: 7", "format: 2\nknown: {}", "format: 1\nknown: {D1: [{rule: x}]}", "format: 1\nknown: {D1: x}"],
)
def test_a_damaged_list_of_disagreements_is_named(tmp_path, text):
    """A damaged list is an error, and never read as if it explained everything."""
    path = tmp_path / "disagreements.yaml"
    path.write_text(text)
    with pytest.raises(DocumentUnusable):
        load_known_differences(path)


def test_every_known_entry_names_a_decision():
    """Each group of disagreements.yaml is a decision of DECISIONS.md."""
    entries = load_known_differences(data_path("openapi", "disagreements.yaml"))
    text = data_path("openapi", "DECISIONS.md").read_text(encoding="utf-8")
    assert entries
    assert all(f"## {item.decision} " in text for item in entries)
    assert data_path("openapi", DEFAULT_FAMILY.document).is_file()


def test_printed_acceptances_accept(tmp_path):
    """What --print-acceptances prints, beside our document, explains every difference."""
    (tmp_path / "ours.json").write_text(json.dumps(edit_document()))
    (tmp_path / "theirs.json").write_text(json.dumps(edit_document(((*REQUEST_SCHEMA, "required"), []))))
    arguments = ("drift", "theirs.json", "--openapi", "ours.json")
    printed = commands.call(*arguments, "--print-acceptances", cwd=tmp_path).stdout
    (tmp_path / "disagreements.yaml").write_text(printed)
    report = json.loads(commands.call(*arguments, "--json", cwd=tmp_path).stdout)
    assert [item["decision"] for item in report["differences"]] == ["DECISION"]
