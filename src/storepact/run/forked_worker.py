"""The part of a run that a process does which was forked for its tests, and the messages to and from it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import pytest

from storepact.run.participants import PARTICIPANT, Worker
from storepact.transport.interrupts import INTERRUPTS

#: What the controller sends: tests, the question what can be shrunk, what to shrink before the end.
TESTS, OFFERS, SHRINK = "tests", "offers", "shrink"

#: What a process sends besides its offers: a report of pytest, why the run has to stop, that it is idle, what
#: it recorded last.
REPORT, STOP, IDLE, END = "report", "stop", "idle", "end"

Message = tuple[str, Any]


class ForkedWorker:
    """Runs the tests that the controller names, in a forked process, and sends what they report."""

    def __init__(
        self, session: pytest.Session, worker: Worker, connection: Connection, foreign: list[Connection]
    ) -> None:
        """`foreign` are connections that belong to the controller."""
        self._session, self._worker, self._connection = session, worker, connection
        self._foreign = foreign

    def run(self, others: Sequence[object]) -> None:
        """Run the tests that the controller names, then shrink; `others` are plugins to leave out."""
        os.setpgid(0, 0)  # Ctrl-C reaches the controller alone, which passes it on once
        for connection in self._foreign:
            connection.close()
        for stream in (1, 2):
            with open(os.devnull, "wb") as sink:
                os.dup2(sink.fileno(), stream)
        INTERRUPTS.install()
        config = self._session.config
        for plugin in others:
            config.pluginmanager.unregister(plugin)
        config.pluginmanager.unregister(name="terminalreporter")  # the controller prints
        config.pluginmanager.register(self)
        config.stash[PARTICIPANT] = self._worker
        try:
            self._handle_messages()
        except (KeyboardInterrupt, EOFError):
            pass
        self._worker.close_harness()
        send_message(self._connection, END, self._worker.take())

    def _handle_messages(self) -> None:
        """Do what the controller sends, up to the findings to shrink: they are the last."""
        while True:
            kind, content = self._connection.recv()
            if kind == TESTS and self._run_tests(content):
                send_message(self._connection, IDLE)
            elif kind == OFFERS:
                send_message(self._connection, OFFERS, self._worker.shrink_offers)
            elif kind == SHRINK:
                self._worker.shrink(content)
                return

    def _run_tests(self, numbers: Sequence[int]) -> bool:
        """Run some tests; returns whether all were run."""
        for number in numbers:
            item = self._session.items[number]
            # what follows is not known, and has nothing in common with it but the session: the harness stays
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=self._session)
            if self._session.shouldstop:
                send_message(self._connection, STOP, str(self._session.shouldstop))
                return False
            if self._connection.poll():
                return False
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send a report that says more than that a test goes on: the last one, with what was recorded."""
        if report.passed and report.when != "teardown":
            return
        config = self._session.config
        data = config.hook.pytest_report_to_serializable(config=config, report=report)
        send_message(self._connection, REPORT, data)


def send_message(connection: Connection, kind: str, content: object = None) -> None:
    """Send a message; that the other process has ended is noticed when it is read from."""
    message: Message = (kind, content)
    with contextlib.suppress(OSError):
        connection.send(message)
