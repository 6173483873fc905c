"""Failures between this process and the provider's application, and how much of a run's traffic they are."""

from __future__ import annotations

from enum import StrEnum


class NetworkFailure(StrEnum):
    """Why a request has no answer of the API. None of them says what the provider has done with it."""

    DNS = "dns"
    """The host's name cannot be resolved."""
    REFUSED = "refused"
    """No connection can be opened."""
    PROXY = "proxy"
    """The proxy refuses to connect, or cannot be reached."""
    TLS = "tls"
    """The TLS handshake fails, or the certificate is not trusted."""
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
    GATEWAY = "gateway"
    """A 5xx that is not in the form of the API's errors."""

    @property
    def before_sending(self) -> bool:
        """Whether no connection was opened, so that nothing of the request was sent."""
        return self in (NetworkFailure.DNS, NetworkFailure.REFUSED, NetworkFailure.PROXY, NetworkFailure.TLS)


_SENTENCES = {
    NetworkFailure.DNS: "the name of the host cannot be resolved",
    NetworkFailure.REFUSED: "no connection can be opened",
    NetworkFailure.PROXY: "the proxy does not connect",
    NetworkFailure.TLS: "the TLS handshake fails",
    NetworkFailure.TIMEOUT: "the answer is not complete in time",
    NetworkFailure.RESET: "the connection is reset",
    NetworkFailure.CUT: "the connection is cut without an answer",
    NetworkFailure.MALFORMED: "the answer is not HTTP",
    NetworkFailure.LENGTH: "the connection is cut within the body",
    NetworkFailure.TOO_LARGE: "the answer is too large",
    NetworkFailure.GATEWAY: "a gateway answers in place of the API",
}


def sentence_of_failure(failure: NetworkFailure) -> str:
    """The failure in words, as a clause."""
    return _SENTENCES[failure]
