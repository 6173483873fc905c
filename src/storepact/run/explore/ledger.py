"""The request budget of a cluster: its scheduler hands it out to the workers in small portions.

A worker takes a portion before it sends, and gives back at the end of a chunk what it has not sent. What a
lost worker had taken is not given back: it counts as spent. So all workers together never send more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from storepact.model.errors import BudgetExhausted
from storepact.model.values import lean_value

#: In so many portions a budget is handed out at most, and so many requests has a portion at least.
_MOST_PORTIONS, _LEAST = 400, 10

#: Seconds that a worker waits for a portion that was there a moment ago.
_PATIENCE = 2.0


def portions(total: int, workers: int) -> list[int]:
    """The sizes of the portions of a budget; small enough that each worker gets several of them."""
    size = max(1, min(_LEAST, total // (4 * workers)), -(-total // _MOST_PORTIONS))
    whole, rest = divmod(max(total, 0), size)
    return [size] * whole + [rest] * (rest > 0)


class Queue(Protocol):
    """The part of Dask's queues that is used."""

    name: str

    def put(self, value: int) -> None:
        """Add a number."""

    def get(self, timeout: float | None = None, *, batch: bool = False) -> object:
        """Take the next number; a list of all that are there as a `batch`."""

    def qsize(self) -> int:
        """How many numbers are there."""

    def close(self) -> None:
        """Say that this process needs the queue no more."""


@lean_value(frozen=True)
class Queues:
    """The names of the queues of an exploration at the scheduler."""

    attempts: str
    """Has an entry for each chunk that a worker has begun."""
    portions: str | None = None
    """The portions of the budget; None without a budget."""


@dataclass
class WorkerAllowance:
    """What a worker has taken of the budget for one chunk."""

    queue: Queue
    granted: int = 0
    _first: int = 0
    """A portion that was taken before anything needed it."""

    def begin(self) -> bool:
        """Take the first portion; returns whether there is one."""
        self._first = self._take()
        return bool(self._first)

    def take(self) -> int:
        """Return the size of a further portion; 0 if none is there."""
        portion, self._first = self._first, 0
        return portion or self._take()

    def _take(self) -> int:
        try:
            portion = _number(self.queue.get(timeout=_PATIENCE)) if self.queue.qsize() else 0
        except OSError:  # another one was faster, or the scheduler does not answer any more
            return 0
        self.granted += portion
        return portion

    def give_back(self, sent: int) -> None:
        """Give back what was not sent, for other chunks."""
        if self.granted > sent:
            with suppress(OSError):  # it then counts as spent
                self.queue.put(self.granted - sent)
            self.granted = sent


@dataclass
class Ledger:
    """What the client knows of the chunks and requests of a cluster."""

    attempts: Queue
    portions: Queue | None
    total: int = 0
    """The requests of all portions."""
    began: float = 0.0
    """When the run began, in monotonic seconds: `--deadline` is counted from it."""
    queues: Queues = field(init=False)

    def __post_init__(self) -> None:
        name = None if self.portions is None else self.portions.name
        self.queues = Queues(self.attempts.name, name)

    def lost_chunks(self, done: int) -> int:
        """How many chunks were begun and lost with their worker, after so many were done."""
        return max(0, self.attempts.qsize() - done)

    def lost_requests(self, sent: int) -> int | None:
        """The most requests that lost workers have sent, besides the others; None without a budget."""
        if self.portions is None:
            return None
        left = self.portions.get(batch=True)
        unused = sum(map(_number, left)) if isinstance(left, list | tuple) else 0
        return max(0, self.total - unused - sent)

    def close(self) -> None:
        """Delete the queues at the scheduler."""
        for queue in (self.attempts, self.portions):
            if queue is not None:
                with suppress(OSError, RuntimeError):
                    queue.close()


def open_ledger(client: object, total: int | None, workers: int, began: float) -> Ledger:
    """Put a budget of requests, if there is one, into a queue of the scheduler."""
    queue = None if total is None else _open_queue(client)
    if queue is not None:
        for portion in portions(total or 0, workers):
            queue.put(portion)
    return Ledger(_open_queue(client), queue, max(total or 0, 0), began)


def _open_queue(client: object, name: str | None = None) -> Queue:
    import distributed

    queue: Queue = distributed.Queue(name, client=client)  # type: ignore[no-untyped-call]
    return queue


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


@contextmanager
def begin_attempt(queues: Queues, number: int) -> Iterator[WorkerAllowance | None]:
    """In a worker: note that a chunk is begun, and yield what hands out the budget, if there is one.

    Raises:
        BudgetExhausted: nothing is left of it.

    """
    from distributed import get_client

    client = get_client()
    attempts = _open_queue(client, queues.attempts)
    attempts.put(number)
    leases = None if queues.portions is None else _open_queue(client, queues.portions)
    allowance = None if leases is None else WorkerAllowance(leases)
    try:
        if allowance is not None and not allowance.begin():
            raise BudgetExhausted("--max-requests is used up")
        yield allowance
    finally:
        for queue in (attempts, leases):
            if queue is not None:
                queue.close()
