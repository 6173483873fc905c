"""Attempts without an answer of the API, and which of them belong to one request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import gcd

from storepact.model.case import PreparedRequest
from storepact.model.errors import (
    NetworkUnstable,
    ProxyUnusable,
    ResponseUnreadable,
    TargetUnreachable,
)
from storepact.model.exchange import Response
from storepact.model.network import NetworkFailure, sentence_of_failure
from storepact.model.values import lean_value
from storepact.transport.network_errors import NetworkError
from storepact.transport.responses import failure_on_the_way, has_members, is_page, may_be_of_application

#: Statuses of gateways, load balancers and content networks that do not reach the application.
_GATEWAY_STATUSES = frozenset({502, 503, 504, 509, 511, *range(520, 531), 561, 598, 599})


#: Statuses about the way to the application: a proxy's credentials, a connection that was idle for too long,
#: one to another host, one whose TLS handshake is not complete.
STATUSES_OF_THE_WAY = frozenset({407, 408, 421, 425})


@lean_value(frozen=True)
class Failure:
    """An attempt without an answer of the API."""

    kind: NetworkFailure
    label: str
    """How it is counted."""
    response: Response
    """What the checks see if it is the provider's fault."""
    detail: str = ""
    is_sent: bool = True
    is_http: bool = False
    is_stale: bool = False
    """Whether the server has closed a connection that was idle."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many requests this process had sent by then: all of them, and those that are alike in some way."""

    @classmethod
    def of_error(cls, error: NetworkError, response: Response) -> Failure:
        """The failure of an exchange that did not come about."""
        label = str(error.failure)
        return cls(error.failure, label, response, error.detail, error.is_sent, error.is_http, error.is_stale)

    @property
    def is_broken_response(self) -> bool:
        """Whether a response began as HTTP, and what follows breaks its rules."""
        return self.is_http and self.kind in (NetworkFailure.MALFORMED, NetworkFailure.LENGTH)

    @property
    def is_of_server(self) -> bool:
        """Whether a server has sent it as an HTTP response: one that is broken, or that is too large."""
        return self.is_broken_response or (self.is_http and self.kind is NetworkFailure.TOO_LARGE)

    @property
    def is_refusal(self) -> bool:
        """Whether it is a page for want of a valid token."""
        return self.kind is NetworkFailure.GATEWAY and self.response.status == 401

    @property
    def is_denial(self) -> bool:
        """Whether a gateway refuses or redirects the request, and not for the way that it has taken."""
        status = self.response.status
        is_kind = self.kind is NetworkFailure.GATEWAY and status not in STATUSES_OF_THE_WAY
        return is_kind and 300 <= status < 500

    @property
    def description(self) -> str:
        """What happened, where the sentence of its kind does not say it."""
        if self.kind is NetworkFailure.GATEWAY:
            return f"it answers {self.label}, and not in the form of the API's errors"
        return self.detail

    @property
    def problem(self) -> str:
        """What happened, and what to compare, as a clause."""
        what = self.description or sentence_of_failure(self.kind)
        hint = "; compare its Content-Length and Transfer-Encoding with what it sends"
        return what + hint * self.is_broken_response

    @property
    def error(self) -> type[TargetUnreachable]:
        """The error that ends a run whose first request of all has failed in this way."""
        if self.kind is NetworkFailure.PROXY:
            return ProxyUnusable
        is_unreadable = self.is_broken_response or self.kind is NetworkFailure.TOO_LARGE
        return ResponseUnreadable if is_unreadable else TargetUnreachable

    @property
    def is_of_gateway(self) -> bool:
        """Whether a page came in place of the API's response, and it is not the provider's own crash."""
        return self.kind is NetworkFailure.GATEWAY and not self.is_of_application and not self.is_unclear

    @property
    def is_unclear(self) -> bool:
        """Whether it is a refusal that may be the gateway's or the provider's."""
        return self.kind is NetworkFailure.GATEWAY and may_be_of_application(self.response)

    @property
    def is_of_application(self) -> bool:
        """Whether it may be the provider's own crash: gateways report their failures with other statuses."""
        statuses = _GATEWAY_STATUSES | STATUSES_OF_THE_WAY
        is_crash = 500 <= self.response.status < 600 and self.response.status not in statuses
        return self.kind is NetworkFailure.GATEWAY and is_crash


