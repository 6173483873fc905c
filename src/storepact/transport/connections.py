"""The connections to a target: one exchange at a time, within limits of time and size.

httpcore limits the time of one read. Here one limit is for the whole exchange; `streams.py` applies it to all
reads and writes.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpcore

from storepact.model.errors import RequestUnsendable
from storepact.model.exchange import Headers
from storepact.model.network import NetworkFailure
from storepact.transport.content import LARGEST_BODY, REMEDY
from storepact.transport.route import Proxy, Route
from storepact.transport.streams import LARGEST_HEAD, DeadlineBackend, TooLarge, WireExchange

#: The largest single event, in bytes, that httpcore has h11 accept: heads are no larger.
_LARGEST_EVENT = httpcore.HTTP11Connection.MAX_INCOMPLETE_EVENT_SIZE

#: Seconds after which an idle connection is not used again: servers close theirs a little later.
_IDLE_SECONDS = 2.0

#: Where more than one request in so many fails on a connection that was used before, none is used again.
_STALE_SHARE = 100

#: Seconds in which a second response is there, and how often they are waited for.
_MOMENT, _MOST_WAITS = 0.05, 100

#: How every HTTP/1 response begins.
_HTTP = b"HTTP/"

#: What servers of other protocols send first.
_PROTOCOLS = {
    b"\x15\x03": "the port speaks TLS: write https://",
    b"\x16\x03": "the port speaks TLS: write https://",
    b"SSH-": "the port speaks SSH, not HTTP",
    b"220": "the port speaks FTP or SMTP, not HTTP",
}


class NetworkError(Exception):
    """An exchange that did not come about.

    `is_sent` is whether any of the request may have been sent, `is_http` whether an HTTP response began.
    """

    def __init__(
        self, failure: NetworkFailure, detail: str = "", *, is_sent: bool = True, is_http: bool = False
    ) -> None:
        self.failure, self.detail, self.is_sent, self.is_http = failure, detail, is_sent, is_http
        super().__init__(detail or failure)


@dataclass(frozen=True)
class RawResponse:
    """A response as it was sent: `body` is in its content codings."""

    status: int
    headers: Headers
    body: bytes


class Connections:
    """The connections to one base URL, reused by all threads."""

    def __init__(self, base_url: str, route: Route) -> None:
        """No connection is opened before the first request.

        Raises:
            UsageError: the route cannot be used.

        """
        self._exchange, self._waits = WireExchange(), 0
        self._sent = self._stale = 0
        """Requests, and those of them whose connection had been used before and gave no answer."""
        self._proxy = route.proxy_for(base_url)
        self._pool = _open_pool(base_url, route, self._proxy, DeadlineBackend(self._exchange))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def renew(self) -> None:
        """Send the next request on a new connection."""
        for connection in self._pool.connections:
            if connection.is_idle():
                connection.close()

    def sends_more(self) -> bool:
        """Whether something follows the last response of this thread on its connection, within a moment."""
        if self._waits >= _MOST_WAITS:
            return False
        self._waits += 1
        return self._exchange.receives_more(_MOMENT)

    def send(self, request: httpcore.Request, seconds: float, largest: int = LARGEST_BODY) -> RawResponse:
        """Send one request once, and return the whole response, within so many seconds.

        `largest` is how many bytes its body may have as it is sent.

        Raises:
            NetworkError: there is no whole response.
            RequestUnsendable: HTTP forbids this request.

        """
        if self._stale > 1 + self._sent // _STALE_SHARE:
            self.renew()
        self._sent += 1
        self._exchange.begin(seconds)
        with self._translate_errors(largest):
            response = self._handle(request)
            try:
                self._exchange.in_head = False
                body = b"".join(self._chunks(response, largest))
            finally:
                response.close()
        if self._exchange.has_excess(response, body):
            self.renew()
            raise NetworkError(
                NetworkFailure.MALFORMED,
                "more was sent than the response",
                is_http=self._exchange.first.startswith(_HTTP),
            )
        if not response.extensions["http_version"].startswith(b"HTTP/1."):
            self.renew()
            raise NetworkError(NetworkFailure.MALFORMED, "it is in another version of HTTP", is_http=True)
        if response.status == 407 and self._proxy is not None:
            raise NetworkError(NetworkFailure.PROXY, "the proxy asks for credentials (407)", is_sent=False)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers)
        return RawResponse(response.status, headers, body)

    def _handle(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request on a connection that is idle; the pool opens others, and takes longer for each."""
        for connection in self._pool.connections:
            if connection.is_idle() and not connection.has_expired():
                with suppress(httpcore.ConnectionNotAvailable):  # another thread was faster
                    return connection.handle_request(request)
        return self._pool.handle_request(request)

    def _chunks(self, response: httpcore.Response, largest: int) -> Iterator[bytes]:
        size = 0
        for chunk in response.iter_stream():
            size += len(chunk)
            if size > largest:
                raise TooLarge
            yield chunk

    @contextmanager
    def _translate_errors(self, largest: int) -> Iterator[None]:
        exchange = self._exchange
        try:
            yield
        except (httpcore.LocalProtocolError, UnicodeEncodeError) as error:
            # its own message quotes headers
            raise RequestUnsendable(f"this request cannot be sent: {type(error).__name__}") from None
        except TooLarge:
            exchange.close_connections()
            what = "head" if exchange.in_head else "body"
            limit = LARGEST_HEAD if exchange.in_head else largest
            remedy = "" if exchange.in_head else f"; {REMEDY}"
            raise NetworkError(
                NetworkFailure.TOO_LARGE, f"its {what} is larger than {limit:,} bytes{remedy}"
            ) from None
        except Exception as error:
            exchange.close_connections()
            self._stale += exchange.is_stale
            # a SOCKS proxy that speaks something else makes its library fail in ways of its own
            is_network_error = isinstance(error, _NETWORK_ERRORS)
            if not is_network_error and not (self._proxy and self._proxy.speaks_socks):
                raise
            failure = self._failure_of(error) if is_network_error else NetworkFailure.PROXY
            raise NetworkError(
                failure,
                self._detail_of(failure, error),
                is_sent=self._may_send(error),
                is_http=exchange.first.startswith(_HTTP),
            ) from None

    def _may_send(self, error: Exception) -> bool:
        unopened = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ProxyError)
        return self._exchange.is_sent and not isinstance(error, unopened)

    def _failure_of(self, error: Exception) -> NetworkFailure:
        exchange, cause = self._exchange, _cause_of(error)
        for kind, failure in _FAILURES.items():
            if isinstance(error, kind):
                return failure
        is_end = exchange.at_end or isinstance(cause, _END_OF_TLS)
        if isinstance(cause, ssl.SSLError) and not is_end:
            return NetworkFailure.TLS
        if isinstance(error, httpcore.ConnectError):
            failure = _failure_to_connect(cause)
            return failure if self._proxy is None or failure is NetworkFailure.TLS else NetworkFailure.PROXY
        if is_end:
            return self._failure_at_end()
        if not isinstance(error, httpcore.RemoteProtocolError):
            return NetworkFailure.RESET
        is_large = exchange.in_head and exchange.received >= _LARGEST_EVENT
        return NetworkFailure.TOO_LARGE if is_large else NetworkFailure.MALFORMED

    def _failure_at_end(self) -> NetworkFailure:
        exchange = self._exchange
        if not exchange.in_head:
            return NetworkFailure.LENGTH
        is_http = exchange.first[: len(_HTTP)] == _HTTP[: len(exchange.first)]
        return NetworkFailure.CUT if is_http else NetworkFailure.MALFORMED

    def _detail_of(self, failure: NetworkFailure, error: Exception) -> str:
        """What the failure's own sentence does not say; empty where that is nothing."""
        cause, first = _cause_of(error), self._exchange.first
        if failure is NetworkFailure.TLS:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return f"its certificate is not trusted: {cause.verify_message}; --ca-file names further ones"
            return f"the TLS handshake fails{_remedy_of(cause)}"
        if failure is NetworkFailure.TOO_LARGE:
            return f"its head is larger than {_LARGEST_EVENT:,} bytes"
        if failure in (NetworkFailure.MALFORMED, NetworkFailure.CUT):
            if first[3:4] == b"\x04" and first[:1] == b"\x00":
                return "the port speaks HTTP/2 only, and this is HTTP/1.1"
            if failure is NetworkFailure.MALFORMED and first.startswith(_HTTP):
                return "its head or its chunks break the rules of HTTP"
            return next((text for start, text in _PROTOCOLS.items() if first.startswith(start)), "")
        reason = ""
        if isinstance(cause, OSError):
            reason = cause.strerror or "no connection can be opened"
        if failure is NetworkFailure.PROXY and self._proxy is not None:
            return f"the proxy {self._proxy.url}: {reason or str(error)[:200]}"
        return reason if failure in (NetworkFailure.DNS, NetworkFailure.REFUSED) else ""


