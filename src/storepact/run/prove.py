"""Prove that the gate catches every fault of the mock: in several processes, with a record of the result."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storepact import __version__
from storepact.checks import CHECKS, EXCHANGE_CHECKS
from storepact.checks.evidence import Check
from storepact.families import find_family, mock_definition
from storepact.mock.faults import Fault, select_faults
from storepact.mock.serve import serve
from storepact.model.errors import StorepactError, Undetermined, UnknownName, UsageError
from storepact.model.outcome import STORE, Verdict
from storepact.openapi.load import load_document
from storepact.pacts import load_contracts
from storepact.record.values import TEETH_FORMAT, CleanProof, FaultProof, ProofRecord, ProvenCheck
from storepact.run.progress import print_notice
from storepact.run.prover import CLEAN, CLEAN_STORES, FaultResult, ProofOptions, Prover, is_about_stores
from storepact.run.target import MOCK_CONDITIONS
from storepact.transport.interrupts import INTERRUPTS

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess
    from multiprocessing.queues import Queue  # not generic at run time

    #: Names of faults; None ends a process.
    Jobs = Queue[str | None]
    Results = Queue[FaultResult | StorepactError]


def named_faults(names: Collection[str]) -> tuple[Fault, ...]:
    """Return the faults with these names; every fault that can be seen on this machine, if none is named.

    Raises:
        UnknownName: there is no such fault.
        UsageError: what one of them needs is not installed.

    """
    catalogue, lacking = mock_definition().faults, find_family().store_lacks()
    faults = select_faults(catalogue, names) if names else catalogue
    unseen = [fault for fault in faults if fault.suite == STORE] if lacking else []
    if names and unseen:
        raise UsageError(f"--fault {unseen[0].name}: {lacking}")
    if unseen:
        print_notice(f"{len(unseen)} faults of stores are left out: {lacking}")
    return tuple(fault for fault in faults if fault not in unseen)


def proven_checks() -> tuple[Check, ...]:
    """Return the checks that a fault of the mock can be caught by."""
    named = {fault.caught_by for fault in mock_definition().faults}
    return tuple(check for check in CHECKS if check in EXCHANGE_CHECKS or check.code in named)


def check_codes(codes: Collection[str]) -> tuple[str, ...]:
    """Return codes of checks that all exist.

    Raises:
        UnknownName: there is no such check.

    """
    available = [check.code for check in CHECKS]
    for code in codes:
        if code not in available:
            raise UnknownName("check", code, available)
    return tuple(codes)


def runs_of(faults: Sequence[str]) -> tuple[str, ...]:
    """The runs that a proof of these faults consists of, those that take long or wait much first."""
    of_stores = [name for name in faults if is_about_stores(name)]
    others = [name for name in faults if name not in of_stores]
    return (CLEAN, *([CLEAN_STORES] if of_stores else []), *reversed(of_stores), *others)


def run_faults(
    options: ProofOptions, workers: int, advance: Callable[[FaultResult], None]
) -> list[FaultResult]:
    """Test the clean mock and each fault, in so many processes; `advance` gets each result when it is there.

    The results are in the order of `runs_of`.

    Raises:
        StorepactError: the document or a pact cannot be used, or a process could not go on.

    """
    load_document(options.openapi)
    load_contracts(options.contracts)
    names = runs_of(options.faults)
    results: dict[str, FaultResult] = {}
    with (
        INTERRUPTS.note(at_once=True),
        _running_provers(options, names, min(workers, len(names))) as (queue_of_results, processes),
    ):
        while len(results) < len(names):
            result = _next_result(queue_of_results, processes)
            results[result.fault] = result
            advance(result)
        for process in processes:
            process.join(timeout=10)
    return [results[name] for name in names]


@contextmanager
def _running_provers(
    options: ProofOptions, names: Sequence[str], count: int
) -> Iterator[tuple[Results, Sequence[SpawnProcess]]]:
    """Start processes that test the faults with these names; they are ended with the block."""
    context = multiprocessing.get_context("spawn")
    jobs: Jobs = context.Queue()
    results: Results = context.Queue()
    for name in names:
        jobs.put(name)
    processes = [
        context.Process(target=_work, args=(options, jobs, results), daemon=True) for _ in range(count)
    ]
    try:
        for process in processes:
            jobs.put(None)
            process.start()
        yield results, processes
    finally:
        for process in processes:
            if process.pid is not None and process.is_alive():
                process.terminate()
                process.join(timeout=5)


def _next_result(results: Results, processes: Sequence[SpawnProcess]) -> FaultResult:
    while True:
        INTERRUPTS.check()  # a foreign callback may have dropped what the handler raised
        try:
            result = results.get(timeout=0.5)
        except queue.Empty:
            if not any(process.is_alive() for process in processes):
                raise Undetermined("every process of the proof ended before its work was done") from None
            continue
        if isinstance(result, StorepactError):
            raise result
        return result


def _work(options: ProofOptions, jobs: Jobs, results: Results) -> None:
    """Test faults until the jobs are done; the body of one process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with serve(conditions=MOCK_CONDITIONS) as running, ExitStack() as resources:
            prover = Prover(options, running, resources=resources)
            while (fault := jobs.get()) is not None:
                results.put(prover.test_fault(fault))
    except StorepactError as error:
        results.put(error)
    except Exception as error:  # the parent process reports it
        results.put(Undetermined(f"a process of the proof broke: {type(error).__name__}: {error}"))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(3)  # its mock ends too, as its stdin ends


