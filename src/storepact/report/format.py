"""The row type of FORMATS, and what a renderer may need besides the record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from storepact.model.values import lean_value

if TYPE_CHECKING:
    from storepact.record.values import Record


@lean_value(frozen=True)
class RenderOptions:
    """What depends on where a report is shown, and not on the run."""

    folder: Path = Path("storepact-report")
    """The report folder, as the report names it."""
    width: int = 100
    """Columns of the terminal."""
    color: bool = False
    verbose: bool = False
    """Whether everything is listed that was not verified, and every cause in full."""
    quiet: bool = False
    """Whether only causes and the verdict are printed, a line for each."""
    has_reports: bool = True
    """Whether the reports are written there."""


@lean_value(frozen=True)
class Format:
    """A format of reports."""

    name: str
    """The name for `storepact report --format`."""
    file: str | None
    """Its file in the report folder; None for a format that is only printed."""
    audience: str
    """Who reads it, for the documentation."""
    render: Callable[[Record, RenderOptions], str]
