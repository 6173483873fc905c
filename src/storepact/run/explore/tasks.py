"""What remains of an exploration, and the chunks that were handed out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from storepact.model.errors import UsageError
from storepact.model.values import lean_value
from storepact.run.explore.chunks import Chunk
from storepact.run.explore.pool import Pool
from storepact.run.explore.work import ChunkResult

#: Seconds between two looks at the clock.
_GLANCE = 0.5

#: How often a chunk is handed out again after its process was lost.
_MOST_LOSSES = 3


@lean_value(frozen=True)
class Budget:
    """When an exploration ends: after some time, or after so many generated cases."""

    seconds: float | None = None
    cases: int | None = None

    def check(self) -> None:
        """Refuse a budget of nothing, and none at all.

        Raises:
            UsageError: it is one of these.

        """
        if self.seconds is None and self.cases is None:
            raise UsageError("say how long to explore: --time 10m, --cases 5000, or both")
        for flag, value in (("--time", self.seconds), ("--cases", self.cases)):
            if value is not None and value <= 0:
                raise UsageError(f"{flag} must be above 0: nothing would be explored")


@dataclass
class Work:
    """What remains to be done."""

    chunks: Iterator[Chunk]
    budget: Budget
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return time.monotonic() - self.began

    @property
    def is_over(self) -> bool:
        """Whether the time is used up."""
        return self.budget.seconds is not None and self.seconds >= self.budget.seconds

    def next(self) -> Chunk | None:
        """The next chunk; None if there is none."""
        return None if self.is_over else next(self.chunks, None)


@dataclass
class Task:
    """A chunk that was handed out."""

    chunk: Chunk
    future: Future[ChunkResult]
    losses: int = 0
    """How often a process was lost before the chunk was done."""


@dataclass
class Tasks:
    """The chunks that were handed out, in order."""

    pool: Pool
    work: Work
    pending: list[Task] = field(default_factory=list)
    repeated: int = 0
    """How many chunks were handed out again after their process was lost."""

    def hand_out(self) -> None:
        """Hand out as many chunks as the pool takes."""
        while len(self.pending) < self.pool.most:
            chunk = self.work.next()
            if chunk is None:
                return
            self.pending.append(Task(chunk, self.pool.submit(chunk)))

    def take_results(self) -> Iterator[ChunkResult]:
        """Yield the results that are there, in the order of the chunks.

        Chunks that were lost with a process are handed out again, up to three times.
        """
        wait([self.pending[0].future], _GLANCE, FIRST_COMPLETED)
        while self.pending and self.pending[0].future.done():
            try:
                result = self.pending[0].future.result()
            except self.pool.losses:
                if self.pending[0].losses == _MOST_LOSSES or not self.pool.begin_anew():
                    raise
                self._repeat()
                return
            self.pending.pop(0)
            yield result

    def _repeat(self) -> None:
        """Hand out again what was lost."""
        for task in self.pending:
            if not task.future.done() or task.future.cancelled() or task.future.exception():
                task.losses += 1
                self.repeated += 1
                task.future = self.pool.submit(task.chunk)

    def take_rest(self) -> Iterator[ChunkResult]:
        """Take back what no process has begun, and yield the results of what is at work.

        On a cluster it is not known what was begun: all of it is awaited.
        """
        if self.pool.ledger is None:
            self.pending = [task for task in self.pending if not task.future.cancel()]
        while self.pending:
            yield from self.take_results()

    def cancel(self) -> None:
        """Take back what no process has begun."""
        for task in self.pending:
            task.future.cancel()
