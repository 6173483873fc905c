"""An exploration: chunks are handed to processes until the budget is used up; results are merged in order."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import msgspec

from storepact.engines.corpus.files import document_digest
from storepact.model.counts import many
from storepact.model.errors import UsageError
from storepact.model.outcome import Reason, Status
from storepact.openapi.document import Document
from storepact.record.recorder import Recorder
from storepact.record.values import Exploration, InterestingCase, Novelty, Outcome, ShardSection, Snapshot
from storepact.run.controller import prepare_tests
from storepact.run.corpus import NO_CORPUS
from storepact.run.explore.chunks import explored_tests, make_chunks
from storepact.run.explore.cluster import open_cluster
from storepact.run.explore.pool import Pool, open_pool
from storepact.run.explore.tasks import Budget, Tasks, Work
from storepact.run.explore.work import ChunkResult
from storepact.run.finish import FinishedRun, finish
from storepact.run.run_settings import NO_HISTORY
from storepact.run.session import PreparedRun
from storepact.run.settings import Settings
from storepact.run.shard_record import shard_section
from storepact.run.sharding import shard_of
from storepact.transport.interrupts import INTERRUPTS
from storepact.transport.pacing import read_state

#: The order in which the status of a test in one round outweighs that in another.
_GRAVITY = (Status.FAILED, Status.UNDETERMINED, Status.PASSED, Status.SKIPPED)


@dataclass
class Progress:
    """What an exploration has merged so far."""

    recorder: Recorder
    workers: int = 1
    digests: set[str] = field(default_factory=set)
    stories: int = 0
    generated: int = 0
    repeated: int = 0
    rounds: int = 0
    chunks: int = 0
    lost_chunks: int = 0
    """How many were begun and lost with their process; they were done again."""
    lost_requests: int | None = None
    """The most requests that those processes have sent for them; None where it is not known."""
    ends: str = ""
    interesting: list[InterestingCase] = field(default_factory=list)
    new: Counter[str] = field(default_factory=Counter)
    _reached: set[Novelty] = field(default_factory=set)
    _outcomes: dict[str, Outcome] = field(default_factory=dict)

    def add(self, result: ChunkResult) -> None:
        """Merge the result of one chunk; results come in the order of the chunks."""
        self._add_evidence(result.evidence)
        self._add_cases(result.digests)
        self.stories += result.stories
        self.generated += result.generated
        self.rounds = max(self.rounds, result.chunk.round + 1)
        self.chunks += 1
        self.ends = self.ends or result.ends
        for entry in result.interesting:
            self.add_interesting(entry)

    def add_shard(self, section: ShardSection, exploration: Exploration) -> None:
        """Merge a shard, but for its interesting cases: they are merged in the order of all shards."""
        self._add_evidence(section.evidence)
        self._add_cases(section.cases)
        self.stories += exploration.cases - len(section.cases)
        self.repeated += exploration.repeated
        self.rounds = max(self.rounds, exploration.rounds)
        self.workers += exploration.workers
        self.lost_chunks += exploration.lost_chunks
        if exploration.lost_requests is not None:
            self.lost_requests = (self.lost_requests or 0) + exploration.lost_requests

    def _add_evidence(self, evidence: Snapshot) -> None:
        self.recorder.merge(msgspec.structs.replace(evidence, outcomes=(), stories={}))
        for outcome in evidence.outcomes:
            self._outcomes[outcome.name] = _graver(self._outcomes.get(outcome.name), outcome)

    def _add_cases(self, digests: Sequence[str]) -> None:
        fresh = [digest for digest in digests if digest not in self.digests]
        self.digests.update(fresh)
        self.repeated += len(digests) - len(fresh)

    def add_interesting(self, entry: InterestingCase) -> None:
        """Keep a case that is the first one to reach something, by the order of the calls."""
        new = tuple(novelty for novelty in entry.new if novelty not in self._reached)
        if new:
            self._reached.update(new)
            self.new.update(novelty.kind for novelty in new)
            self.interesting.append(msgspec.structs.replace(entry, new=new))

    def snapshot(self) -> Snapshot:
        """What was merged so far, with one outcome of each test."""
        return msgspec.structs.replace(self.recorder.snapshot(), outcomes=tuple(self._outcomes.values()))

    def close(self) -> None:
        """Put the outcomes of all rounds into the recorder, one for each test."""
        for outcome in self._outcomes.values():
            self.recorder.outcomes.append(outcome)
            if outcome.status in (Status.SKIPPED, Status.UNDETERMINED):
                self.recorder.cannot_verify(outcome.name, outcome.reason, outcome.reason_code)

    @property
    def cases(self) -> int:
        """How many different cases and stories were sent."""
        return len(self.digests) + self.stories

    def describe(self) -> str:
        """The state in a few words, for a meter."""
        findings = len(self.recorder.findings)
        return f"{self.cases:,} cases, {self.new.total():,} new, {many(findings, 'finding')}"

    def section(self, budget: Budget, document: Document) -> Exploration:
        """The section of the record."""
        return Exploration(
            cases=self.cases,
            repeated=self.repeated,
            rounds=self.rounds,
            workers=self.workers,
            new=dict(sorted(self.new.items())),
            interesting=tuple(self.interesting),
            digest=document_digest(document),
            budget_cases=budget.cases,
            budget_s=budget.seconds,
            lost_chunks=self.lost_chunks,
            lost_requests=self.lost_requests if self.lost_chunks else None,
        )


def _graver(former: Outcome | None, outcome: Outcome) -> Outcome:
    """The outcome of a test over several rounds, with the findings of both."""
    if former is None:
        return outcome
    kept = min((former, outcome), key=lambda entry: _GRAVITY.index(entry.status))
    findings = tuple(sorted({*former.findings, *outcome.findings}))
    return msgspec.structs.replace(kept, findings=findings)


Advance = Callable[[Progress, float], None]
"""Shows the progress; the second value is the seconds since the start."""


def explore(
    settings: Settings,
    budget: Budget,
    advance: Advance,
    scheduler: str | None = None,
) -> FinishedRun:
    """Generate cases until the budget is used up, and write the record and the reports.

    `scheduler` is the address of a Dask scheduler whose workers do the work in place of this machine.

    Raises:
        UsageError: the budget is nothing, or nothing can be explored.
        StorepactError: no case was sent, and this is why.

    """
    budget.check()
    settings = replace(settings, profile="explore", corpus_dir=NO_CORPUS, history=NO_HISTORY)
    with INTERRUPTS.note(), ExitStack() as resources:
        prepared = prepare_tests(settings, os.environ, resources)
        recorder = Recorder(troubles=list(prepared.reasons))
        recorder.traffic.add(prepared.traffic)
        pool = resources.enter_context(
            open_pool(prepared) if scheduler is None else open_cluster(scheduler, prepared)
        )
        progress = Progress(recorder, pool.workers)
        tests = explored_tests(prepared.whole_plan)
        if not tests:
            raise UsageError("no operation of the selection has generated cases: nothing can be explored")
        shard = shard_of(settings)
        chunks = make_chunks(tests, prepared.document, settings.seed, budget.cases, shard)
        advance(progress, 0.0)
        _run(pool, Work(chunks, budget), progress, advance)
        _count_losses(pool, prepared, progress)
        return finish_exploration(prepared, progress, budget)


def _run(pool: Pool, work: Work, progress: Progress, advance: Advance) -> None:
    """Hand out chunks and merge their results in order; a Ctrl-C or processes that are lost again end it."""
    tasks = Tasks(pool, work)
    try:
        while not progress.ends:
            tasks.hand_out()
            if not tasks.pending:
                return
            for result in tasks.take_results():
                progress.add(result)
                advance(progress, work.seconds)
            INTERRUPTS.check()  # other processes send the requests: nothing else here is a safe point
        _take_rest(tasks, progress)
    except KeyboardInterrupt:
        progress.ends = "the run was interrupted"
        with contextlib.suppress(KeyboardInterrupt, *pool.losses):
            _take_rest(tasks, progress)  # before what is left on the target is looked for
    except pool.losses:
        progress.ends = "a process of the exploration has ended: what it did is not in the record"
    finally:
        tasks.cancel()
        progress.lost_chunks = tasks.repeated


def _take_rest(tasks: Tasks, progress: Progress) -> None:
    for result in tasks.take_rest():
        progress.add(result)


def _count_losses(pool: Pool, prepared: PreparedRun, progress: Progress) -> None:
    """Count the chunks that were lost with a process, and what it has sent, as far as that is known."""
    sent, pace = progress.recorder.traffic.sent, prepared.options.pace
    if pool.ledger is not None:
        progress.lost_chunks = pool.ledger.lost_chunks(progress.chunks)
        progress.lost_requests = pool.ledger.lost_requests(sent - prepared.traffic.sent)
    elif pace is not None and (state := read_state(pace)) is not None:
        progress.lost_requests = max(0, state.requests - sent)


def finish_exploration(prepared: PreparedRun, progress: Progress, budget: Budget) -> FinishedRun:
    """Delete what is left, and write the record and the reports of what was merged."""
    INTERRUPTS.hold()
    recorder = progress.recorder
    recorder.troubles.extend(prepared.sweep(recorder.traffic))
    if progress.ends:
        recorder.troubles.insert(0, f"the exploration ended early: {progress.ends}")
    evidence = progress.snapshot()
    shard = shard_section(prepared, evidence, len(evidence.outcomes), progress.digests)
    progress.close()
    recorder.cannot_verify(
        "pacts, scenarios, probes",
        "no part of an exploration: storepact verify has them",
        Reason.NOT_SELECTED,
    )
    exploration = progress.section(budget, prepared.document)
    return finish(prepared, recorder, is_selection=True, exploration=exploration, shard=shard)
