"""Pacts are built in a folder of their own, then compared with the committed ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from storepact.model.paths import data_path

os.environ.setdefault("PACT_DO_NOT_TRACK", "true")

#: Tests that did not run, or failed, by file: what they would have pinned is missing in the pact that is built.
MISSING = pytest.StashKey[dict[Path, list[str]]]()


def pytest_configure(config):
    """Nothing is missing yet."""
    config.stash[MISSING] = {}


def pytest_deselected(items):
    """A choice of tests makes a part of a pact."""
    for item in items:
        item.config.stash.get(MISSING, {}).setdefault(item.path, []).append(item.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Note what failed."""
    report = yield
    if report.failed:
        item.config.stash.get(MISSING, {}).setdefault(item.path, []).append(item.name)
    return report


@pytest.fixture(scope="module")
def relying(request, tmp_path_factory):
    """The module's consumer, on its way to a pact in an empty folder: merging into old pacts would keep what nobody needs."""
    from interactions import Relying

    return Relying(request.module.CONSUMER, tmp_path_factory.mktemp("pacts"))


@pytest.fixture
def pinned(request, relying):
    """Compares the built pact with the committed one; `--update-contracts` rewrites that instead."""

    def compare() -> None:
        missing = request.config.stash[MISSING].get(request.node.path, [])
        built = relying.folder / f"{relying.consumer}-persistent-store-integrations.json"
        committed = (
            request.config.getoption("--contracts") or data_path("contracts")
        ) / f"{relying.consumer}.json"
        if missing:
            pytest.fail(
                f"{committed.name} is neither compared nor written: {', '.join(missing)} failed or did not run",
                pytrace=False,
            )
        if not built.is_file():
            pytest.fail(
                f"{committed.name} is neither compared nor written: no interaction was stated before",
                pytrace=False,
            )
        if not committed.parent.is_dir():
            pytest.fail(f"--contracts {committed.parent} is not a folder", pytrace=False)
        text = canonical(built)
        if request.config.getoption("--update-contracts"):
            committed.write_text(text, encoding="utf-8")
        name = committed.name
        if not committed.is_file():
            pytest.fail(f"{name} is not committed; write it with --update-contracts", pytrace=False)
        if committed.read_text(encoding="utf-8") != text:
            told = "; ".join(drifted(json.loads(committed.read_text(encoding="utf-8")), json.loads(text)))
            pytest.fail(
                f"{name} has drifted: {told}. If that is meant, run with --update-contracts", pytrace=False
            )

    return compare


def drifted(committed: dict, built: dict) -> list[str]:
    """How the committed pact differs from what the client says now, interaction by interaction."""
    before, now = (
        {interaction["description"]: interaction for interaction in pact.get("interactions", ())}
        for pact in (committed, built)
    )
    told = [f"{name!r} is new" for name in now if name not in before]
    told += [f"{name!r} is gone" for name in before if name not in now]
    for name in now:
        for side in ("request", "response", "providerStates"):
            if name in before and before[name].get(side) != now[name].get(side):
                told.append(f"the {side} of {name!r} is another")
    return told or ["it is written otherwise"]


def canonical(path: Path) -> str:
    """The pact as it is committed: sorted, and without the versions of the tools that wrote it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    document["metadata"] = {"pactSpecification": document["metadata"]["pactSpecification"]}
    document["interactions"].sort(key=lambda interaction: interaction["description"])
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
