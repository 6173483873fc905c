"""Reports: pure functions from a record to text, one table of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from storepact.report import html, junit, markdown

REPORTS: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "report.html": html.render,
    "junit.xml": junit.render,
    "summary.md": markdown.render,
}
