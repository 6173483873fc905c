"""Progress on stderr: a live line on a terminal, plain lines in a pipe."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from storepact.model.counts import many
from storepact.model.presentation import presentation
from storepact.transport.pacing import blocked_seconds

if TYPE_CHECKING:
    from storepact.run.progress_bar import ProgressBar

#: Seconds between two looks at whether the run waits.
_GLANCE = 0.25


class Meter:
    """A count of things done: a bar on a terminal, a line for each quarter in a pipe.

    It writes to a copy of stderr that pytest's capturing does not touch.
    """

    def __init__(self, title: str, unit: str) -> None:
        """`unit` is one of the things, in the singular."""
        self.title, self._unit = title, unit
        self._file = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
        self._is_live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._bar: ProgressBar | None = None
        self._total = self._done = self._quarters = 0

    def begin(self, total: int) -> None:
        """Set how much there is to do; only the first call counts."""
        if self._total or not total:
            return
        self._total = total
        if self._is_live:
            from storepact.run.progress_bar import ProgressBar  # its library is not needed in a pipe

            chosen = presentation()
            self._bar = ProgressBar(
                self._file,
                self.title,
                total=total,
                has_color=chosen.wants_color(sys.stderr),
                quiet=chosen.quiet,
            )
        else:
            self.note(f"{self.title}: {many(total, self._unit)}")

    def advance(self, details: str, count: int = 1) -> None:
        """Count so many more; `details` describes what happened so far."""
        self._done = min(self._done + count, max(self._total, self._done + 1))
        if self._bar is not None:
            self._bar.update(self._done, details)
        elif self._total and (self._done * 4) // self._total > self._quarters:
            self._quarters = (self._done * 4) // self._total
            self.note(f"{self._done:,} of {many(self._total, self._unit)}, {details}")

    def note(self, text: str) -> None:
        """Print a line beside the count."""
        if self._bar is not None:
            self._bar.print(text)
        elif not presentation().quiet:
            print(text, file=self._file, flush=True)

    def close(self) -> None:
        """Restore the terminal."""
        if self._bar is not None:
            self._bar.stop()
        self._file.close()


def print_notice(text: str) -> None:
    """Print a line on stderr, unless the command is quiet."""
    if not presentation().quiet:
        print(f"storepact: {text}", file=sys.stderr)


class WaitNotice:
    """Prints a line when a process of the run waits for a limit of the provider. A context manager."""

    def __init__(self, pace: Path | None, say: Callable[[str], None]) -> None:
        """`pace` is the file through which the processes of the run share their pace, if they do."""
        self._pace, self._say = pace, say
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> WaitNotice:
        if self._pace is not None:
            self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._ended.set()
        if self._pace is not None:
            self._thread.join()

    def _watch(self) -> None:
        announced = 0.0
        while not self._ended.wait(_GLANCE) and self._pace is not None:
            seconds = blocked_seconds(self._pace)
            if seconds >= 1 and announced <= 0:
                self._say(f"waiting {seconds:.0f} s for a limit of the provider")
                announced = seconds
            announced = max(0.0, announced - _GLANCE) if seconds > 0 else 0.0
