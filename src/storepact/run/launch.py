"""A run of the suites in this process: pytest's own output kept aside, progress on ours."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from storepact.model.paths import data_path


@dataclass(frozen=True)
class RunResult:
    """What a run came to. Without a session nothing could be asked, and `complaint` says why."""

    session: Any
    code: int
    complaint: str = ""

    @property
    def record(self) -> dict[str, Any]:
        """The record of the run."""
        record: dict[str, Any] = self.session.record
        return record


def arguments(suites: Iterable[str], options: Mapping[str, Any]) -> list[str]:
    """The words for pytest: a flag where an option is true, a word for each of several values, nothing for None."""
    found = [str(data_path("suites") / name) for name in suites]
    for name, value in options.items():
        if isinstance(value, bool):
            found += [name] * value
        elif isinstance(value, list):
            found += [f"{name}={each}" for each in value]
        elif value is not None:
            found.append(f"{name}={value}")
    return found


def run_suites(arguments: list[str], workers: int, target: str) -> RunResult:
    """Run the suites."""
    import pytest

    from storepact.run.progress import Progress

    if workers > 1:
        arguments = [
            *arguments,
            "-p",
            "xdist.plugin",
            "-n",
            str(workers),
            "--dist",
            "loadgroup",
            "--max-worker-restart",
            "0",
        ]
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["PYTHONDONTWRITEBYTECODE"] = os.environ.get("PYTHONDONTWRITEBYTECODE", "1")
    progress = Progress(f"asking {target}")
    aside = io.StringIO()
    plumbing = [
        "-p",
        "storepact.run.plugin",
        "-c",
        os.devnull,
        "--rootdir",
        str(data_path("suites")),
        "-p",
        "no:cacheprovider",
        "-q",
        "--tb=short",
    ]
    with contextlib.redirect_stdout(aside), contextlib.redirect_stderr(aside):
        try:
            code = int(pytest.main([*plumbing, *arguments], plugins=[progress]))
        except KeyboardInterrupt:
            code = 3
        finally:
            progress.close()
    session = progress.session
    if session is None or session.record is None:
        said = [line for line in aside.getvalue().splitlines() if line.strip()]
        told = next((line.partition("storepact: ")[2] for line in said if "storepact: " in line), None)
        if told is None:
            print("\n".join(said[-15:]), file=sys.stderr)
        return RunResult(
            None, code if code in (1, 2, 3) and told else 3, told or "the suites could not be run; see above"
        )
    record = session.record
    if (
        not record["outcomes"] and record["reasons"]
    ):  # it ended before anything was asked: one line says it all
        return RunResult(None, int(record["exit_code"]), record["reasons"][0])
    return RunResult(session, int(session.verdict.exit_code))
