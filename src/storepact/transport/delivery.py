"""The delivery of one request: until the API answers, or until it is settled that it does not.

A request that fails on the way says nothing about the provider. A read is sent again on a new connection.
A write is not: whether it was done is unknown, so `ResponseLost` ends what sent it, which begins anew. Only a
request that fails in the same way each time, while another one is answered in between, is the provider's.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from storepact.model.errors import NetworkUnstable, ResponseLost, RunEnded, TargetTimedOut
from storepact.model.exchange import CUT_OFF, Response
from storepact.model.network import NetworkFailure, Traffic, sentence_of_failure
from storepact.transport.connections import Connections
from storepact.transport.interrupts import INTERRUPTS
from storepact.transport.lists import Lists
from storepact.transport.losses import Failure, Key, Losses, are_in_step, failure_of_response
from storepact.transport.network_errors import ENDS, NetworkError
from storepact.transport.outages import Outages, pause_after
from storepact.transport.pacing import Pacer
from storepact.transport.responses import failure_on_the_way, read_response
from storepact.transport.wire_requests import Outgoing

#: How often one request fails in the same way before it is the provider's fault, and in any way before the
#: run ends.
ATTEMPTS, MOST_ATTEMPTS = 4, 8

#: How often the first request of all is tried before the target counts as one that cannot be reached.
_FIRST_ATTEMPTS = 3

#: So many requests without a response in time are reported; after them the target does not answer.
_MOST_TIMEOUTS = 3

#: Bytes of a large list for which its response has a second more.
_BYTES_PER_SECOND = 1_000_000


class Delivery:
    """Delivers requests to one target."""

    def __init__(
        self,
        address: str,
        connections: Connections,
        pacer: Pacer,
        traffic: Traffic,
        *,
        attempts: int = ATTEMPTS,
        error_members: frozenset[str] = frozenset(),
    ) -> None:
        """`address` is how messages name the target.

        `error_members` are those of every error of the API; a 5xx without them is a gateway's.
        """
        self._address, self._connections, self._pacer, self.traffic = address, connections, pacer, traffic
        self._attempts, self._error_members = attempts, error_members
        self.lists: Lists | None = None
        """Shortens large lists; None where each of them is read as a whole."""
        self.outages = Outages(address, pacer.limits.patience, attempts, self._send_probe, self._sleep)
        self.is_open: Callable[[str], bool] | None = None
        """Whether the API answers an ordinary write of a method; None where nothing may be in between."""
        self.has_answered = self.is_closing = False
        """Whether there was a response ever; whether only what exists is cleaned up."""
        self._losses = Losses()
        self._sent: Counter[str] = Counter()
        """Requests: all of them (""), by method, and by the path of their collection."""
        self._timeouts = 0

    @property
    def progress(self) -> tuple[int, int]:
        """How often the present unit was begun anew, and how many requests it has sent since."""
        return self._losses.repetitions, self._losses.position

    def begin_unit(self, *, again: bool = False) -> None:
        """Begin a case, story or interaction; `again` after one of its requests was lost."""
        self._losses.begin(again=again)

    def deliver(self, outgoing: Outgoing) -> Response:
        """The response to a request; its status is `CUT_OFF` if the provider cuts it off each time.

        Raises:
            TargetUnreachable, TargetTimedOut: the target has never answered.
            ResponseLost: a write has no answer.
            RunEnded: the network or a budget ends the run.
            RequestUnsendable: HTTP forbids this request.

        """
        key = self._losses.key_of(outgoing.prepared)
        if key in self._losses.failures:  # a connection that is closed by and by is not the request's fault
            self._connections.renew()
        while True:
            self.outages.check()
            self._check_network()
            result = self._attempt(outgoing, is_decisive=self._losses.is_decisive(key, self._attempts))
            if isinstance(result, Response):
                self.has_answered = self.has_answered or not failure_on_the_way(result, self._error_members)
                self.outages.note_answer()
                self._losses.failures.pop(key, None)
                return result
            response = self._decide(outgoing, key, result)
            if response is not None:
                return response

    def _check_network(self) -> None:
        percent = self._pacer.limits.max_network_errors
        if not self.is_closing and self.traffic.exceeds(percent, self._losses.pending):
            raise NetworkUnstable(
                f"{self.traffic.flaws} of {self.traffic.sent:,} exchanges failed on the way, more than "
                f"--max-network-errors {percent:g} % allows"
            )

    def _attempt(self, outgoing: Outgoing, *, is_decisive: bool = False) -> Response | Failure:
        """Send a request once; interim responses are not cut short where the attempt `is_decisive`."""
        operation, limits = outgoing.prepared.case.operation, self._pacer.limits
        self.traffic.waited += self._pacer.admit(operation, exempt=self.is_closing)
        self.traffic.sent += 1
        self._sent.update(self._counters_of(outgoing))
        started = time.perf_counter()
        try:
            is_list = outgoing.prepared.role == "list" and self.lists is not None
            largest = limits.largest_list if is_list else limits.largest_body
            timeout = self._timeout_of(is_list=is_list)
            raw = self._connections.send(outgoing.request, timeout, largest, is_patient=is_decisive)
            seconds, outgoing.ended = time.perf_counter() - started, time.time()
            response = read_response(raw, outgoing.prepared, seconds, limits, self.lists)
        except NetworkError as error:
            is_timeout = error.failure is NetworkFailure.TIMEOUT
            seconds = limits.timeout if is_timeout else time.perf_counter() - started
            problem = "" if error.failure in ENDS else error.detail or sentence_of_failure(error.failure)
            empty = Response(CUT_OFF, (), b"", seconds, timed_out=is_timeout, problem=problem)
            return self._count(Failure.of_error(error, empty))
        self._pacer.observe(operation, response.status, response.headers)
        failure = failure_of_response(
            response,
            self._error_members,
            has_answered=self.has_answered,
            is_direct=self._attempts == 1,
        )
        return response if failure is None else self._count(failure)

    def _timeout_of(self, *, is_list: bool) -> float:
        """Seconds for a whole response; a list that is known to be large has a second more for each MB."""
        lists = self.lists
        extra = lists.latest / _BYTES_PER_SECOND if lists is not None and is_list else 0.0
        return self._pacer.limits.timeout + extra

    def _count(self, failure: Failure) -> Failure:
        self.traffic.failures[failure.label] += 1
        self.traffic.closed += failure.is_stale
        return failure

    def _decide(self, outgoing: Outgoing, key: Key, failure: Failure) -> Response | None:
        """What becomes of a request that failed: a response for the checks, or None to send it again."""
        losses = self._losses.failures.setdefault(key, [])
        counts = {name: self._sent[name] for name in self._counters_of(outgoing)}
        losses.append(replace(failure, counts=counts))
        self.has_answered = self.has_answered or failure.is_of_application
        if not self.has_answered:
            self._begin_again(failure, len(losses))
            return None
        self.outages.note_failure(failure)
        if failure.is_sent and (key[0], failure.label) in self._losses.settled:
            return self._settle(key, failure)
        is_first_read = outgoing.is_read and len(losses) == 1
        if not (is_first_read and failure.is_sent) and not self.outages.await_answer(failure):
            return failure.response  # the token is refused, whatever the request is
        is_large = failure.kind is NetworkFailure.TOO_LARGE and failure.is_http
        if is_large and len(losses) > 1 and self.outages.is_list(outgoing):
            raise RunEnded(f"the list at {self._address} cannot be read: {failure.detail}")
        if self._is_constant(outgoing, losses):
            self._require_passage(outgoing, failure)
            return self._settle(key, failure)
        if len(losses) >= MOST_ATTEMPTS:
            raise NetworkUnstable(
                f"{self._address} left a request without an answer {len(losses)} times, for several "
                "reasons or at regular distances; run again when the network fails less"
            )
        if not outgoing.is_read and failure.is_sent:
            raise ResponseLost(self._address, failure.kind, failure.detail)
        self._connections.renew()
        self._sleep(pause_after(len(losses) - 1))
        return None

    def _is_constant(self, outgoing: Outgoing, losses: list[Failure]) -> bool:
        """Whether a request has failed in the same way each time, and not as every n-th request does."""
        if any(loss.label != losses[0].label or not loss.is_sent for loss in losses):
            return False
        without = () if self._may_shift(outgoing) else (outgoing.prepared.method,)
        is_in_step = are_in_step(losses, without)
        is_enough = len(losses) >= self._attempts
        if len(losses) + 1 == self._attempts or (is_enough and is_in_step):
            self._shift(outgoing, by_method=is_enough)
        return is_enough and not is_in_step

    def _counters_of(self, outgoing: Outgoing) -> set[str]:
        """The counters in which a request counts, each of which `_shift` moves on by further requests."""
        return {"", outgoing.prepared.method, self.outages.collection_of(outgoing)}

    def _may_shift(self, outgoing: Outgoing) -> bool:
        return self.is_open is not None and not outgoing.is_read and not self.is_closing

    def _shift(self, outgoing: Outgoing, *, by_method: bool) -> None:
        """Send further requests: where every n-th one fails, the next one is another request of the unit."""
        if self.outages.probes:
            self._attempt(self.outages.neighbor_of(outgoing))
        if by_method and self._may_shift(outgoing):
            self._is_method_open(outgoing.prepared.method)

    def _is_method_open(self, method: str) -> bool:
        """Whether the API answers an ordinary write with a method; what fails meanwhile counts apart."""
        is_open, losses = self.is_open, self._losses
        self.is_open, self._losses = None, Losses(settled=losses.settled)
        try:
            return is_open is None or is_open(method)
        finally:
            self.is_open, self._losses = is_open, losses

    def _require_passage(self, outgoing: Outgoing, failure: Failure) -> None:
        """Make sure that a gateway answers this write each time, and not every one; clean-up tries on anyway.

        Raises:
            NetworkUnstable: it does.

        """
        if not self._may_shift(outgoing) or not failure.is_of_gateway:
            return
        if not self._is_method_open(outgoing.prepared.method):
            what = f"{outgoing.prepared.method} requests, ordinary ones too, get {failure.label}"
            raise NetworkUnstable(f"{what} at {self._address}, and not in the form of the API's errors")

    def _settle(self, key: Key, failure: Failure) -> Response:
        """The response for the checks: it is the provider that does not answer this request."""
        if failure.kind is NetworkFailure.TIMEOUT:
            self._timeouts += 1
            if self._timeouts > _MOST_TIMEOUTS:
                raise TargetTimedOut(self._address, self._pacer.limits.timeout, failure.detail)
        losses = self._losses.failures.pop(key)
        self.traffic.reproduced += len(losses)
        self.traffic.closed -= sum(loss.is_stale for loss in losses)
        self._losses.settled.add((key[0], failure.label))
        return replace(failure.response, attempts=len(losses))

    def _begin_again(self, failure: Failure, attempts: int) -> None:
        """Wait a little before the first request of all is sent again.

        Raises:
            TargetUnreachable, TargetTimedOut: it was sent often enough.

        """
        if failure.kind is NetworkFailure.TIMEOUT:
            raise TargetTimedOut(self._address, self._pacer.limits.timeout, failure.detail)
        if attempts >= _FIRST_ATTEMPTS:
            raise failure.error(self._address, failure.problem)
        self._connections.renew()
        self._sleep(pause_after(attempts))

    def _send_probe(self, probe: Outgoing) -> Response | Failure:
        """Send a request that only finds out whether there is an answer, on a connection of its own."""
        self._connections.renew()
        result = self._attempt(probe)
        self.traffic.probing += not isinstance(result, Response)
        return result

    def confirm_order(self) -> None:
        """Make sure that nothing follows the last response: else it was that to an earlier request.

        Nor is it clear what a response shows after a write that was sent again because of a 429.

        Raises:
            ResponseLost: more was sent, or a write was sent twice.

        """
        if self._losses.doubt():
            raise ResponseLost(self._address, NetworkFailure.GATEWAY, "a write was sent again after a 429")
        if self._attempts > 1 and self._connections.sends_more():
            kind = NetworkFailure.MALFORMED
            failure = self._count(Failure(kind, str(kind), Response(CUT_OFF, (), b"", 0.0)))
            self._connections.renew()
            raise ResponseLost(self._address, failure.kind, "more was sent than the response")

    def lose_limited(self, outgoing: Outgoing) -> None:
        """Count a write that was answered with 429 as lost: what limits the run may have let it pass.

        In one unit this is done a few times, for another request each time; else the 429 is a refusal.

        Raises:
            ResponseLost: it may have been done.

        """
        if outgoing.is_read or self._attempts == 1 or not self._losses.limit(outgoing.prepared):
            return
        raise ResponseLost(self._address, NetworkFailure.GATEWAY, "a write was answered with 429")

    def _sleep(self, seconds: float) -> None:
        self.traffic.waited += seconds
        INTERRUPTS.wait(seconds, time.sleep)
