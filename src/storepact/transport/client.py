"""The HTTP client of a target: the only place through which requests of a run are sent."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import TracebackType

import httpx

from storepact.model.case import Auth, PreparedRequest
from storepact.model.errors import (
    PrerequisiteMissing,
    RequestUnsendable,
    TargetTimedOut,
    TargetUnreachable,
    Undetermined,
    UsageError,
)
from storepact.model.exchange import CUT_OFF, Exchange, Headers, Request, Response
from storepact.model.outcome import Reason
from storepact.transport.addresses import is_loopback
from storepact.transport.content import CodingUnknown, read_body
from storepact.transport.credentials import GARBAGE_TOKEN, SDK_KEY, Credentials, placeholder
from storepact.transport.pacing import limit_pause
from storepact.transport.redaction import Secrets


@contextmanager
def translate_errors(url: str, timeout: float) -> Iterator[None]:
    """Turn httpx's exceptions into ours. `timeout`, in seconds, is for the message.

    Raises:
        TargetTimedOut, RequestUnsendable, UsageError, TargetUnreachable: the most specific one.

    """
    try:
        yield
    except httpx.TimeoutException:
        raise TargetTimedOut(url, timeout) from None
    except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError) as error:
        # its own message quotes headers
        raise RequestUnsendable(f"this request cannot be sent: {type(error).__name__}") from None
    except httpx.UnsupportedProtocol as error:
        raise UsageError(str(error)) from None
    except (httpx.HTTPError, httpx.StreamError, httpx.CookieConflict, OSError) as error:
        raise TargetUnreachable(url, str(error) or type(error).__name__) from None


def http_client(base_url: str) -> httpx.Client:
    """The one HTTP client of a target, which adds no header of its own and follows no redirect.

    Proxies of the environment are used for other machines only.
    """
    trust_env = not is_loopback(base_url)
    client = httpx.Client(
        verify=_tls_context(trust_env=trust_env), trust_env=trust_env, follow_redirects=False, http2=False
    )
    client.headers.clear()
    return client


@cache
def _tls_context(*, trust_env: bool) -> ssl.SSLContext:
    """One per process: reading the certificates takes longer than a request; `prove` opens many clients."""
    return httpx.create_ssl_context(trust_env=trust_env)


class Target:
    """A provider at a base URL. Use as a context manager; connections are reused."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        secrets: Secrets,
        *,
        name: str = "",
        writable: bool = False,
        timeout: float = 10.0,
        patience: float = 60.0,
    ) -> None:
        """`timeout`, and `patience` for all waits after a 429 of one request, are in seconds."""
        self.base_url, self.credentials, self.secrets = base_url, credentials, secrets
        self.name = name or base_url
        self.writable, self.timeout, self.patience = writable, timeout, patience
        self.is_mock = name == "mock"
        self.shown_url = "http://127.0.0.1:8080" if self.is_mock else base_url
        """For curl lines: the embedded mock ends with the run, and `storepact mock` listens there."""
        for role, token in credentials.tokens.items():
            secrets.register(token, f"the {role} token")
        for invalid in (GARBAGE_TOKEN, SDK_KEY):
            secrets.register(invalid, "the access token that was sent")
        self._client = http_client(base_url)
        self._extensions = {"timeout": httpx.Timeout(timeout).as_dict()}

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __repr__(self) -> str:
        return f"Target({self.base_url})"

    def send(
        self,
        prepared: PreparedRequest,
        *,
        wait_out_limits: bool = True,
        limited: Callable[[Exchange], None] | None = None,
        may_time_out: bool = False,
    ) -> Exchange:
        """Send one request, and return the exchange with all secrets masked.

        After a 429 the request is sent again when its headers say so, for `patience` seconds at most,
        unless the case is about limits. `limited` is called with each 429 that is waited out. If it
        `may_time_out`, there is an exchange where no response comes in time.

        Raises:
            PrerequisiteMissing: the target is read-only, and the request would write.
            TargetUnreachable, TargetTimedOut: no response.
            RequestUnsendable: HTTP forbids this request.

        """
        deadline = time.monotonic() + self.patience
        while True:
            exchange = self._send_once(prepared, may_time_out=may_time_out)
            if exchange.response.status != 429 or not wait_out_limits or prepared.case.auth is Auth.EXHAUSTED:
                return exchange
            pause = limit_pause(exchange.response.headers, time.time())
            if time.monotonic() + pause > deadline:
                return exchange
            if limited is not None:
                limited(exchange)
            time.sleep(pause)

    def _send_once(self, prepared: PreparedRequest, *, may_time_out: bool) -> Exchange:
        if not self.writable and prepared.method != "GET":
            raise PrerequisiteMissing(Reason.READ_ONLY)
        auth = prepared.case.auth
        token = self.credentials.token(auth)
        headers = [*prepared.headers, ("Accept", "application/json"), ("User-Agent", "storepact")]
        if prepared.json is not None:
            self.secrets.register_all(prepared.json)
        raw = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers]
        if token is not None:
            raw.append((b"Authorization", token.encode("utf-8")))
            headers.append(("Authorization", token))
        response = self._receive(prepared, raw, may_time_out=may_time_out)
        public = tuple(
            (name, placeholder(auth) if name.lower() == "authorization" else value) for name, value in headers
        )
        request = Request(prepared.method, prepared.path, public, prepared.body)
        return self.secrets.redact(request, response)

    def _receive(
        self, prepared: PreparedRequest, headers: list[tuple[bytes, bytes]], *, may_time_out: bool
    ) -> Response:
        url, extensions = self.base_url + prepared.path, self._extensions
        started = time.perf_counter()
        try:
            with translate_errors(self.base_url, self.timeout):
                reply = self._deliver(
                    httpx.Request(
                        prepared.method, url, headers=headers, content=prepared.body, extensions=extensions
                    )
                )
        except TargetTimedOut:
            if not may_time_out:
                raise
            return Response(CUT_OFF, (), b"", self.timeout, timed_out=True)
        return self._to_response(reply, prepared, time.perf_counter() - started)

    def _deliver(self, request: httpx.Request) -> tuple[httpx.Response, bytes] | None:
        """The response and its body as it was sent; None if cut twice.

        The first time may be an idle connection that was reused.
        """
        for _ in range(2):
            try:
                reply = self._client.send(request, stream=True)
                try:
                    return reply, b"".join(reply.iter_raw())
                finally:
                    reply.close()
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError):
                continue
        return None

    def _to_response(
        self, reply: tuple[httpx.Response, bytes] | None, prepared: PreparedRequest, seconds: float
    ) -> Response:
        if reply is None:
            return Response(CUT_OFF, (), b"", seconds)
        head, raw = reply
        headers: Headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers.raw
        )
        accepted = [value for name, value in prepared.headers if name.lower() == "accept-encoding"]
        encoding = head.headers.get("content-encoding", "")
        try:
            body, flaw = read_body(raw, encoding, ", ".join(accepted) if accepted else None)
        except CodingUnknown as coding:
            message = f"a response is in the content coding {coding}, which cannot be decoded here"
            raise Undetermined(message) from None
        return Response(head.status_code, headers, body, seconds, flaw)
