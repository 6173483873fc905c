"""Output for GitHub Actions: annotations in the log of a step, and the job summary; else nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from storepact.model.paths import shown_path
from storepact.pacts.contract_check import ContractCheck
from storepact.record.values import DriftRecord, Record
from storepact.report import annotate, markdown
from storepact.report.format import RenderOptions


def publish(record: Record, environment: Mapping[str, str] = os.environ, *, to_stderr: bool = False) -> None:
    """Print annotations for the findings of a run, and add its summary to the job's.

    GitHub reads them on both streams; `to_stderr` keeps standard output free for a machine's result.
    """
    if _is_github(environment):
        options = RenderOptions()
        (sys.stderr if to_stderr else sys.stdout).write(annotate.render(record, options))
        append_summary(markdown.render(record, options), environment)


def publish_drift(
    drift: DriftRecord,
    document: Path,
    environment: Mapping[str, str] = os.environ,
    *,
    to_stderr: bool = False,
) -> None:
    """Print annotations for the unexplained breaking differences, at the lines of our document."""
    if _is_github(environment):
        (sys.stderr if to_stderr else sys.stdout).write(annotate.render_drift(drift, shown_path(document)))


def publish_contract_check(
    check: ContractCheck, environment: Mapping[str, str] = os.environ, *, to_stderr: bool = False
) -> None:
    """Print annotations for the errors and warnings of a comparison, at the lines of the pacts."""
    if _is_github(environment):
        (sys.stderr if to_stderr else sys.stdout).write(annotate.render_contract_check(check))


def append_summary(text: str, environment: Mapping[str, str] = os.environ) -> None:
    """Add Markdown to the job's summary; a summary that cannot be written is reported on standard error."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path or not _is_github(environment):
        return
    try:
        with Path(path).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text + "\n")
    except OSError as error:
        print(f"storepact: the job summary cannot be written: {error.strerror}", file=sys.stderr)


def _is_github(environment: Mapping[str, str]) -> bool:
    return environment.get("GITHUB_ACTIONS") == "true"
