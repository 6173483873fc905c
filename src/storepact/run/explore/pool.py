"""The processes that do the chunks of an exploration: this one, several of this machine, or a cluster's."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import connection, get_context, parent_process

from storepact.run.explore.chunks import Chunk
from storepact.run.explore.ledger import Ledger
from storepact.run.explore.work import ChunkResult, explore_chunk, explore_chunk_on_own_mock
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


@dataclass
class Pool:
    """Where chunks are done."""

    executor: Executor
    workers: int = 1
    function: Callable[[str, Chunk], ChunkResult] = explore_chunk
    start: str = ""
    """What the function needs beside the chunk."""
    losses: tuple[type[Exception], ...] = (BrokenProcessPool,)
    """What says that a chunk was lost with its process, for good."""
    restart: Callable[[], Executor] | None = None
    """Returns an executor in place of one whose process was lost; None where nothing can be done again."""
    ledger: Ledger | None = None
    """What a cluster keeps of its chunks and requests; None where processes share a file."""

    @property
    def most(self) -> int:
        """How many chunks are handed out at the same time."""
        return 1 if self.workers == 1 else _WAITING * self.workers

    def submit(self, chunk: Chunk) -> Future[ChunkResult]:
        """Hand out a chunk."""
        if self.ledger is not None:
            chunk = replace(chunk, elapsed=time.monotonic() - self.ledger.began)
        return self.executor.submit(self.function, self.start, chunk)

    def begin_anew(self) -> bool:
        """Replace the executor whose process was lost; False where that cannot be done."""
        if self.restart is None:
            return False
        self.executor = self.restart()
        return True


@contextmanager
def open_pool(prepared: PreparedRun) -> Iterator[Pool]:
    """The processes of this machine: this one alone if there is one worker."""
    workers = prepared.settings.workers or 1
    if workers == 1:
        yield Pool(SerialExecutor(), start=encode_start(prepared))
        return
    with ExitStack() as executors:

        def begin() -> ProcessPoolExecutor:
            context = get_context("spawn")
            pool = ProcessPoolExecutor(workers, mp_context=context, initializer=end_with_parent)
            return executors.enter_context(pool)

        function = explore_chunk_on_own_mock if prepared.options.is_mock else explore_chunk
        yield Pool(begin(), workers, function, encode_start(prepared), restart=begin)


def end_with_parent() -> None:
    """End this process when the one that started it ends: killed, it would leave its workers for ever."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_await_end, args=(parent.sentinel,), daemon=True).start()


def _await_end(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
