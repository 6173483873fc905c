"""The controller of a run under pytest: the process that prepares and finishes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from storepact.engines.harness import Harness
from storepact.engines.shrink_budget import Offer, distribute
from storepact.mock.serve import StartingMock
from storepact.model.errors import StorepactError
from storepact.model.outcome import OutcomeKind
from storepact.openapi.load import load_document
from storepact.record.recorder import Recorder
from storepact.run.failure_limit import FailureLimit
from storepact.run.finish import FinishedRun, UntestedRun, finish
from storepact.run.outcomes import Result
from storepact.run.participants import MESSAGE, Participant
from storepact.run.plan import Plan, make_plan
from storepact.run.session import PreparedRun, interactions_of, load_provider_contracts, prepare
from storepact.run.settings import Settings
from storepact.run.workers import encode_start, merge_evidence
from storepact.transport.interrupts import INTERRUPTS

#: Outcomes of these kinds belong to no test of the plan.
_UNPLANNED = (None, OutcomeKind.DOCUMENT)


class Controller(Participant):
    """The process that leads a run, as a plugin of its pytest."""

    def __init__(self, settings: Settings, prepared: PreparedRun | None = None) -> None:
        """Without a `prepared` run the session prepares one, where it tests a target."""
        super().__init__()
        self.settings = settings
        self.prepared = prepared
        self.finished: FinishedRun | None = None
        self.error: StorepactError | None = None
        """Why the run could not be finished."""
        self._resources = ExitStack()
        self._limit = FailureLimit(settings.max_failures)

    def _make_plan(self) -> Plan:
        """The prepared run's plan; where tests are only listed, the one that the settings lead to."""
        if self.prepared is not None:
            return self.prepared.plan
        settings = self.settings
        contracts = load_provider_contracts(settings.contracts_path, settings.provider_name)
        document = load_document(settings.document_path)
        return make_plan(document, settings.api, interactions_of(contracts), writable=settings.writable)

    def open_harness(self) -> Harness:
        """The harness of this process, ready for tests; it records into the run's recorder."""
        assert self.prepared is not None
        self._harness = self.prepared.harness(self.recorder).open()
        return self._harness

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Prepare the run, unless only consumers' tests are run or tests are only listed."""
        if session.config.option.collectonly or not needs_target(session.config):
            return
        try:
            self.prepared = self.prepared or prepare_tests(self.settings, os.environ, self._resources)
        except StorepactError as error:
            pytest.exit(f"storepact: {error}", returncode=error.exit_code)
        self.recorder.troubles.extend(self.prepared.reasons)
        self.recorder.traffic.add(self.prepared.traffic)
        if self.prepared.preflight is not None:
            leftovers = self.prepared.preflight.leftovers
            self.recorder.troubles.extend(f"could not delete {leftover}" for leftover in leftovers)
        self._limit.attach(session, self.prepared)
        INTERRUPTS.install(at_once=bool(getattr(session.config.option, "numprocesses", None)))

    def record_outcome(
        self, item: pytest.Item, result: Result, seconds: float, report: pytest.TestReport
    ) -> None:
        """Record the outcome of a test of this process; stop after as many findings as allowed."""
        super().record_outcome(item, result, seconds, report)
        self._limit.check(self.recorder)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Run the tests, then shrink what this process found: also where the limit of findings ended them."""
        INTERRUPTS.check()  # one of the time before
        try:
            result = yield
        except session.Interrupted:
            if self.may_shrink(session):
                self._shrink_own()
            raise
        self._shrink_own()
        return result

    def may_shrink(self, session: pytest.Session) -> bool:
        """Whether findings are shrunk after the last test: not where the target or the user ended them."""
        return not INTERRUPTS.pressed and (not session.shouldstop or self._limit.is_reached)

    def distribute(self, offers: Iterable[Offer]) -> list[tuple[Offer, int]]:
        """The accepted ones of the offers of all processes, with what may be spent on each."""
        return list(distribute(offers, self.recorder.exchanges))

    def _shrink_own(self) -> None:
        self.shrink(self.distribute(self.shrink_offers))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send a worker what it needs; tokens travel through a pipe."""
        node.workerinput[MESSAGE] = "" if self.prepared is None else encode_start(self.prepared)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what a worker recorded during a test; stop where a Ctrl-C was dropped."""
        for name, value in report.user_properties:
            if name == MESSAGE and report.when == "teardown":
                merge_evidence(str(value), self.recorder)
                self._limit.check(self.recorder)
                INTERRUPTS.check()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Add what a worker recorded after its last test."""
        message = getattr(node, "workeroutput", {}).get(MESSAGE)
        if message:
            merge_evidence(message, self.recorder)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Finish the run; pytest ends with the exit code of its verdict."""
        if self.prepared is None:
            return
        INTERRUPTS.hold()
        harness = self._harness
        self.close_harness()
        credentials = None if harness is None else harness.credentials
        self.recorder.troubles.extend(self.prepared.sweep(self.recorder.traffic, credentials))
        reason = self._limit.record_rest(self.recorder) or _reason_for_stopping(session, exitstatus)
        if reason:  # it explains what could not be deleted
            self.recorder.troubles.insert(0, reason)
        try:
            self.finished = finish(
                self.prepared, self.recorder, is_selection=is_selection(self.plan, self.recorder)
            )
        except StorepactError as error:
            self.error = error
            session.exitstatus = error.exit_code
            return
        session.exitstatus = (self.finished.problem or self.finished.verdict).exit_code

    def pytest_unconfigure(self) -> None:
        """Stop the mock."""
        self._resources.close()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the run's summary below pytest's own."""
        if self.finished is not None:
            terminalreporter.write_line("")
            terminalreporter.write(self.finished.render(shutil.get_terminal_size().columns))
            if self.finished.problem is not None:
                terminalreporter.write_line(str(self.finished.problem))


def prepare_tests(
    settings: Settings,
    environment: Mapping[str, str],
    resources: ExitStack,
    mock: StartingMock | None = None,
) -> PreparedRun:
    """Prepare a run; where no test can find anything out, finish it. `mock` is that of `prepare`.

    Raises:
        UntestedRun: the run is finished without a test, and has a record.
        StorepactError: a setting, a file or the target cannot be used; there is no record.

    """
    prepared = prepare(settings, environment, resources, mock=mock)
    if not prepared.can_test:
        recorder = Recorder(troubles=list(prepared.reasons), traffic=prepared.traffic)
        raise UntestedRun(finish(prepared, recorder))
    return prepared


def is_selection(plan: Plan, recorder: Recorder) -> bool:
    """Whether only some of the planned tests were chosen, by --suite, -k and the like.

    A run that ended early is no selection.
    """
    planned = sum(outcome.kind not in _UNPLANNED for outcome in recorder.outcomes)
    return not recorder.troubles and planned < len(plan.tests)


def needs_target(config: pytest.Config) -> bool:
    """Whether one of the suites that test a target is run; `consumers` alone tests none."""
    paths = [Path(str(argument).partition("::")[0]).resolve() for argument in config.args]
    return any("suites" in path.parts and "consumers" not in path.parts for path in paths)


def _reason_for_stopping(session: pytest.Session, status: int) -> str:
    """Why the session ended before its last test; empty if it did not."""
    if session.shouldstop:
        return f"the run was stopped: {session.shouldstop}"
    if status == pytest.ExitCode.INTERRUPTED or INTERRUPTS.pressed:
        return "the run was interrupted"
    if status in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
        return "pytest itself failed; run the suites with pytest to see how"
    return ""