def failure_of_response(
    response: Response, error_members: frozenset[str], *, has_answered: bool, is_direct: bool
) -> Failure | None:
    """What a response stands for if something on the way may have sent it; None if it is the API's.

    `has_answered` is whether the API has answered before; nothing is on the way to a mock that `is_direct`
    but what its faults simulate.
    """
    is_failure = response.status >= 500 or response.status in STATUSES_OF_THE_WAY
    if is_failure and not has_members(response, error_members):
        return Failure(NetworkFailure.GATEWAY, str(response.status), response)
    if not has_answered:
        return None
    if is_direct:
        failure = NetworkFailure.GATEWAY if is_page(response) else None
    else:
        failure = failure_on_the_way(response, error_members)
    if failure is None:
        return None
    label = str(response.status) if failure is NetworkFailure.GATEWAY else str(failure)
    return Failure(failure, label, response, is_http=True)


def are_in_step(losses: Sequence[Failure], without: Collection[str] = ()) -> bool:
    """Whether these attempts failed as if every n-th request did, of all or of those that are alike in a way.

    `without` are counters that do not matter. A unit that is repeated has as many requests each time; so the
    same one may be the n-th each time. In a clean-up it may be about another collection then.
    """
    common = set(losses[0].counts).intersection(*(loss.counts for loss in losses))
    for name in common.difference(without):
        counts = [loss.counts[name] for loss in losses]
        if gcd(*(later - earlier for earlier, later in pairwise(counts))) > 1:
            return True
    return False


#: So often a unit is done again because one of its requests was lost.
_MOST_REPETITIONS = 24

#: So often a unit begins anew as a write in it was answered with 429; and so often as there are findings
#: after such a write was sent again.
_MOST_LIMITED, _MOST_DOUBTS = 3, 8

Key = tuple[str, str, str | None, str, int]


@dataclass
class Losses:
    """The attempts of the requests of one unit that failed, by the request's position in it."""

    position: int = 0
    failures: dict[Key, list[Failure]] = field(default_factory=dict)
    limited: set[Key] = field(default_factory=set)
    """The requests whose 429 has begun the unit anew."""
    has_resent: bool = False
    """Whether a write was sent again after a 429: if that was done, too, it was done twice."""
    doubts: int = 0
    """How often the unit has begun anew because of findings after that."""

    settled: set[tuple[str, str]] = field(default_factory=set)
    """Which operations have failed in which way each time, in any unit."""
    repetitions: int = 0
    """How often the unit was done again."""

    def begin(self, *, again: bool) -> None:
        """Begin a unit, or the same one again.

        Raises:
            NetworkUnstable: it was done again often enough.

        """
        self.position, self.has_resent = 0, False
        self.repetitions = self.repetitions + 1 if again else 0
        if self.repetitions > _MOST_REPETITIONS:
            raise NetworkUnstable(
                f"a case, a story or an interaction has lost an answer {self.repetitions} times, "
                "of different requests or at regular distances; run again when the network loses fewer"
            )
        if not again:
            self.failures.clear()
            self.limited.clear()
            self.doubts = 0

    def is_decisive(self, key: Key, attempts: int) -> bool:
        """Whether the next attempt is the one after which a failure may be the provider's."""
        is_settled = any(operation == key[0] for operation, _ in self.settled)
        return is_settled or len(self.failures.get(key, ())) + 1 >= attempts

    def key_of(self, prepared: PreparedRequest) -> Key:
        """What two attempts of one request share, in a unit that is repeated from its start."""
        self.position += 1
        return self._key(prepared)

    def _key(self, prepared: PreparedRequest) -> Key:
        case = prepared.case
        return (case.operation, prepared.method, case.variant, case.auth, self.position)

    def limit(self, prepared: PreparedRequest) -> bool:
        """Whether the unit begins anew as the request that was sent last was answered with 429."""
        key = self._key(prepared)
        is_first = key not in self.limited and len(self.limited) < _MOST_LIMITED
        self.limited.add(key)
        self.has_resent |= not is_first
        return is_first

    def doubt(self) -> bool:
        """Whether the unit begins anew as there are findings after a write that was sent again."""
        self.doubts += self.has_resent
        return self.has_resent and self.doubts <= _MOST_DOUBTS

    @property
    def pending(self) -> int:
        """How many failures of the present request are not yet attributed to the provider or the network."""
        counts = (sum(not loss.is_stale for loss in losses) for losses in self.failures.values())
        return max(counts, default=0)
