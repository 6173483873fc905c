"""Progress: a live line on a terminal, plain lines in a pipe, both on stderr."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from storepact.run.plugin import SESSION


class Meter:
    """So much of so much, on stderr: a bar on a terminal, a line for each quarter in a pipe.

    Writes to a copy of stderr that pytest's capturing does not touch.
    """

    def __init__(self, title: str, unit: str) -> None:
        self.title, self.unit = title, unit
        self._file = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
        self._live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._console = Console(
            file=self._file,
            force_terminal=self._live,
            no_color=bool(os.environ.get("NO_COLOR")),
            highlight=False,
        )
        self._bar: Bar | None = None
        self._task: Any = None
        self._total = self._done = self._told = 0

    def begin(self, total: int) -> None:
        """How much there is to do; only the first call counts."""
        if self._total or not total:
            return
        self._total = total
        if self._live:
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(20),
                MofNCompleteColumn(),
                TextColumn("{task.fields[seen]}"),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task(self.title, total=total, seen="")
            self._bar.start()
        else:
            self._console.print(f"{self.title}: {total} {self.unit}")

    def advance(self, seen: str) -> None:
        """One more is done; `seen` says what there is to say so far."""
        self._done += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, seen=seen)
        elif self._total and (self._done * 4) // self._total > self._told:
            self._told = (self._done * 4) // self._total
            self._console.print(f"{self._done} of {self._total} {self.unit}, {seen}")

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()
        self._file.close()


class Progress:
    """A pytest plugin of the leading process."""

    def __init__(self, title: str) -> None:
        self.session: Any = None
        self._meter = Meter(title, "questions")

    def pytest_configure(self, config: pytest.Config) -> None:
        """Remember the session, for the summary."""
        self.session = config.stash.get(SESSION, None)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """The session is known by now."""
        self.session = session.config.stash[SESSION]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without workers: how much there is to ask."""
        self._meter.begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """With workers: how much there is to ask."""
        self._meter.begin(len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One question answered."""
        if report.when == "teardown":
            recorder = self.session.recorder if self.session else None
            self._meter.advance(
                f"{recorder.exchanges:,} exchanges, {len(recorder.findings)} finding{'s' * (len(recorder.findings) != 1)}"
                if recorder
                else ""
            )

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._meter.close()
