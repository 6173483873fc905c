"""Run the gate against the mock with one fault: which checks catch it, in which test, how fast."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from storepact.engines.harness import Harness
from storepact.engines.shrink_budget import distribute
from storepact.families import mock_definition
from storepact.mock.options import MockOptions
from storepact.mock.serve import RunningMock, serve
from storepact.model.case import Case
from storepact.model.errors import (
    PrerequisiteMissing,
    RequestUnsendable,
    SetupFailed,
    StorepactError,
    Undetermined,
)
from storepact.model.exchange import Exchange
from storepact.model.outcome import STORE
from storepact.model.values import lean_value
from storepact.record.recorder import Recorder
from storepact.run.corpus import is_cache
from storepact.run.engine_options import engine_options
from storepact.run.plan import Parameter, Plan, PlannedTest, make_plan
from storepact.run.settings import Settings
from storepact.run.target import HEARTBEAT_SECONDS, MOCK_CONDITIONS, MOCK_LIMITS, mock_credentials

#: The names of the runs without a fault: of all suites but `store`, and of that one.
CLEAN, CLEAN_STORES = "", "no fault of stores"


@lean_value(frozen=True)
class ProofOptions:
    """The options of a proof. `without` has the codes of checks that are left out."""

    faults: tuple[str, ...]
    openapi: Path
    contracts: Path
    seed: int
    without: tuple[str, ...] = ()
    corpus: Path | None = None
    """The folder of pinned cases; None generates every case."""
    corpus_alone: bool = False
    """Send no fresh cases and journeys beside the pinned ones."""
    exhaustive: bool = False
    """Run every test instead of stopping at the first one with a finding: finds every check that catches."""
    shrink: bool = False
    """Shorten the stories of findings, and count how often they have to be repeated."""
    detections: Mapping[str, str] = field(default_factory=dict)
    """The test to begin with, by the name of a fault; the others follow where it does not catch the fault."""


def is_about_stores(fault: str) -> bool:
    """Whether only the suite `store` can see a fault."""
    return fault == CLEAN_STORES or any(
        entry.name == fault and entry.suite == STORE for entry in mock_definition().faults
    )


@lean_value(frozen=True)
class FaultResult:
    """The result of the gate against the mock with one fault; `fault` is empty for the clean mock."""

    fault: str
    checks: tuple[str, ...] = ()
    """The codes of the checks that caught it, sorted."""
    question: str = ""
    """The test that caught it first."""
    message: str = ""
    """The first finding."""
    exchanges: int = 0
    seconds: float = 0.0
    trouble: str = ""
    """Why the gate could not test to its end."""
    curl: str = ""
    """The lines that reproduce the first finding."""

    @property
    def caught(self) -> bool:
        """Whether any check caught it."""
        return bool(self.checks)


@dataclass
class _Catch:
    """The findings so far."""

    codes: set[str] = field(default_factory=set)
    question: str = ""
    message: str = ""
    curl: str = ""
    trouble: str = ""


class _FaultCaught(StorepactError):
    """The test ends: the fault is caught."""


class ProofRecorder(Recorder):
    """A recorder without the shapes of responses: a proof makes no record that could be compared.

    With the first exchange after a finding of the check `until` it ends the test.
    """

    def __init__(self, until: str | None) -> None:
        """`until` is None if every test runs to its end."""
        super().__init__()
        self._until, self._thread = until, threading.get_ident()

    def count(self, operation: str, exchange: Exchange) -> None:
        """Count one exchange."""
        if self._is_caught and threading.get_ident() == self._thread:
            raise _FaultCaught
        super().count(operation, exchange)

    @property
    def _is_caught(self) -> bool:
        return any(finding.code == self._until for finding in self.findings.values())

    def observe(self, operation: str, exchange: Exchange) -> None:
        """Leave the response out."""


@dataclass
class Prover:
    """Tests one running mock; the cases are generated once, when they are first needed."""

    options: ProofOptions
    running: RunningMock
    kept: dict[str, list[Case]] = field(default_factory=dict)
    """The cases by the name of their question."""
    resources: ExitStack = field(default_factory=ExitStack)
    """Ends the mock that writes stores, which is started for the first fault of stores."""
    codes: ClassVar[Mapping[str, str]] = {fault.name: fault.caught_by for fault in mock_definition().faults}
    """The code of the check that catches a fault, by the fault's name."""
    _writing: RunningMock | None = None

    def test_fault(self, fault: str) -> FaultResult:
        """Run the gate against the mock with this fault, or without one: `CLEAN`, `CLEAN_STORES`."""
        running = self._writing_mock() if is_about_stores(fault) else self.running
        running.configure(faults=[fault] if fault in self.codes else [], limits=MOCK_LIMITS)
        harness = self._make_harness(running, fault)
        catch, started = _Catch(), time.perf_counter()
        try:
            self._run_tests(harness.open(), catch, fault)
        except StorepactError as error:
            catch.trouble = str(error)
        except Exception as error:  # a gate that breaks catches nothing, and must not end the proof
            catch.trouble = f"the gate broke: {type(error).__name__}: {error}"
        finally:
            harness.close()
        seconds = round(time.perf_counter() - started, 3)
        checks = tuple(sorted(catch.codes))
        exchanges = harness.recorder.exchanges
        return FaultResult(
            fault, checks, catch.question, catch.message, exchanges, seconds, catch.trouble, catch.curl
        )

    def _writing_mock(self) -> RunningMock:
        """The mock that writes stores, for faults of what is written to them."""
        if self._writing is None:
            options = MockOptions(sync=True, sync_interval=HEARTBEAT_SECONDS, only_loopback=True)
            self._writing = self.resources.enter_context(serve(options, conditions=MOCK_CONDITIONS))
        return self._writing

    def _make_harness(self, running: RunningMock, fault: str) -> Harness:
        options = self.options
        settings = Settings(seed=options.seed, openapi=options.openapi, contracts=options.contracts)
        chosen = engine_options(
            settings,
            running.url,
            excluded_checks=options.without,
            shrink=options.shrink,
            corpus=options.corpus,
            corpus_is_cache=is_cache(options.corpus),
        )
        if options.corpus_alone:
            chosen = replace(chosen, profile=replace(chosen.profile, fresh=0), examples=None)
        credentials = mock_credentials(running, writes_stores=is_about_stores(fault))
        runs_to_end = options.exhaustive or options.shrink
        recorder = ProofRecorder(None if runs_to_end else self.codes.get(fault))
        return Harness(chosen, settings.api, credentials, recorder=recorder, kept=self.kept)

    def _run_tests(self, harness: Harness, catch: _Catch, fault: str) -> None:
        plan = make_plan(harness.document, harness.family, harness.interactions())
        for test in self._tests(plan, fault):
            _run_test(test, harness, catch)
            if catch.codes and not self.options.exhaustive:
                break

    def _tests(self, plan: Plan, fault: str) -> Iterable[PlannedTest]:
        """The tests that can see a fault; the one that caught it before is the first."""
        of_stores = is_about_stores(fault)
        tests = plan.of(STORE, Parameter.SCENARIO) if of_stores else plan.cheapest_first()
        first = self.options.detections.get(fault, "")
        return sorted(tests, key=lambda test: test.name != first)


def _run_test(test: PlannedTest, harness: Harness, catch: _Catch) -> None:
    try:
        test.run(harness)
        harness.shrink(distribute(harness.shrink_queue.offers, harness.recorder.exchanges))
    except (PrerequisiteMissing, SetupFailed, RequestUnsendable, _FaultCaught):
        pass
    except Undetermined as error:
        catch.trouble = catch.trouble or f"{test.name}: {error}"
    findings = [f for f in harness.recorder.findings.values() if f.code not in catch.codes]
    if findings and not catch.codes:
        catch.question = test.name
        catch.message = f"{findings[0].operation}: {findings[0].message}"
        catch.curl = findings[0].curl
    catch.codes.update(finding.code for finding in findings)
