"""Long files start first, so that the processes end together; shared runs; the flag for golden files."""

from __future__ import annotations

import gc
import os
import tempfile

import pytest

from recorded_runs import RecordedRun, shared_run, verify_broken_mock, verify_mock

# what tests run is kept out of the history of the person who runs them
os.environ["XDG_STATE_HOME"] = os.environ.get("STOREPACT_TESTS_STATE") or tempfile.mkdtemp(
    prefix="storepact-state-"
)
os.environ["STOREPACT_TESTS_STATE"] = os.environ["XDG_STATE_HOME"]

# as for a command: the libraries' many objects are walked over seldom
gc.set_threshold(20_000, 20, 50)

#: The files that take longest, by name, the longest first.
LONG = (
    "test_gate.py",
    "test_nightly.py",
    "test_prove.py",
    "test_witnesses.py",
    "test_story.py",
    "test_choices.py",
    "test_bad_input.py",
    "test_browser.py",
    "test_acceptance.py",
    "test_history.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The flag that rewrites golden files."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of LONG, then all others as they are; within a file nothing moves."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def clean_run(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """`storepact verify` on the embedded mock, made once for all processes; `copy_to` gives a copy."""
    return shared_run(tmp_path_factory, "clean", verify_mock)


@pytest.fixture(scope="session")
def broken_run(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """`storepact verify` on a mock with the faults of `recorded_runs.FAULTS`, made once for all processes."""
    return shared_run(tmp_path_factory, "broken", verify_broken_mock)
