"""Reports: pure functions from a record to text, one table of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from storepact.record.store import write_whole
from storepact.report import annotate, compare, html, junit, markdown, sarif

REPORTS: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "report.html": html.render,
    "junit.xml": junit.render,
    "summary.md": markdown.render,
    "storepact.sarif": sarif.render,
}


def formats() -> dict[str, Callable[[dict[str, Any]], str]]:
    """Every rendering by the name that people give it."""
    return {
        "html": html.render,
        "junit": junit.render,
        "markdown": markdown.render,
        "sarif": sarif.render,
        "annotations": annotate.render,
    }


def write_reports(record: dict[str, Any], folder: Path) -> tuple[str, ...]:
    """Write every rendering of a record, each file whole or not at all; their names.

    Raises:
        ReportFolderUnusable: the folder cannot be written.

    """
    diff = record.get("comparison")
    files = {name: render(record) for name, render in REPORTS.items()}
    if diff is not None:
        files |= compare.files(diff)
    for name, text in files.items():
        write_whole(folder / name, text)
    return tuple(files)
