"""The live line of a run on a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class ProgressBar:
    """A title, a bar, a count, details and the time so far, in one line; it is erased at the end."""

    def __init__(self, file: TextIO, title: str, *, total: int, has_color: bool, quiet: bool) -> None:
        self._console = Console(
            file=file, force_terminal=True, no_color=not has_color, quiet=quiet, highlight=False
        )
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[details]}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            redirect_stdout=False,  # it would restore what pytest has captured, and the verdict be lost
            redirect_stderr=False,
        )
        self._task = self._progress.add_task(title, total=total, details="")
        self._progress.start()

    def update(self, completed: int, details: str) -> None:
        """Show how much is done."""
        self._progress.update(self._task, completed=completed, details=details)

    def print(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text, markup=False)

    def stop(self) -> None:
        """Erase the bar."""
        self._progress.stop()
