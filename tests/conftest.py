"""What takes long comes first, so that no process is left alone with it at the end; golden files can be rewritten."""

from __future__ import annotations

import os
import tempfile

# what tests run is kept in no history of whoever runs them
os.environ["XDG_STATE_HOME"] = os.environ.get("STOREPACT_TESTS_STATE") or tempfile.mkdtemp(
    prefix="storepact-state-"
)
os.environ["STOREPACT_TESTS_STATE"] = os.environ["XDG_STATE_HOME"]

LONG = (
    "test_prove.py",
    "test_gate.py",
    "test_witnesses.py",
    "test_stories.py",
    "test_mock_choices.py",
    "test_tripwire.py",
    "test_bad_input.py",
    "test_browser.py",
    "test_accepted.py",
    "test_history.py",
)


def pytest_addoption(parser):
    """The flag that rewrites golden files."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")


def pytest_collection_modifyitems(items):
    """Files in the order of LONG, then the others as they are; within a file nothing moves."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))
