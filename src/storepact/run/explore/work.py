"""The work on one chunk of an exploration: a function of values, for any process of any machine."""

from __future__ import annotations

import gc
from dataclasses import replace

import msgspec

from storepact.engines.harness import Harness
from storepact.engines.questions import Question
from storepact.engines.shrink_budget import distribute
from storepact.families import find_family
from storepact.model.errors import (
    NothingTested,
    PrerequisiteMissing,
    RunEnded,
    StorepactError,
    TargetTimedOut,
    TargetUnreachable,
    Undetermined,
)
from storepact.model.outcome import Reason, Status, sentence_of
from storepact.openapi.load import load_document
from storepact.record.recorder import Recorder
from storepact.record.values import InterestingCase, Outcome, Snapshot
from storepact.run.explore.chunks import Chunk, explored_tests, modes_of
from storepact.run.explore.novelty import NoveltyLog
from storepact.run.explore.own_mock import with_own_mock
from storepact.run.plan import PlannedTest, make_plan
from storepact.run.session import interactions_of, load_provider_contracts
from storepact.run.workers import WorkerStart, decode_start
from storepact.transport.credentials import Credentials
from storepact.transport.request_budget import Allowance

#: Markers of resources are numbered with two digits.
_MARKERS = 90


class ChunkResult(msgspec.Struct, frozen=True):
    """What the work on one chunk has led to."""

    chunk: Chunk
    evidence: Snapshot
    digests: tuple[str, ...]
    """Those of the generated cases that were sent; stories have none."""
    generated: int
    """How many cases and stories the chunk asks for."""
    stories: int
    interesting: tuple[InterestingCase, ...]
    ends: str = ""
    """Why the exploration ends here; empty if it does not."""

    @classmethod
    def without_work(cls, chunk: Chunk, ends: str) -> ChunkResult:
        """The result of a chunk that was not begun, as the exploration ends before it."""
        return cls(chunk, Recorder().snapshot(), (), 0, 0, (), ends)


def explore_chunk(start: str, chunk: Chunk) -> ChunkResult:
    """Do the work on one chunk; what goes wrong on the target is in the result.

    `start` is the message that `workers.encode_start` has made.
    """
    return run_chunk(decode_start(start), chunk)


def explore_chunk_on_own_mock(start: str, chunk: Chunk) -> ChunkResult:
    """As `explore_chunk`, on a mock of this process: lists hold no resources of other chunks."""
    return run_chunk(with_own_mock(decode_start(start)), chunk)


def run_chunk(start: WorkerStart, chunk: Chunk, allowance: Allowance | None = None) -> ChunkResult:
    """Do the work on one chunk with a target and its tokens.

    An `allowance` hands out the requests of the run, where its processes share no file. Nothing of the
    chunk remains in the process: connections and secrets are in cycles, which are seldom looked for.
    """
    try:
        return _explore(start, chunk, allowance)
    finally:
        gc.collect()


def _explore(start: WorkerStart, chunk: Chunk, allowance: Allowance | None) -> ChunkResult:
    family, options = find_family(start.family), start.options
    contracts = load_provider_contracts(options.contracts, options.provider or family.provider)
    document = load_document(options.openapi)
    plan = make_plan(document, family, interactions_of(contracts), writable=options.writable)
    test = explored_tests(plan.select(document, options.operations, options.excluded_checks))[chunk.test]
    recorder = Recorder()
    harness = Harness(
        replace(
            options,
            limits=replace(options.limits, elapsed=chunk.elapsed, allowance=allowance),
            seed=chunk.seed,
            examples=chunk.amount,
            profile=replace(options.profile, journeys=chunk.amount),
            worker=f"gw{chunk.number % _MARKERS}",
        ),
        family,
        Credentials(start.tokens),
        recorder=recorder,
        preflight=start.preflight,
    )
    log = NoveltyLog(harness, test.name, chunk)
    harness.log = log
    ends = _run_test(harness, test, recorder)
    stories = chunk.amount if not isinstance(test.value, Question) and recorder.exchanges else 0
    return ChunkResult(
        chunk,
        recorder.snapshot(),
        tuple(log.digests),
        chunk.amount * modes_of(test, document),
        stories,
        tuple(log.interesting),
        ends,
    )


def _run_test(harness: Harness, test: PlannedTest, recorder: Recorder) -> str:
    """Run a test and record its outcome; returns why the exploration ends, empty if it does not."""
    status, reason, detail, ends = Status.PASSED, None, "", ""
    try:
        harness.open()
        if harness.without_acceptance(test.run(harness)):
            status, reason = Status.FAILED, Reason.FINDINGS
        harness.shrink(distribute(harness.shrink_queue.offers, recorder.exchanges, least=0))
    except PrerequisiteMissing as missing:
        status, reason, detail = Status.SKIPPED, missing.reason, str(missing)
    except NothingTested as error:
        status, reason, detail = Status.SKIPPED, Reason.NOT_REACHED, str(error)
    except Undetermined as error:
        status, reason, detail = Status.UNDETERMINED, error.reason, str(error)
        if isinstance(error, RunEnded | TargetUnreachable | TargetTimedOut):
            ends = detail
    except StorepactError as error:
        status, reason, detail = Status.UNDETERMINED, Reason.UNDETERMINED, str(error)
    finally:
        recorder.troubles.extend(f"could not delete {entry}" for entry in harness.close())
    recorder.outcomes.append(
        Outcome(
            suite=test.suite,
            name=test.name,
            status=status,
            reason="" if reason is None else sentence_of(reason, detail),
            reason_code=reason,
            seconds=0.0,
            label=test.label,
            kind=test.kind,
            operation=test.value.operation if isinstance(test.value, Question) else "",
            findings=recorder.take_latest(),
        )
    )
    return ends
