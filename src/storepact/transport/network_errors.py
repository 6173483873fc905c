"""Why an exchange did not come about, by what happened on the wire."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

import httpcore

from storepact.model.network import NetworkFailure, sentence_of_failure
from storepact.transport.route import Proxy
from storepact.transport.streams import WireExchange

#: The largest single event, in bytes, that httpcore has h11 accept: heads are no larger.
_LARGEST_EVENT = httpcore.HTTP11Connection.MAX_INCOMPLETE_EVENT_SIZE

#: How every HTTP/1 response begins.
HTTP = b"HTTP/"

#: What servers of other protocols send first.
_PROTOCOLS = {
    b"\x15\x03": "the port speaks TLS: write https://",
    b"\x16\x03": "the port speaks TLS: write https://",
    b"SSH-": "the port speaks SSH, not HTTP",
    b"220": "the port speaks FTP or SMTP, not HTTP",
}

#: How the end of a connection shows that the server has closed while it was idle.
ENDS = frozenset({NetworkFailure.RESET, NetworkFailure.CUT})


class NetworkError(Exception):
    """An exchange that did not come about.

    `is_sent` is whether any of the request may have been sent, `is_http` whether an HTTP response began,
    `is_stale` whether the server has closed a connection that was idle.
    """

    def __init__(
        self,
        failure: NetworkFailure,
        detail: str = "",
        *,
        is_sent: bool = True,
        is_http: bool = False,
        is_stale: bool = False,
    ) -> None:
        self.failure, self.detail, self.is_sent, self.is_http = failure, detail, is_sent, is_http
        self.is_stale = is_stale
        super().__init__(detail or failure)


def explain(error: Exception, exchange: WireExchange, proxy: Proxy | None) -> NetworkError | None:
    """The failure that an error of the library stands for; None if it is no failure of the network.

    `proxy` is the one on the way to the target, if any.
    """
    is_at_proxy = proxy is not None and not exchange.has_passed_proxy
    if not isinstance(error, _NETWORK_ERRORS):
        # a SOCKS proxy that speaks something else makes its library fail in ways of its own
        return failure_of_proxy(_OF_OTHER_PROTOCOL) if is_at_proxy and proxy and proxy.speaks_socks else None
    failure = _failure_of(error, exchange)
    detail = _detail_of(failure, error, exchange)
    if is_at_proxy and failure is not NetworkFailure.TIMEOUT:
        return failure_of_proxy(detail or sentence_of_failure(failure))
    return NetworkError(
        failure,
        detail,
        is_sent=exchange.is_sent,
        is_http=exchange.first.startswith(HTTP),
        is_stale=exchange.is_stale and failure in ENDS,
    )


_OF_OTHER_PROTOCOL = "it does not answer as a SOCKS 5 proxy does"


def failure_of_proxy(problem: str) -> NetworkError:
    """The failure of a proxy that has passed nothing on to the target."""
    return NetworkError(NetworkFailure.PROXY, f"the proxy does not connect: {problem}", is_sent=False)


def _failure_of(error: Exception, exchange: WireExchange) -> NetworkFailure:
    cause = _cause_of(error)
    for kind, failure in _FAILURES.items():
        if isinstance(error, kind):
            return failure
    is_end = exchange.at_end or isinstance(cause, _END_OF_TLS)
    if isinstance(cause, ssl.SSLError) and not is_end:
        return NetworkFailure.TLS
    if isinstance(error, httpcore.ConnectError):
        return _failure_to_connect(cause)
    if is_end:
        return _failure_at_end(exchange)
    if not isinstance(error, httpcore.RemoteProtocolError):
        return NetworkFailure.RESET
    is_large = exchange.in_head and exchange.received >= _LARGEST_EVENT
    return NetworkFailure.TOO_LARGE if is_large else NetworkFailure.MALFORMED


def _failure_at_end(exchange: WireExchange) -> NetworkFailure:
    if not exchange.in_head:
        return NetworkFailure.LENGTH
    is_http = exchange.first[: len(HTTP)] == HTTP[: len(exchange.first)]
    return NetworkFailure.CUT if is_http else NetworkFailure.MALFORMED


def _detail_of(failure: NetworkFailure, error: Exception, exchange: WireExchange) -> str:
    """What the failure's own sentence does not say; empty where that is nothing."""
    cause, first = _cause_of(error), exchange.first
    if failure is NetworkFailure.TLS:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message}; --ca-file names further ones"
        is_open = not isinstance(error, httpcore.ConnectError)
        what = "the TLS connection breaks off within the exchange" if is_open else "the TLS handshake fails"
        return f"{what}{_remedy_of(cause)}"
    if failure is NetworkFailure.TIMEOUT:
        return "nothing but interim responses (1xx)" if exchange.is_interim else ""
    if failure in (NetworkFailure.MALFORMED, NetworkFailure.CUT):
        if first[3:4] == b"\x04" and first[:1] == b"\x00":
            return "the port speaks HTTP/2 only, and this is HTTP/1.1"
        if failure is NetworkFailure.MALFORMED and first.startswith(HTTP):
            return "its head or its chunks break the rules of HTTP"
        return next((text for start, text in _PROTOCOLS.items() if first.startswith(start)), "")
    if failure in _OTHERS:
        return _OTHERS[failure](error)
    is_unopened = failure in (NetworkFailure.DNS, NetworkFailure.REFUSED)
    return (cause.strerror or "") if is_unopened and isinstance(cause, OSError) else ""


_OTHERS: dict[NetworkFailure, Callable[[Exception], str]] = {
    NetworkFailure.PROXY: lambda error: str(error)[:200],
    NetworkFailure.TOO_LARGE: lambda _: f"its head is larger than {_LARGEST_EVENT:,} bytes",
}


def _cause_of(error: Exception) -> BaseException | None:
    """What the library has wrapped: its pool drops the chain of exceptions, not the argument."""
    inner = error.args[0] if error.args else None
    return inner if isinstance(inner, BaseException) else error.__cause__


#: The alerts of servers that want a certificate of the client, as OpenSSL names them.
_CERTIFICATE_WANTED = frozenset({"TLSV13_ALERT_CERTIFICATE_REQUIRED"})


def _remedy_of(cause: BaseException | None) -> str:
    """What to do about a failed TLS handshake, where the alert of the server says it."""
    alert = getattr(cause, "reason", None) if isinstance(cause, ssl.SSLError) else None
    if alert in _CERTIFICATE_WANTED:
        return ": it wants a certificate of the client (--client-cert)"
    return f" ({alert})" if alert else ""


def _failure_to_connect(cause: BaseException | None) -> NetworkFailure:
    if isinstance(cause, socket.gaierror):
        return NetworkFailure.DNS
    return NetworkFailure.TLS if isinstance(cause, ssl.SSLError) else NetworkFailure.REFUSED


#: Errors that mean one kind of failure, whatever has caused them.
_FAILURES = {
    httpcore.TimeoutException: NetworkFailure.TIMEOUT,
    httpcore.ProxyError: NetworkFailure.PROXY,
}

#: How the end of a connection shows in TLS.
_END_OF_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError)

_NETWORK_ERRORS = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    OSError,
)
