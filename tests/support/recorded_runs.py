"""Runs of the gate that are made once and shared by all tests that only read them, in all processes."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import msgspec
import pytest

from commands import call, run
from local_mock import serve_locally
from short_gate import with_scenarios, without_generated_cases
from storepact.run.target import MOCK_LIMITS

#: The faults of the broken run.
FAULTS = ("stale-read", "maintainer-added", "delete-202")

#: The scenarios of runs of a part of the gate.
PART = (
    *(
        "created-and-read",
        "little-given",
        "siblings",
        "renamed",
        "deleted",
        "parts-patched",
        "absent-members",
    ),
    *("all-or-nothing", "two-writers", "written-back", "members-removed", "provider-sets"),
)


@dataclass(frozen=True)
class RecordedRun:
    """A finished `storepact verify`: what it printed, its exit code, and the folder of its reports."""

    reports: Path
    code: int
    stdout: str
    stderr: str

    def copy_to(self, folder: Path) -> Path:
        """A copy of the report folder that a test may change."""
        return Path(shutil.copytree(self.reports, folder, dirs_exist_ok=True))


def shared_run(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], CompletedProcess[str]]
) -> RecordedRun:
    """The run of that name; the first process that needs it makes it, the others wait for it."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / f"shared-{name}"
    folder.mkdir(exist_ok=True)
    result = folder / "result.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            process = make(folder)
            result.write_bytes(msgspec.json.encode([process.returncode, process.stdout, process.stderr]))
    code, stdout, stderr = msgspec.json.decode(result.read_bytes())
    return RecordedRun(folder / "storepact-report", code, stdout, stderr)


def verify_mock(folder: Path) -> CompletedProcess[str]:
    """The whole gate on the embedded mock, with a history beside the reports."""
    return run("verify", cwd=folder, environment={"STOREPACT_HISTORY": str(folder / "history.db")})


def verify_part(folder: Path, *faults: str) -> CompletedProcess[str]:
    """A part of the gate on a mock with faults, as a live target: probes, pacts, and a few scenarios."""
    environment = {"STOREPACT_HISTORY": str(folder / "history.db")}
    with pytest.MonkeyPatch.context() as patch, serve_locally() as running:
        without_generated_cases(patch)
        with_scenarios(patch, *PART)
        running.configure(faults=faults, limits=MOCK_LIMITS)
        environment["STOREPACT_TOKEN"] = running.tokens["writer"]
        environment["STOREPACT_READER_TOKEN"] = running.tokens["reader"]
        return call("verify", "--target", running.url, "--allow-writes", cwd=folder, environment=environment)
