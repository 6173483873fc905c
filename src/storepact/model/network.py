"""Failures between this process and the provider's application, and how much of a run's traffic they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt


class NetworkFailure(StrEnum):
    """Why a request has no answer of the API. None of them says what the provider has done with it."""

    DNS = "dns"
    """The host's name cannot be resolved."""
    REFUSED = "refused"
    """No connection can be opened."""
    PROXY = "proxy"
    """The proxy refuses to connect, or cannot be reached."""
    TLS = "tls"
    """The TLS handshake fails, the certificate is not trusted, or TLS breaks off within the exchange."""
    TIMEOUT = "timeout"
    """The answer is not complete within the limit of time."""
    RESET = "reset"
    """The connection is reset."""
    CUT = "cut"
    """The connection is closed before the head of an answer is complete."""
    MALFORMED = "malformed"
    """What comes back is not HTTP."""
    LENGTH = "length"
    """The connection is closed before the end of the body."""
    TOO_LARGE = "too_large"
    """Head or body are larger than any answer of this API."""
    DUPLICATE = "duplicate"
    """A write was done twice: something on the way has sent it again."""
    GATEWAY = "gateway"
    """A 5xx that is not in the form of the API's errors."""


_SENTENCES = {
    NetworkFailure.DNS: "the name of the host cannot be resolved",
    NetworkFailure.REFUSED: "no connection can be opened",
    NetworkFailure.PROXY: "the proxy does not connect",
    NetworkFailure.TLS: "the TLS connection fails",
    NetworkFailure.TIMEOUT: "the answer is not complete in time",
    NetworkFailure.RESET: "the connection is reset",
    NetworkFailure.CUT: "the connection is cut without an answer",
    NetworkFailure.MALFORMED: "the answer is not HTTP",
    NetworkFailure.LENGTH: "the connection is cut within the body",
    NetworkFailure.TOO_LARGE: "the answer is too large",
    NetworkFailure.DUPLICATE: "a write was done twice",
    NetworkFailure.GATEWAY: "a gateway answers in place of the API",
}


def sentence_of_failure(failure: NetworkFailure) -> str:
    """The failure in words, as a clause."""
    return _SENTENCES[failure]


#: So many failures beyond the permitted share end a run early: in standard deviations, and in number.
_DEVIATIONS, _SLACK = 3.0, 3.0


@dataclass
class Traffic:
    """What was sent to a target, and what of it had no answer of the API."""

    sent: int = 0
    """Requests, those of preparations, looks and clean-up included."""
    failures: Counter[str] = field(default_factory=Counter)
    """Exchanges without an answer of the API: the kind of failure or the status of a gateway, how often."""
    reproduced: int = 0
    """Of these, the ones of requests that fail each time: it is not the network that loses them."""
    probing: int = 0
    """Of these, the ones that only waited for the end of an outage."""
    closed: int = 0
    """Of these, the ones on a connection that had been used before, without a byte in response: servers close
    such a connection when they want, and a request that is under way then says nothing about the network."""
    limited: int = 0
    """Responses with 429 that were waited out."""
    waited: float = 0.0
    """Seconds that the run waited for limits and outages."""
    stale: int = 0
    """Reads that showed the state before a write, and the new one a little later."""
    stale_s: float = 0.0
    """The longest time, in seconds, after which one of them showed it."""

    @property
    def failed(self) -> int:
        """Exchanges without an answer of the API."""
        return self.failures.total()

    @property
    def flaws(self) -> int:
        """Failures of the network alone: other requests like these were answered."""
        return self.failed - self.reproduced - self.probing - self.closed

    def exceeds(self, percent: float, pending: int = 0) -> bool:
        """Whether more than this share failed beyond chance; `pending` failures may still become findings."""
        if not self.failures:
            return False
        expected = self.sent * percent / 100
        return self.flaws - pending > expected + _DEVIATIONS * sqrt(expected) + _SLACK

    def add_stale(self, seconds: float) -> None:
        """Count a read that showed what was written so many seconds late."""
        self.stale += 1
        self.stale_s = max(self.stale_s, seconds)

    def add(self, traffic: Traffic) -> None:
        """Add what another process has sent."""
        self.sent += traffic.sent
        self.failures.update(traffic.failures)
        self.reproduced += traffic.reproduced
        self.probing += traffic.probing
        self.closed += traffic.closed
        self.limited += traffic.limited
        self.waited += traffic.waited
        self.stale += traffic.stale
        self.stale_s = max(self.stale_s, traffic.stale_s)
