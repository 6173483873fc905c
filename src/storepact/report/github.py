"""GitHub Actions: annotations among the output of a step, and its job summary; nothing anywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storepact.model.paths import shown_path
from storepact.report import annotate, markdown


def tell(record: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> None:
    """Show findings at their lines, and add the summary to the job's, where this runs in GitHub Actions."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    sys.stdout.write(annotate.render(dict(record)))
    append_summary(markdown.render(dict(record)), environment)


def tell_drift(found: Mapping[str, Any], document: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Show what the published document breaks at the lines of ours."""
    if environment.get("GITHUB_ACTIONS") == "true":
        sys.stdout.write(annotate.render_drift(dict(found), shown_path(document)))


def append_summary(text: str, environment: Mapping[str, str] = os.environ) -> None:
    """Add Markdown to the job's summary, where there is one."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path or environment.get("GITHUB_ACTIONS") != "true":
        return
    try:
        with Path(path).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text + "\n")
    except OSError as error:
        print(f"storepact: the job summary cannot be written: {error.strerror}", file=sys.stderr)