def make_record(
    faults: Sequence[Fault],
    results: Sequence[FaultResult],
    options: ProofOptions,
    command: str,
    seconds: float,
) -> ProofRecord:
    """Return the record of a proof; `results` has one for each fault and those of the clean mock."""
    by_name = {result.fault: result for result in results}
    return ProofRecord(
        format=TEETH_FORMAT,
        storepact=__version__,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        seconds=round(seconds, 1),
        without=options.without,
        exhaustive=options.exhaustive,
        clean=_clean_proof([by_name[name] for name in (CLEAN, CLEAN_STORES) if name in by_name]),
        checks=tuple(
            ProvenCheck(code=check.code, name=check.name, rule=check.rule) for check in proven_checks()
        ),
        faults=tuple(_fault_proof(fault, by_name[fault.name]) for fault in faults),
        partial=len(faults) < len(mock_definition().faults),
    )


def _clean_proof(results: Sequence[FaultResult]) -> CleanProof:
    first = next((result for result in results if result.caught), results[0])
    trouble = next((result.trouble for result in results if result.trouble), "")
    return CleanProof(
        silent=not first.caught and not trouble,
        checks=tuple(sorted({code for result in results for code in result.checks})),
        exchanges=sum(result.exchanges for result in results),
        seconds=round(sum(result.seconds for result in results), 3),
        question=first.question,
        message=first.message,
        trouble=trouble,
    )


def _fault_proof(fault: Fault, result: FaultResult) -> FaultProof:
    return FaultProof(
        fault=fault.name,
        checks=result.checks,
        question=result.question,
        message=result.message,
        exchanges=result.exchanges,
        seconds=result.seconds,
        trouble=result.trouble,
        caught=result.caught,
        category=fault.category,
        explanation=fault.explanation,
        named=fault.caught_by,
    )


def verdict(proof: ProofRecord) -> Verdict:
    """Return the result of a proof.

    `BROKEN` if a fault was missed or the clean mock has findings, `UNDETERMINED` if a fault or the clean mock
    could not be tested to the end.
    """
    missed = [fault for fault in proof.faults if not fault.caught]
    if proof.clean.checks or any(not fault.trouble for fault in missed):
        return Verdict.BROKEN
    return Verdict.UNDETERMINED if missed or proof.clean.trouble else Verdict.CONFORMS
