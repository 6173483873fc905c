"""The exchanges of recordings in the order of their responses, by this process or divided over two.

With two, a forked process masks secrets and counts exchanges, and this one follows the history and judges
what it sends: each exchange passes both in the same order, so that the record is the one of a single process.
"""

from __future__ import annotations

import heapq
import multiprocessing
import os
import pickle
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from storepact.engines.traffic.judge import Judgement, TrafficJudge
from storepact.engines.traffic.reception import MaskedExchange, Ticket
from storepact.engines.traffic.recognize import Recognized
from storepact.engines.traffic.secrets import Registration
from storepact.engines.traffic.transfer import Message, Packer, Unpacker
from storepact.model.traffic import Traffic, TrafficEntry, TrafficResponse, Treatment
from storepact.model.values import lean_value
from storepact.record.recorder import Recorder
from storepact.record.values import Snapshot

#: Makes a judge without earlier exchanges; the argument is whether every write is in the traffic.
NewJudge = Callable[[bool], TrafficJudge]

#: Exchanges that are sent at once.
_BATCH = 50

#: Seconds that a process gets to end after its last message.
_LONGEST_END = 10.0


class ProcessLost(Exception):
    """The other process has ended before its work was done."""


@lean_value(frozen=True)
class Step:
    """One exchange whose response has come: its judge, and what is known of it."""

    place: tuple[int, int]
    """The index of its recording, and of the entry there."""
    judge: TrafficJudge
    ticket: Ticket | None
    """None where its request is not judged."""
    result: Treatment | MaskedExchange

    @property
    def operation(self) -> str:
        """The operationId of its request; empty where that is not judged."""
        request = self.ticket.request if self.ticket else None
        return request.operation.id if isinstance(request, Recognized) else ""

    def judgement(self, received: TrafficResponse | None) -> Judgement:
        """What is found out about the exchange, whose response is `received`."""
        return self.judge.judge(self.ticket, received, self.result)


#: What a process sends of a step: its place, new secrets, and whether its request, if judged, was racing.
_Sent = tuple[tuple[int, int], tuple[Registration, ...], bool | None, Treatment | Message]


def follow(recordings: Sequence[Traffic], new_judge: NewJudge) -> Iterator[Step]:
    """Follow every recording: its exchanges, without their secrets."""
    for index, traffic in enumerate(recordings):
        yield from _Recording(index, traffic, new_judge).steps()


class _Recording:
    """One recording, and the requests whose responses are still to come."""

    def __init__(self, index: int, traffic: Traffic, new_judge: NewJudge) -> None:
        self._index, self._traffic, self._new_judge = index, traffic, new_judge
        self._name = Path(traffic.name).name
        self._pending: list[tuple[float, int, int, Ticket]] = []
        self._begin_history(complete=traffic.complete)

    def _begin_history(self, *, complete: bool) -> None:
        self._judge = self._new_judge(complete)

    def steps(self) -> Iterator[Step]:
        """Every exchange, in the order of the responses; of requests without one in the order of the file."""
        pending, is_related = self._pending, self._traffic.related
        for position, entry in enumerate(self._traffic.entries):
            while pending and (pending[0][0] <= entry.started or not is_related):
                yield self._finish()
            if entry.request is None or entry.cached:
                yield self._step(position, None, _unjudged(entry))
                continue
            if not is_related:
                self._begin_history(complete=False)
            ticket = self._judge.begin(entry.request, f"entry {entry.number} of {self._name}")
            heapq.heappush(pending, (entry.ended, entry.number, position, ticket))
        while pending:
            yield self._finish()

    def _finish(self) -> Step:
        *_, position, ticket = heapq.heappop(self._pending)
        result = self._judge.reception.finish(ticket, self._traffic.entries[position].response)
        return self._step(position, ticket, result)

    def _step(self, position: int, ticket: Ticket | None, result: Treatment | MaskedExchange) -> Step:
        return Step((self._index, position), self._judge, ticket, result)


