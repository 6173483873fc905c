"""Build pacts in a folder of their own, and compare them with the committed ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from storepact.model.paths import data_path

os.environ.setdefault("PACT_DO_NOT_TRACK", "true")

#: Tests that did not run or failed, by file: their interactions are missing in the pact.
MISSING = pytest.StashKey[dict[Path, list[str]]]()


def pytest_configure(config):
    """Start with nothing missing."""
    config.stash[MISSING] = {}


def pytest_deselected(items):
    """Note deselected tests: the pact is incomplete without them."""
    for item in items:
        item.config.stash.get(MISSING, {}).setdefault(item.path, []).append(item.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Note failed tests."""
    report = yield
    if report.failed:
        item.config.stash.get(MISSING, {}).setdefault(item.path, []).append(item.name)
    return report


@pytest.fixture(scope="module")
def consumer(request, tmp_path_factory):
    """The module's consumer. Its pact is built in an empty folder: pact would merge it into an old one."""
    from interactions import Consumer

    return Consumer(request.module.CONSUMER, tmp_path_factory.mktemp("pacts"))


@pytest.fixture
def compare_pact(request, consumer):
    """Compares the built pact with the committed one; `--update-contracts` rewrites that instead."""

    def compare() -> None:
        missing = request.config.stash[MISSING].get(request.node.path, [])
        built = consumer.folder / f"{consumer.name}-persistent-store-integrations.json"
        folder = request.config.getoption("--contracts") or data_path("contracts")
        committed = folder / f"{consumer.name}.json"
        if missing:
            names = ", ".join(missing)
            _fail(f"{committed.name} is neither compared nor written: {names} failed or did not run")
        if not built.is_file():
            _fail(f"{committed.name} is neither compared nor written: no interaction was stated before")
        if not folder.is_dir():
            _fail(f"--contracts {folder} is not a folder")
        text = canonical_text(built)
        if request.config.getoption("--update-contracts"):
            committed.write_text(text, encoding="utf-8")
        if not committed.is_file():
            _fail(f"{committed.name} is not committed; write it with --update-contracts")
        before = committed.read_text(encoding="utf-8")
        if before != text:
            differences = "; ".join(describe_drift(json.loads(before), json.loads(text)))
            _fail(
                f"{committed.name} has drifted: {differences}. If that is meant, run with --update-contracts"
            )

    return compare


def _fail(message: str) -> None:
    pytest.fail(message, pytrace=False)


def describe_drift(committed: dict, built: dict) -> list[str]:
    """How the built pact differs from the committed one, interaction by interaction."""
    before, now = (
        {interaction["description"]: interaction for interaction in pact.get("interactions", ())}
        for pact in (committed, built)
    )
    differences = [f"{name!r} is new" for name in now if name not in before]
    differences += [f"{name!r} is gone" for name in before if name not in now]
    for name in now:
        for side in ("request", "response", "providerStates"):
            if name in before and before[name].get(side) != now[name].get(side):
                differences.append(f"the {side} of {name!r} is another")
    return differences or ["it is written otherwise"]


def canonical_text(path: Path) -> str:
    """The pact as it is committed: sorted, and without the versions of the tools that wrote it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    document["metadata"] = {"pactSpecification": document["metadata"]["pactSpecification"]}
    document["interactions"].sort(key=lambda interaction: interaction["description"])
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
