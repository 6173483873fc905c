"""Pacts are built in a folder of their own, then compared with the committed ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from storepact.places import place

os.environ.setdefault("PACT_DO_NOT_TRACK", "true")


@pytest.fixture(scope="module")
def pact_folder(tmp_path_factory):
    """An empty folder: merging into old pacts would keep what nobody asks for any more."""
    return tmp_path_factory.mktemp("pacts")


@pytest.fixture(scope="module")
def pinned(request, pact_folder):
    """Compares a built pact with the committed one; `--update-contracts` rewrites that instead."""

    def compare(built: Path, name: str) -> None:
        committed = place("contracts", name)
        text = canonical(built)
        if request.config.getoption("--update-contracts"):
            committed.write_text(text, encoding="utf-8")
        assert committed.is_file(), f"{name} is not committed; write it with --update-contracts"
        assert committed.read_text(encoding="utf-8") == text, f"{name} has drifted; if that is meant, run with --update-contracts"

    return compare


def canonical(path: Path) -> str:
    """The pact as it is committed: sorted, and without the versions of the tools that wrote it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    document["metadata"] = {"pactSpecification": document["metadata"]["pactSpecification"]}
    document["interactions"].sort(key=lambda interaction: interaction["description"])
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
