"""Whether a target answers at all, when a request has no answer; an outage is waited out for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

from storepact.model.errors import Outage
from storepact.model.exchange import Response
from storepact.model.network import NetworkFailure
from storepact.transport.losses import Failure
from storepact.transport.pacing import backoff
from storepact.transport.wire_requests import Outgoing

#: Seconds between attempts, doubled each time: the first and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


#: Seconds for which a gateway that refuses everything is waited for: what it refuses, it seldom allows later.
_REFUSAL_PATIENCE = 10.0

#: How many probes without the end of a response that has begun show that waiting does not help.
_MOST_ENDLESS = 2


def pause_after(attempt: int) -> float:
    """Seconds before another attempt, with jitter."""
    return backoff(attempt, FIRST_PAUSE, LONGEST_PAUSE)


class Outages:
    """Waits for a target that answers nothing, and ends the run after that."""

    def __init__(
        self,
        url: str,
        patience: float,
        attempts: int,
        send: Callable[[Outgoing], Response | Failure],
        sleep: Callable[[float], None],
    ) -> None:
        """`send` sends a request once, `sleep` waits for some seconds.

        `patience` are the seconds without any answer after which the run ends; `attempts` is how often a
        probe fails in the same way before it is not the network that fails.
        """
        self._url, self._patience, self._attempts = url, patience, attempts
        self._send, self._sleep = send, sleep
        self.probes: tuple[Callable[[], Outgoing], ...] = ()
        """Make reads that find out whether the target answers at all. The second one depends on nothing that
        the run has created: where a created text breaks the list, it is answered all the same."""
        self.neighbors: dict[str, Callable[[], Outgoing]] = {}
        """Make reads of resources that do not exist, by the path of their collection."""
        self.is_refused = False
        """Whether the list is refused for want of a valid token, as the latest request is."""
        self._outage: Outage | None = None
        self._is_given_up = False
        self._silent_since: float | None = None

    def collection_of(self, outgoing: Outgoing) -> str:
        """The path of the collection that a request is about; empty if no neighbor is known there."""
        path = outgoing.prepared.path.partition("?")[0]
        return next((key for key in (path, path.rpartition("/")[0]) if key in self.neighbors), "")

    def neighbor_of(self, outgoing: Outgoing) -> Outgoing:
        """A read in the collection that a request is about, where one is known; else the first probe."""
        return self.neighbors.get(self.collection_of(outgoing), self.probes[0])()

    def is_list(self, outgoing: Outgoing) -> bool:
        """Whether a request reads the list of all resources, as the first probe does."""
        if not (outgoing.is_read and self.probes):
            return False
        prepared = self.probes[0]().prepared
        return prepared.role == "list" and outgoing.prepared.path.partition("?")[0] == prepared.path

    def note_answer(self) -> None:
        """The target has answered a request."""
        self._silent_since, self._is_given_up, self.is_refused = None, False, False

    def note_failure(self, failure: Failure) -> None:
        """A request had no answer; the first one in a row counts from when it was sent.

        Raises:
            Outage: the run has waited long enough already, and there was no answer since.

        """
        if self._silent_since is None:
            self._silent_since = time.monotonic() - failure.response.seconds
        elif self._outage is not None:
            self._is_given_up = True
            raise self._outage

    def check(self) -> None:
        """Send nothing more where a request after the outage had no answer either.

        Raises:
            Outage: it had none.

        """
        if self._is_given_up and self._outage is not None:
            raise self._outage

    def await_answer(self, failure: Failure) -> bool:
        """Wait until the target answers another request, be it with broken responses to one kind of read.

        Returns whether it does; else it refuses the probes as it does the request, for want of a valid token.

        Raises:
            Outage: it does not for as long as the run may wait.

        """
        attempt = 0
        began = time.monotonic() if self._silent_since is None else self._silent_since
        while self.probes:
            latest = self._probe(attempt)
            if latest is None:
                self.note_answer()
                return True
            self.is_refused = failure.is_refusal and latest.is_refusal
            if self.is_refused:
                return False
            elapsed, pause = time.monotonic() - began, pause_after(attempt)
            patience = min(self._patience, _REFUSAL_PATIENCE) if latest.is_denial else self._patience
            is_over = self._is_constant(latest, attempt + 1) or elapsed + pause > patience
            if self._outage is None and is_over:
                self._outage = Outage(self._url, elapsed, failure.kind, failure.description)
            if self._outage is not None:
                raise self._outage
            self._sleep(pause)
            attempt += 1
        return True

    def _is_constant(self, failure: Failure, probes: int) -> bool:
        """Whether a server is there, and responds in a way that no wait changes."""
        if failure.kind is NetworkFailure.TIMEOUT and failure.is_http:
            return probes >= _MOST_ENDLESS
        return failure.kind is NetworkFailure.TOO_LARGE and probes >= self._attempts

    def _probe(self, attempt: int) -> Failure | None:
        """Why the target answers no probe; None if it answers one.

        A later probe is sent where the failure of the first may be the provider's.
        """
        probes = self.probes[:1] if self._attempts == 1 else self.probes
        for probe in probes:
            result = self._send(probe())
            if isinstance(result, Response):
                return None
            latest = result
            if not (latest.is_of_application or latest.is_of_server or latest.is_unclear):
                return latest
        is_constant = latest.is_of_server and attempt + 1 >= self._attempts
        return None if len(probes) == 1 and (latest.is_of_application or is_constant) else latest
