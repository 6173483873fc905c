"""The processes of a run under pytest: what all have in common, and the workers."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace
from functools import cached_property

import pytest

from storepact.engines.harness import Harness
from storepact.engines.shrink_budget import Offer, distribute
from storepact.families import find_family
from storepact.model.outcome import Status
from storepact.openapi.load import load_document
from storepact.record.recorder import Recorder
from storepact.run.outcomes import Result, outcome_entry, outcome_of, planned_test, title_of
from storepact.run.plan import Plan, make_plan
from storepact.run.session import interactions_of, load_provider_contracts
from storepact.run.workers import WorkerStart, encode_evidence
from storepact.transport.credentials import Credentials

#: The name of our message in what xdist sends from process to process.
MESSAGE = "storepact"


class Participant:
    """One process of a run, with what it has recorded."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self._harness: Harness | None = None

    @cached_property
    def plan(self) -> Plan:
        """The tests of the run."""
        return self._make_plan()

    def _make_plan(self) -> Plan:
        raise NotImplementedError

    def open_harness(self) -> Harness:
        """The harness of this process, ready for tests."""
        raise NotImplementedError

    @property
    def shrink_offers(self) -> list[Offer]:
        """The findings of this process that can be shown by less."""
        return [] if self._harness is None else self._harness.shrink_queue.offers

    def shrink(self, accepted: Iterable[tuple[Offer, int]]) -> None:
        """Show findings of this process by less, each with so many exchanges."""
        if self._harness is not None:
            self._harness.shrink(accepted)

    def close_harness(self) -> None:
        """Delete what this process created on the target; what remains makes the run undetermined."""
        harness, self._harness = self._harness, None
        if harness is not None:
            self.recorder.troubles.extend(f"could not delete {entry}" for entry in harness.close())

    def record_outcome(
        self, item: pytest.Item, result: Result, seconds: float, report: pytest.TestReport
    ) -> None:
        """Record the outcome of a test whose last report this is."""
        outcome = outcome_entry(outcome_of(item, result, seconds), self.recorder.take_latest())
        self.recorder.outcomes.append(outcome)
        planned = planned_test(item)
        if planned is not None and result.status is not Status.PASSED:
            self.recorder.stories.pop(planned.name, None)
        if result.status in (Status.SKIPPED, Status.UNDETERMINED):
            self.recorder.cannot_verify(title_of(item), outcome.reason, outcome.reason_code)


class Worker(Participant):
    """A process that tests a part of the plan, and sends the controller what it recorded."""

    def __init__(self, start: WorkerStart | None, name: str) -> None:
        """`start` is the controller's message; None where the run needs no target."""
        super().__init__()
        self._start, self._name = start, name
        self._exchanges = 0
        """Those of all tests so far; the recorder has those of the present one."""

    def _make_plan(self) -> Plan:
        """The controller's plan: the same files make the same tests."""
        assert self._start is not None
        options, family = self._start.options, find_family(self._start.family)
        contracts = load_provider_contracts(options.contracts, options.provider or family.provider)
        document = load_document(options.openapi)
        plan = make_plan(document, family, interactions_of(contracts), writable=options.writable)
        whole = plan.select(document, options.operations, options.excluded_checks)
        return whole.take(self._start.shard)

    def open_harness(self) -> Harness:
        """The harness of this process, ready for tests."""
        assert self._start is not None
        self._harness = Harness(
            replace(self._start.options, worker=self._name),
            find_family(self._start.family),
            Credentials(self._start.tokens),
            recorder=self.recorder,
            preflight=self._start.preflight,
        ).open()
        return self._harness

    def record_outcome(
        self, item: pytest.Item, result: Result, seconds: float, report: pytest.TestReport
    ) -> None:
        """Record the outcome, and send what the test recorded with its report."""
        super().record_outcome(item, result, seconds, report)
        report.user_properties.append((MESSAGE, self._take(with_shapes=False)))

    def take(self) -> str:
        """What was recorded since the last call, as a message for the controller."""
        return self._take(with_shapes=True)

    def _take(self, *, with_shapes: bool) -> str:
        """The message; the shapes of responses are kept for the last one, as they take long to encode."""
        message = encode_evidence(self.recorder, with_shapes=with_shapes)
        self._exchanges += self.recorder.exchanges
        self.recorder = Recorder(shapes={} if with_shapes else self.recorder.shapes)
        if self._harness is not None:
            self._harness.recorder = self.recorder
        return message

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Run the tests that pytest-xdist hands out, then shrink what they have found."""
        result = yield
        if not session.shouldstop:
            self.shrink(distribute(self.shrink_offers, self._exchanges))
        return result

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send what was recorded after the last test."""
        self.close_harness()
        vars(session.config)["workeroutput"][MESSAGE] = self.take()


#: Where the configuration of pytest keeps the participant of its process.
PARTICIPANT = pytest.StashKey[Participant]()
