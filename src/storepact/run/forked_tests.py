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

import pytest

from storepact.engines.questions import AUTH_PHASE
from storepact.engines.shrink_budget import Offer
from storepact.model.outcome import Reason
from storepact.run.controller import Controller
from storepact.run.finish import load_finish
from storepact.run.forked_worker import (
    END,
    IDLE,
    OFFERS,
    REPORT,
    SHRINK,
    STOP,
    TESTS,
    ForkedWorker,
    send_message,
)
from storepact.run.outcomes import planned_test, title_of
from storepact.run.participants import Worker
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
            send_message(connection, TESTS, numbers)
        else:
            self._is_asked.add(connection)
            send_message(connection, OFFERS)

    def _accept_offers(self) -> None:
        """Once every process has made its offers, name each what to shrink: one finding of each cause."""
        if not self._offers or self._running - self._offers.keys():
            return
        offers, self._offers = self._offers, {}
        holders = {offer: connection for connection, own in offers.items() for offer in own}
        shrinks = self._controller.may_shrink(self._session)
        accepted = self._controller.distribute(holders) if shrinks else []
        for connection in offers:
            send_message(connection, SHRINK, [pair for pair in accepted if holders[pair[0]] is connection])

    def _receive(self, connection: Connection) -> None:
        try:
            kind, content = connection.recv()
        except (EOFError, OSError):
            self._running.discard(connection)
            self._record_loss(connection)
            return
        hook, config = self._session.config.hook, self._session.config
        if kind == REPORT:
            report = hook.pytest_report_from_serializable(config=config, data=content)
            if report.when == "teardown":
                self._done.add(report.nodeid)
            hook.pytest_runtest_logreport(report=report)
        elif kind == STOP:
            self._session.shouldstop = self._session.shouldstop or content
        elif kind == IDLE:
            self._give_next(connection)
        elif kind == OFFERS and content:
            self._offers[connection] = content
        elif kind == OFFERS:  # nothing to shrink
            send_message(connection, SHRINK, [])
        elif kind == END:
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
            forked = ForkedWorker(session, worker, theirs, [*processes, ours])
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
