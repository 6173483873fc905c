"""The connections to a target: one exchange at a time, within limits of time and size.

httpcore limits the time of one read. Here one limit is for the whole exchange; `streams.py` applies it to all
reads and writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpcore

from storepact.model.errors import RequestUnsendable
from storepact.model.network import NetworkFailure
from storepact.transport.connection_pool import IDLE_SECONDS, ConnectionPool, PooledConnection
from storepact.transport.content import LARGEST_BODY, REMEDY
from storepact.transport.network_errors import HTTP, NetworkError, explain, failure_of_proxy
from storepact.transport.route import Proxy, Route
from storepact.transport.streams import LARGEST_HEAD, MOST_INTERIM, DeadlineBackend, TooLarge, WireExchange
from storepact.transport.wire_responses import RawResponse, decode_headers

#: Where more than one in so many requests on connections that were used before has no response, none is used
#: again: the server closes them.
_STALE_SHARE = 100

#: Seconds in which a second response is there, and how often they are waited for.
_MOMENT, _MOST_WAITS = 0.05, 100


#: How long there may be nothing but interim responses, where a server has sent them without an end before.
_INTERIM_SECONDS = 1.0


class Connections:
    """The connections to one base URL, reused by all threads."""

    def __init__(self, base_url: str, route: Route) -> None:
        """No connection is opened before the first request.

        Raises:
            UsageError: the route cannot be used.

        """
        self._exchange, self._waits = WireExchange(), 0
        self._reused = self._stale = 0
        """Requests on a connection that was used before, and those of them without a byte in response."""
        self._interim_seconds: float | None = None
        """How long there may be nothing but interim responses, once an exchange had nothing else in time."""
        self._proxy = route.proxy_for(base_url)
        self.address = base_url if self._proxy is None else f"{base_url} through the proxy {self._proxy.url}"
        """How messages name the target, and the way to it."""
        self._pool = _open_pool(base_url, route, self._proxy, DeadlineBackend(self._exchange))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def renew(self) -> None:
        """Send the next request on a new connection."""
        for connection in self._pool.connections:
            if isinstance(connection, PooledConnection):
                connection.close_idle()
            elif connection.is_idle():
                connection.close()

    def sends_more(self) -> bool:
        """Whether something follows the last response of this thread on its connection, within a moment."""
        if self._waits >= _MOST_WAITS:
            return False
        self._waits += 1
        return self._exchange.receives_more(_MOMENT)

    def send(
        self,
        request: httpcore.Request,
        seconds: float,
        largest: int = LARGEST_BODY,
        *,
        is_patient: bool = False,
    ) -> RawResponse:
        """Send one request once, and return the whole response, within so many seconds.

        `largest` is how many bytes its body may have as it is sent. `is_patient` is whether there may be
        nothing but interim responses all that time.

        Raises:
            NetworkError: there is no whole response.
            RequestUnsendable: HTTP forbids this request.

        """
        if self._stale > 1 + self._reused // _STALE_SHARE:
            self.renew()
        self._exchange.begin(seconds, None if is_patient else self._interim_seconds)
        with self._translate_errors(largest):
            response = self._handle(request, largest)
            self._exchange.in_head = False
            if isinstance(response, RawResponse):
                if len(response.body) > largest:
                    raise TooLarge(len(response.body))
                return response
            try:
                body = b"".join(self._chunks(response, largest))
            finally:
                response.close()
        if self._exchange.has_excess(response, body):
            self.renew()
            raise NetworkError(
                NetworkFailure.MALFORMED,
                "more was sent than the response",
                is_http=self._exchange.first.startswith(HTTP),
            )
        if not response.extensions["http_version"].startswith(b"HTTP/1."):
            self.renew()
            raise NetworkError(NetworkFailure.MALFORMED, "it is in another version of HTTP", is_http=True)
        if response.status == 407 and self._proxy is not None:
            raise failure_of_proxy("it asks for credentials (407)")
        return RawResponse(response.status, decode_headers(response.headers), body)

    def _handle(self, request: httpcore.Request, largest: int) -> RawResponse | httpcore.Response:
        """Send a request on a connection that is idle; the pool opens others, and takes longer for each."""
        for connection in self._pool.connections:
            if connection.is_idle() and not connection.has_expired():
                with suppress(httpcore.ConnectionNotAvailable):  # another thread was faster
                    if isinstance(connection, PooledConnection):
                        return connection.exchange(request, largest)
                    return connection.handle_request(request)
        return self._pool.handle_request(request)

    def _chunks(self, response: httpcore.Response, largest: int) -> Iterator[bytes]:
        stated = [value for name, value in response.headers if name.lower() == b"content-length"]
        if stated and int(stated[0]) > largest:  # h11 has refused what is no number
            raise TooLarge(int(stated[0]))
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
        except TooLarge as excess:
            exchange.close_connections()
            raise _explain_excess(excess, exchange, largest, self._proxy) from None
        except Exception as error:
            exchange.close_connections()
            self._stale += exchange.is_stale
            if exchange.is_interim and isinstance(error, httpcore.TimeoutException):
                self._interim_seconds = _INTERIM_SECONDS
            failure = explain(error, exchange, self._proxy)
            if failure is None:
                raise
            raise failure from None
        finally:
            self._reused += exchange.is_sent and not exchange.opened


def _explain_excess(
    excess: TooLarge, exchange: WireExchange, largest: int, proxy: Proxy | None
) -> NetworkError:
    """The failure that a head or body beyond its limit stands for."""
    if exchange.in_head:
        detail = f"its head, with interim responses before it, is larger than {LARGEST_HEAD:,} bytes"
        if exchange.heads > MOST_INTERIM:
            detail = f"more than {MOST_INTERIM} interim responses (1xx), and nothing else"
        if proxy is not None and not exchange.has_passed_proxy:
            return failure_of_proxy(detail)
        is_http = exchange.first.startswith(HTTP)
        return NetworkError(NetworkFailure.TOO_LARGE, detail, is_http=is_http)
    size = "" if excess.size is None else f" of {excess.size:,} bytes"
    detail = f"its body{size} is larger than {largest:,} bytes; {REMEDY}"
    return NetworkError(NetworkFailure.TOO_LARGE, detail, is_http=True)


def _open_pool(
    base_url: str, route: Route, proxy: Proxy | None, backend: httpcore.NetworkBackend
) -> httpcore.ConnectionPool:
    secure = base_url.startswith("https:")
    options = {
        "ssl_context": route.tls_context() if secure else None,
        "max_connections": 100,
        "max_keepalive_connections": 20,
        "keepalive_expiry": IDLE_SECONDS,
        "network_backend": backend,
    }
    if proxy is None:
        return ConnectionPool(**options)  # type: ignore[arg-type]
    make: Callable[..., httpcore.ConnectionPool] = (
        httpcore.SOCKSProxy if proxy.speaks_socks else httpcore.HTTPProxy
    )
    if proxy.url.startswith("https:"):
        options["proxy_ssl_context"] = route.tls_context()
    return make(proxy.url, proxy_auth=proxy.credentials, **options)
