"""What `storepact prove` does: the gate against the mock with one fault at a time, and the matrix of who caught what."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storepact import __version__
from storepact.checks import CHECKS, EXCHANGE_CHECKS
from storepact.engines.harness import Harness
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.mock.faults import Fault, select_faults
from storepact.mock.serve import RunningMock, serve
from storepact.model.case import Case
from storepact.model.errors import (
    PrerequisiteMissing,
    RequestUnsendable,
    SetupFailed,
    StorepactError,
    Undetermined,
    UnknownName,
)
from storepact.model.outcome import Verdict
from storepact.openapi.document import load_document
from storepact.pacts import load_contracts
from storepact.record.values import TEETH_FORMAT
from storepact.run.plan import make_plan
from storepact.run.settings import Settings
from storepact.run.target import MOCK_CONDITIONS, MOCK_LIMITS, mock_credentials

#: The name of the run without any fault.
CLEAN = ""


@dataclass(frozen=True)
class ProofOptions:
    """What is to be proven, and how. `without` are the codes of checks that are left out."""

    faults: tuple[str, ...]
    openapi: Path
    contracts: Path
    seed: int
    without: tuple[str, ...] = ()
    exhaustive: bool = False
    """Ask everything instead of stopping at the first question with a finding: then every check that catches is told."""


@dataclass
class FaultResult:
    """What became of one fault: the codes that caught it, in which question, after how much."""

    fault: str
    checks: tuple[str, ...] = ()
    question: str = ""
    message: str = ""
    exchanges: int = 0
    seconds: float = 0.0
    trouble: str = ""
    """Why the gate could not be asked to its end."""

    @property
    def caught(self) -> bool:
        """Whether any check spoke."""
        return bool(self.checks)


@dataclass
class Prover:
    """One process' mock and cases; the cases are generated once, when they are first needed."""

    orders: ProofOptions
    running: RunningMock
    corpus: dict[str, list[Case]] = field(default_factory=dict)

    def bite(self, fault: str) -> FaultResult:
        """Ask the gate about the mock with this fault, until a finding."""
        self.running.configure(faults=[fault] if fault else [], limits=MOCK_LIMITS)
        settings = Settings(
            seed=self.orders.seed, openapi=self.orders.openapi, contracts=self.orders.contracts
        )
        options = settings.engine_options(self.running.url, excluded_checks=self.orders.without, shrink=False)
        harness = Harness(options, DEFAULT_FAMILY, mock_credentials(self.running), corpus=self.corpus)
        bite, started = FaultResult(fault), time.perf_counter()
        try:
            self._ask(harness.open(), bite)
        except StorepactError as error:
            bite.trouble = str(error)
        except (
            Exception
        ) as error:  # the gate itself broke: that is no bite, and must not hide the other faults
            bite.trouble = f"the gate broke: {type(error).__name__}: {error}"
        finally:
            harness.close()
        bite.exchanges = harness.recorder.exchanges
        bite.seconds = round(time.perf_counter() - started, 3)
        return bite

    def _ask(self, harness: Harness, bite: FaultResult) -> None:
        codes: dict[str, None] = {}
        plan = make_plan(harness.document, harness.family, harness.interactions())
        for test in plan.cheapest_first():
            try:
                test.run(harness)
            except (PrerequisiteMissing, SetupFailed, RequestUnsendable):
                pass
            except Undetermined as error:
                bite.trouble = bite.trouble or f"{test.name}: {error}"
            found = [finding for finding in harness.recorder.findings.values() if finding.code not in codes]
            for each in found:
                codes[each.code] = None
            if found and not bite.question:
                bite.question, bite.message = test.name, f"{found[0].operation}: {found[0].message}"
            if found and not self.orders.exhaustive:
                break
        bite.checks = tuple(sorted(codes))


