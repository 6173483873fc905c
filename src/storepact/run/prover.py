"""Run the gate against the mock with one fault: which checks catch it, in which test, how fast."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from storepact.engines.harness import Harness
from storepact.families import mock_definition
from storepact.mock.serve import MockOptions, RunningMock, serve
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
from storepact.record.recorder import Recorder
from storepact.run.corpus import is_cache
from storepact.run.engine_options import engine_options
from storepact.run.plan import Parameter, Plan, PlannedTest, make_plan
from storepact.run.settings import Settings
from storepact.run.target import HEARTBEAT_SECONDS, MOCK_CONDITIONS, MOCK_LIMITS, mock_credentials

#: The name of the run without a fault.
CLEAN = ""


@dataclass(frozen=True)
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


def is_about_stores(fault: str) -> bool:
    """Whether only the suite `store` can see a fault."""
    return any(entry.name == fault and entry.suite == STORE for entry in mock_definition().faults)


@dataclass(frozen=True)
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


class FindingsOnly(Recorder):
    """A recorder without the shapes of responses: a proof makes no record that could be compared."""

    def observe(self, operation: str, exchange: Exchange) -> None:
        """Leave the response out."""


@dataclass
class Prover:
    """Tests one running mock; the cases are generated once, when they are first needed."""

    options: ProofOptions
    running: RunningMock
    kept: dict[str, list[Case]] = field(default_factory=dict)
    """The cases by the name of their question."""
    recorder: type[Recorder] = FindingsOnly
    """Makes what receives the findings of one fault."""

    def test_fault(self, fault: str) -> FaultResult:
        """Run the gate against the mock with this fault, or without one for `CLEAN`."""
        with self._mock_for(fault) as running:
            return self._test(fault, running)

    @contextmanager
    def _mock_for(self, fault: str) -> Iterator[RunningMock]:
        """The mock that can show a fault: one that writes stores, for a fault of what is written to them."""
        if not is_about_stores(fault):
            yield self.running
            return
        options = MockOptions(sync=True, sync_interval=HEARTBEAT_SECONDS, only_loopback=True)
        with serve(options, conditions=MOCK_CONDITIONS) as running:
            yield running

    def _test(self, fault: str, running: RunningMock) -> FaultResult:
        running.configure(faults=[fault] if fault else [], limits=MOCK_LIMITS)
        harness = self._make_harness(running, writes_stores=is_about_stores(fault))
        catch, started = _Catch(), time.perf_counter()
        try:
            self._run_tests(harness.open(), catch, suite=STORE if is_about_stores(fault) else "")
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

    def _make_harness(self, running: RunningMock, *, writes_stores: bool) -> Harness:
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
        credentials = mock_credentials(running, writes_stores=writes_stores)
        recorder = self.recorder()
        return Harness(chosen, settings.api, credentials, recorder=recorder, kept=self.kept)

    def _run_tests(self, harness: Harness, catch: _Catch, suite: str) -> None:
        plan = make_plan(harness.document, harness.family, harness.interactions())
        for test in plan.of(suite, Parameter.SCENARIO) if suite else self._tests(plan):
            _run_test(test, harness, catch)
            if catch.codes and not self.options.exhaustive:
                break

    def _tests(self, plan: Plan) -> Iterable[PlannedTest]:
        return plan.cheapest_first()


def _run_test(test: PlannedTest, harness: Harness, catch: _Catch) -> None:
    try:
        test.run(harness)
    except (PrerequisiteMissing, SetupFailed, RequestUnsendable):
        pass
    except Undetermined as error:
        catch.trouble = catch.trouble or f"{test.name}: {error}"
    findings = [f for f in harness.recorder.findings.values() if f.code not in catch.codes]
    if findings and not catch.codes:
        catch.question = test.name
        catch.message = f"{findings[0].operation}: {findings[0].message}"
        catch.curl = findings[0].curl
    catch.codes.update(finding.code for finding in findings)
