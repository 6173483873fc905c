"""Long files start first, so that the processes end together; shared runs, shared mocks, golden files."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator

import pytest

from local_mock import LocalMock, serve_locally
from recorded_runs import FAULTS, RecordedRun, shared_run, verify_mock, verify_part

# the processes that tests start import the same modules, again and again: they are compiled once
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# a shell starts jobs in the background with Ctrl-C ignored, and what tests start would inherit that
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    and threading.current_thread() is threading.main_thread()
):
    signal.signal(signal.SIGINT, signal.default_int_handler)

# as for a command: the libraries' many objects are walked over seldom
gc.set_threshold(20_000, 20, 50)

#: The files that take longest, by name, the longest first.
LONG = (
    "test_witnesses.py",
    "test_prove.py",
    "test_story.py",
    "test_gate.py",
    "test_faults.py",
    "test_consumers.py",
    "test_prove_command.py",
    "test_cluster.py",
    "test_choices.py",
    "test_audit.py",
    "test_browser.py",
    "test_history.py",
    "test_store_suite.py",
    "test_same_cases.py",
    "test_fidelity.py",
    "test_bad_input.py",
    "test_settling.py",
    "test_nightly.py",
    "test_serve.py",
    "test_reach.py",
    "test_acceptance.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The flag that rewrites golden files."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")


def pytest_configure(config: pytest.Config) -> None:
    """Keep history, cache and temporary files of what tests run in a folder that is deleted at the end.

    A process that a test kills deletes nothing itself.
    """
    if not hasattr(config, "workerinput"):  # the workers inherit it
        folder = tempfile.mkdtemp(prefix="storepact-tests-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        os.environ.setdefault(
            "PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir()
        )  # `tmp_path` is kept for a while
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CACHE_HOME"] = os.environ["TMPDIR"] = folder
        tempfile.tempdir = None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of LONG, then all others as they are; within a file nothing moves."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of later garbage collections: it stays until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def clean_run(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """`storepact verify` on the embedded mock, made once for all processes; `copy_to` gives a copy."""
    return shared_run(tmp_path_factory, "clean", verify_mock)


@pytest.fixture(scope="session")
def green_part(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """A part of the gate on a mock that conforms."""
    return shared_run(tmp_path_factory, "green-part", verify_part)


@pytest.fixture(scope="session")
def broken_part(tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """The same part on a mock with the faults of `recorded_runs.FAULTS`."""
    return shared_run(tmp_path_factory, "broken-part", lambda folder: verify_part(folder, *FAULTS))


@pytest.fixture(scope="session")
def local_mock_service() -> Iterator[LocalMock]:
    """The service behind `local_mock`."""
    with serve_locally() as running:
        yield running


@pytest.fixture
def local_mock(local_mock_service: LocalMock) -> LocalMock:
    """A mock in the process of the test, empty: for tests in which only storepact's own client sends."""
    local_mock_service.configure()
    return local_mock_service
