"""Pacts are built in a folder of their own, then compared with the committed ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

os.environ.setdefault("PACT_DO_NOT_TRACK", "true")


@pytest.fixture(scope="module")
def relying(request, tmp_path_factory):
    """The module's consumer, on its way to a pact in an empty folder: merging into old pacts would keep what nobody needs."""
    from interactions import Relying

    return Relying(request.module.CONSUMER, tmp_path_factory.mktemp("pacts"))


@pytest.fixture
def pinned(request, relying):
    """Compares the built pact with the committed one; `--update-contracts` rewrites that instead."""

    def compare() -> None:
        built = relying.folder / f"{relying.consumer}-persistent-store-integrations.json"
        committed = request.config.getoption("--contracts") / f"{relying.consumer}.json"
        text = canonical(built)
        if request.config.getoption("--update-contracts"):
            committed.write_text(text, encoding="utf-8")
        name = committed.name
        assert committed.is_file(), f"{name} is not committed; write it with --update-contracts"
        assert committed.read_text(encoding="utf-8") == text, f"{name} has drifted; if that is meant, run with --update-contracts"

    return compare


def canonical(path: Path) -> str:
    """The pact as it is committed: sorted, and without the versions of the tools that wrote it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    document["metadata"] = {"pactSpecification": document["metadata"]["pactSpecification"]}
    document["interactions"].sort(key=lambda interaction: interaction["description"])
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