def _unjudged(entry: TrafficEntry) -> Treatment:
    """What becomes of an entry of which nothing is judged."""
    if entry.other_protocol:
        return Treatment.OTHER_PROTOCOL
    return Treatment.CACHED if entry.cached else Treatment.UNREADABLE


@contextmanager
def followed_by_another_process(
    recordings: Sequence[Traffic], new_judge: NewJudge, recorder: Recorder
) -> Iterator[Iterator[Step]]:
    """The same steps; a forked process receives the exchanges, in advance of what is done with them.

    The iterator raises:
        ProcessLost: that process has ended before its work was done.

    """
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(
        target=_follow_and_send, args=(recordings, new_judge, reader, writer), daemon=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads of this process only print
        process.start()
    writer.close()
    try:
        yield _receive(recordings, new_judge, recorder, reader)
    finally:
        reader.close()
        process.kill()
        process.join(_LONGEST_END)


def _follow_and_send(
    recordings: Sequence[Traffic], new_judge: NewJudge, reader: Connection, writer: Connection
) -> None:
    """What the other process does. A problem is met again, and reported, by the first one."""
    os.setpgid(0, 0)  # Ctrl-C reaches the first process alone
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    reader.close()
    try:
        packer, recorder, batch = Packer(), Recorder(), list[_Sent]()
        for step in follow(recordings, new_judge):
            batch.append(_to_send(step, recordings, packer))
            if isinstance(step.result, MaskedExchange):
                recorder.add_exchange(step.operation, step.result.exchange)
            if len(batch) == _BATCH:
                writer.send_bytes(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL))
                batch = []
        for last in (batch, recorder.snapshot()):
            writer.send_bytes(pickle.dumps(last, pickle.HIGHEST_PROTOCOL))
    except Exception:
        os._exit(1)


def _to_send(step: Step, recordings: Sequence[Traffic], packer: Packer) -> _Sent:
    result, ticket, (recording, position) = step.result, step.ticket, step.place
    racing = None if ticket is None or isinstance(ticket.request, Treatment) else ticket.racing
    if isinstance(result, Treatment):
        return step.place, (), racing, result
    received = recordings[recording].entries[position].response
    assert ticket is not None
    assert received is not None
    message = packer.pack(result, ticket.sent.request, received.response)
    return step.place, step.judge.secrets.take_new(), racing, message


def _receive(
    recordings: Sequence[Traffic], new_judge: NewJudge, recorder: Recorder, reader: Connection
) -> Iterator[Step]:
    """The steps that the other process sends; at the end the recorder gets what it has counted."""
    judge, unpacker, current = new_judge(False), Unpacker(), -1
    names = [Path(traffic.name).name for traffic in recordings]
    while isinstance(batch := _next_message(reader), list):
        for (index, position), registrations, racing, sent in batch:
            traffic = recordings[index]
            if index != current or not traffic.related:
                judge, current = new_judge(traffic.complete and traffic.related), index
            entry, ticket = traffic.entries[position], None
            if racing is not None and entry.request is not None:
                request = judge.reception.recognizer.recognize(entry.request)
                ticket = Ticket(entry.request, request, f"entry {entry.number} of {names[index]}", racing)
            if isinstance(sent, Treatment):
                yield Step((index, position), judge, ticket, sent)
                continue
            if registrations:
                judge.secrets.register_late(registrations)
            assert entry.request is not None
            assert entry.response is not None
            masked = unpacker.unpack(sent, entry.request.request, entry.response.response)
            yield Step((index, position), judge, ticket, masked)
    recorder.merge(batch)


def _next_message(reader: Connection) -> list[_Sent] | Snapshot:
    """The next steps; at the end what was counted.

    Raises:
        ProcessLost: the other process has ended before.

    """
    try:
        message: list[_Sent] | Snapshot = pickle.loads(reader.recv_bytes())  # noqa: S301 - from our own process
    except (EOFError, OSError):
        raise ProcessLost from None
    return message