def _cause_of(error: Exception) -> BaseException | None:
    """What the library has wrapped: its pool drops the chain of exceptions, not the argument."""
    inner = error.args[0] if error.args else None
    return inner if isinstance(inner, BaseException) else error.__cause__


#: The alerts of servers that want a certificate of the client, as OpenSSL names them.
_CERTIFICATE_WANTED = frozenset({"TLSV13_ALERT_CERTIFICATE_REQUIRED"})


def _remedy_of(cause: BaseException | None) -> str:
    """What to do about a failed TLS handshake, where the alert of the server says it."""
    alert = cause.reason if isinstance(cause, ssl.SSLError) else None
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


def _open_pool(
    base_url: str, route: Route, proxy: Proxy | None, backend: httpcore.NetworkBackend
) -> httpcore.ConnectionPool:
    secure = base_url.startswith("https:")
    options = {
        "ssl_context": route.tls_context() if secure else None,
        "max_connections": 100,
        "max_keepalive_connections": 20,
        "keepalive_expiry": _IDLE_SECONDS,
        "network_backend": backend,
    }
    if proxy is None:
        return httpcore.ConnectionPool(**options)  # type: ignore[arg-type]
    make: Callable[..., httpcore.ConnectionPool] = (
        httpcore.SOCKSProxy if proxy.speaks_socks else httpcore.HTTPProxy
    )
    if proxy.url.startswith("https:"):
        options["proxy_ssl_context"] = route.tls_context()
    return make(proxy.url, proxy_auth=proxy.credentials, **options)
