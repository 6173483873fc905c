"""The processes that do the chunks of an exploration: this one, several of this machine, or a cluster's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

from storepact.run.explore.chunks import Chunk
from storepact.run.explore.work import ChunkResult, explore_chunk
from storepact.run.session import PreparedRun
from storepact.run.workers import encode_start

#: Chunks that wait for a process, for each process.
_WAITING = 2


class SerialExecutor(Executor):
    """Does the work in this process, at once."""

    def submit(self, function, /, *arguments, **named):  # type: ignore[no-untyped-def]
        """Call the function; its result is there when this returns."""
        future: Future[object] = Future()
        future.set_result(function(*arguments, **named))
        return future


@dataclass(frozen=True)
class Pool:
    """Where chunks are done."""

    executor: Executor
    workers: int = 1
    function: Callable[[str, Chunk], ChunkResult] = explore_chunk
    start: str = ""
    """What the function needs beside the chunk."""
    losses: tuple[type[Exception], ...] = (BrokenProcessPool,)
    """What says that a chunk was lost with its process, for good."""

    @property
    def most(self) -> int:
        """How many chunks are handed out at the same time."""
        return 1 if self.workers == 1 else _WAITING * self.workers

    def submit(self, chunk: Chunk) -> Future[ChunkResult]:
        """Hand out a chunk."""
        return self.executor.submit(self.function, self.start, chunk)


@contextmanager
def open_pool(prepared: PreparedRun) -> Iterator[Pool]:
    """The processes of this machine: this one alone if there is one worker."""
    workers = prepared.settings.workers
    if workers == 1:
        yield Pool(SerialExecutor(), start=encode_start(prepared))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor:
        yield Pool(executor, workers, start=encode_start(prepared))