def _work(orders: ProofOptions, jobs: Any, results: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with serve(conditions=MOCK_CONDITIONS) as running:
            prover = Prover(orders, running)
            while (fault := jobs.get()) is not None:
                results.put(prover.bite(fault))
    except Exception as error:  # told to the one who waits for the results
        broke = Undetermined(f"the prover broke: {type(error).__name__}: {error}")
        results.put(error if isinstance(error, StorepactError) else broke)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(3)  # its mock follows, as it reads from this process


def run_faults(orders: ProofOptions, workers: int, told: Callable[[FaultResult], None]) -> list[FaultResult]:
    """What became of each fault, and of the clean mock, in so many processes; `told` hears of each as it comes.

    Raises:
        StorepactError: the document or a pact cannot be used, or a process could not go on.

    """
    load_document(orders.openapi)
    load_contracts(orders.contracts)
    context = multiprocessing.get_context("spawn")
    jobs: Any = context.Queue()
    results: Any = context.Queue()
    for name in (CLEAN, *orders.faults):
        jobs.put(name)
    count = max(1, min(workers, len(orders.faults) + 1))
    processes = [
        context.Process(target=_work, args=(orders, jobs, results), daemon=True) for _ in range(count)
    ]
    for process in processes:
        jobs.put(None)
        process.start()
    found: list[FaultResult] = []
    try:
        while len(found) < len(orders.faults) + 1:
            bite = _next(results, processes)
            found.append(bite)
            told(bite)
    finally:
        for process in processes:
            process.join(timeout=10 if len(found) > len(orders.faults) else 0)
            if process.is_alive():
                process.terminate()
                process.join(timeout=5)
    order = {name: index for index, name in enumerate((CLEAN, *orders.faults))}
    return sorted(found, key=lambda bite: order[bite.fault])


def _next(results: Any, processes: Sequence[Any]) -> FaultResult:
    while True:
        try:
            found = results.get(timeout=0.5)
        except queue.Empty:
            if not any(process.is_alive() for process in processes):
                raise Undetermined("every prover ended before its work was done") from None
            continue
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, FaultResult)
        return found


def wanted_faults(names: Collection[str]) -> tuple[Fault, ...]:
    """These faults, or all of them.

    Raises:
        UnknownName: there is no such fault.

    """
    catalogue = mock_definition().faults
    return select_faults(catalogue, names) if names else catalogue


def excluded_checks(codes: Collection[str]) -> tuple[str, ...]:
    """Codes of checks, proven to exist.

    Raises:
        UnknownName: there is no such check.

    """
    available = [check.code for check in CHECKS]
    for code in codes:
        if code not in available:
            raise UnknownName("check", code, available)
    return tuple(codes)


def proof_record(
    faults: Sequence[Fault], found: Sequence[FaultResult], orders: ProofOptions, command: str, seconds: float
) -> dict[str, Any]:
    """The whole proof as plain data, for teeth.json and for reports."""
    by_name = {bite.fault: bite for bite in found}
    rows = []
    for fault in faults:
        bite = by_name[fault.name]
        rows.append(
            {
                **{name: value for name, value in asdict(bite).items() if name != "checks"},
                "checks": list(bite.checks),
                "caught": bite.caught,
                "category": fault.category,
                "explanation": fault.explanation,
                "named": fault.caught_by,
            }
        )
    clean = by_name[CLEAN]
    return {
        "format": TEETH_FORMAT,
        "storepact": __version__,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "seconds": round(seconds, 1),
        "without": list(orders.without),
        "exhaustive": orders.exhaustive,
        "clean": {
            "silent": not clean.caught and not clean.trouble,
            "checks": list(clean.checks),
            "exchanges": clean.exchanges,
            "seconds": clean.seconds,
            "question": clean.question,
            "message": clean.message,
            "trouble": clean.trouble,
        },
        "checks": [{"code": check.code, "name": check.name, "rule": check.rule} for check in EXCHANGE_CHECKS],
        "faults": rows,
    }


def verdict(proof: dict[str, Any]) -> Verdict:
    """Conforms if every fault is caught and the clean mock is silent; undetermined if a test could not be made."""
    if proof["clean"]["checks"] or any(
        not fault["caught"] and not fault["trouble"] for fault in proof["faults"]
    ):
        return Verdict.BROKEN
    troubled = proof["clean"]["trouble"] or any(not fault["caught"] for fault in proof["faults"])
    return Verdict.UNDETERMINED if troubled else Verdict.CONFORMS
