"""The tests of a run on the embedded mock, divided among processes that are forked from this one.

Forked processes have everything loaded and prepared already, and each has a mock of its own, so that their
tests cannot disturb each other: what a run records does not depend on how many there are.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any

import pytest

from storepact.engines.questions import AUTH_PHASE
from storepact.engines.shrink_budget import Offer
from storepact.model.outcome import Reason
from storepact.run.controller import Controller
from storepact.run.finish import load_finish
from storepact.run.outcomes import planned_test, title_of
from storepact.run.participants import PARTICIPANT, Worker
from storepact.run.plan import Parameter
from storepact.run.workers import merge_evidence, start_of
from storepact.transport.interrupts import INTERRUPTS

#: With fewer tests than this for a process, a further process costs more than it saves.
_FEWEST_TESTS = 8

#: Questions of these phases have few cases.
_SHORT_PHASES = ("examples", AUTH_PHASE)

#: Seconds that a process gets to end after its last message.
_LONGEST_END = 10.0

#: How often, in seconds, it is checked whether Ctrl-C was pressed.
_INTERVAL = 0.25

#: What the controller sends: tests, the question what can be shrunk, what to shrink before the end.
_TESTS, _OFFERS, _SHRINK = "tests", "offers", "shrink"

#: What a process sends besides its offers: a report of pytest, why the run has to stop, that it is idle, what
#: it recorded last.
_REPORT, _STOP, _IDLE, _END = "report", "stop", "idle", "end"

Message = tuple[str, Any]


class ForkedTests:
    """A plugin of the controller's pytest that runs the tests in forked processes."""

    def __init__(self, controller: Controller, others: Sequence[object] = ()) -> None:
        """`others` are further plugins that only this process has."""
        self._controller, self._others = controller, (self, controller, *others)

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the tests in as many processes as there are mocks; None leaves few tests to pytest."""
        prepared = self._controller.prepared
        urls = () if prepared is None else prepared.worker_urls
        count = min(len(urls), len(session.items) // _FEWEST_TESTS)
        if prepared is None or count < 2 or session.testsfailed:
            return None
        workers = [Worker(start_of(prepared, url), "") for url in urls[:count]]
        with _worker_processes(session, workers, self._others) as processes:
            load = partial(load_finish, keeps_history=bool(prepared.earlier.history))
            Thread(target=load, daemon=True).start()
            _Distribution(session, self._controller, processes).run()
        if INTERRUPTS.pressed:
            raise KeyboardInterrupt
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        return True


class _Distribution:
    """Gives processes that are idle the next tests, and adds what they report."""

    def __init__(
        self, session: pytest.Session, controller: Controller, processes: dict[Connection, BaseProcess]
    ) -> None:
        self._session, self._controller, self._processes = session, controller, processes
        self._groups = deque(_groups(session.items))
        self._running = set(processes)
        self._given: dict[Connection, list[int]] = {}
        self._done: set[str] = set()
        self._is_asked: set[Connection] = set()
        """Those that have no more tests: they were asked for their offers."""
        self._offers: dict[Connection, list[Offer]] = {}

    def run(self) -> None:
        """Run every test, or those until the run has to stop; then have findings shrunk."""
        for connection in self._processes:
            self._give_next(connection)
        is_stopped = False
        while self._running:
            with contextlib.suppress(KeyboardInterrupt):  # it is noted, too
                for ready in wait(list(self._running), _INTERVAL):
                    if isinstance(ready, Connection):
                        self._receive(ready)
            self._accept_offers()
            if (INTERRUPTS.pressed or self._session.shouldstop) and not is_stopped:
                is_stopped = True
                self._stop()

    def _give_next(self, connection: Connection) -> None:
        if connection in self._is_asked:
            return
        numbers = self._groups.popleft() if self._groups else []
        self._given[connection] = numbers
        if numbers:
            _send(connection, _TESTS, numbers)
        else:
            self._is_asked.add(connection)
            _send(connection, _OFFERS)

    def _accept_offers(self) -> None:
        """Once every process has made its offers, name each what to shrink: one finding of each cause."""
        if not self._offers or self._running - self._offers.keys():
            return
        offers, self._offers = self._offers, {}
        holders = {offer: connection for connection, own in offers.items() for offer in own}
        shrinks = self._controller.may_shrink(self._session)
        accepted = self._controller.distribute(holders) if shrinks else []
        for connection in offers:
            _send(connection, _SHRINK, [pair for pair in accepted if holders[pair[0]] is connection])

    def _receive(self, connection: Connection) -> None:
        try:
            kind, content = connection.recv()
        except (EOFError, OSError):
            self._running.discard(connection)
            self._record_loss(connection)
            return
        hook, config = self._session.config.hook, self._session.config
        if kind == _REPORT:
            report = hook.pytest_report_from_serializable(config=config, data=content)
            if report.when == "teardown":
                self._done.add(report.nodeid)
            hook.pytest_runtest_logreport(report=report)
        elif kind == _STOP:
            self._session.shouldstop = self._session.shouldstop or content
        elif kind == _IDLE:
            self._give_next(connection)
        elif kind == _OFFERS and content:
            self._offers[connection] = content
        elif kind == _OFFERS:  # nothing to shrink
            _send(connection, _SHRINK, [])
        elif kind == _END:
            self._running.discard(connection)
            merge_evidence(content, self._controller.recorder)

    def _record_loss(self, connection: Connection) -> None:
        """Record what was not verified as a process has ended, killed by the system or by a library."""
        reason = "a process of the run ended before its tests were done"
        recorder = self._controller.recorder
        recorder.troubles.append(reason)
        for number in self._given[connection]:
            item = self._session.items[number]
            if item.nodeid not in self._done:
                recorder.cannot_verify(title_of(item), reason, Reason.ENGINE_FAILED)

    def _stop(self) -> None:
        """Let each process end after its present test; after a Ctrl-C, after its present request."""
        self._groups.clear()
        for connection in self._running:
            process = self._processes[connection]
            if INTERRUPTS.pressed and process.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGINT)
            self._give_next(connection)
        INTERRUPTS.hold()


def _groups(items: Sequence[pytest.Item]) -> list[list[int]]:
    """The positions of tests that run in one process one after the other; what takes longest comes first.

    Generated cases and pacts each load a library, so that one process runs them all. What takes shortest
    comes last: no process waits long for the end of another one.
    """
    generated, pacts, others, short = [], [], [], []
    for number, item in enumerate(items):
        test = planned_test(item)
        if test is not None and test.phase == "fuzzing":
            generated.append(number)
        elif test is not None and test.parameter is Parameter.INTERACTION:
            pacts.append(number)
        elif test is not None and test.phase in _SHORT_PHASES:
            short.append([number])
        else:
            others.append([number])
    return [group for group in (generated, pacts, *others, *short) if group]


@contextlib.contextmanager
def _worker_processes(
    session: pytest.Session, workers: Sequence[Worker], others: Sequence[object]
) -> Iterator[dict[Connection, BaseProcess]]:
    """Fork a process for each worker; yields them by the connection to them."""
    context = multiprocessing.get_context("fork")
    processes: dict[Connection, BaseProcess] = {}
    gc.freeze()  # no process walks over what was there before: that would copy its pages, too
    try:
        for worker in workers:
            ours, theirs = context.Pipe()
            forked = _ForkedWorker(session, worker, theirs, [*processes, ours])
            process: BaseProcess = context.Process(target=forked.run, args=(others,), daemon=True)
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore", DeprecationWarning
                )  # other threads of this process only print
                process.start()
            theirs.close()
            processes[ours] = process
        yield processes
    finally:
        for connection, process in processes.items():
            connection.close()
            process.join(_LONGEST_END)
            if process.is_alive():
                process.kill()


class _ForkedWorker:
    """The part of a run that a forked process does."""

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
            self._obey()
        except (KeyboardInterrupt, EOFError):
            pass
        self._worker.close_harness()
        _send(self._connection, _END, self._worker.take())

    def _obey(self) -> None:
        """Do what the controller sends, up to the findings to shrink: they are the last."""
        while True:
            kind, content = self._connection.recv()
            if kind == _TESTS and self._run_tests(content):
                _send(self._connection, _IDLE)
            elif kind == _OFFERS:
                _send(self._connection, _OFFERS, self._worker.shrink_offers)
            elif kind == _SHRINK:
                self._worker.shrink(content)
                return

    def _run_tests(self, numbers: Sequence[int]) -> bool:
        """Run some tests; returns whether all were run."""
        for number in numbers:
            item = self._session.items[number]
            # what follows is not known, and has nothing in common with it but the session: the harness stays
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=self._session)
            if self._session.shouldstop:
                _send(self._connection, _STOP, str(self._session.shouldstop))
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
        _send(self._connection, _REPORT, data)


def _send(connection: Connection, kind: str, content: object = None) -> None:
    """Send a message; that the other process has ended is noticed when it is read from."""
    message: Message = (kind, content)
    with contextlib.suppress(OSError):
        connection.send(message)
