"""The target: the one seam through which every request goes, and the only place that knows httpx."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from urllib.parse import urlsplit

import httpx

from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE, Auth, PreparedRequest
from storepact.model.errors import (
    PrerequisiteMissing,
    RequestUnsendable,
    TargetTimedOut,
    TargetUnreachable,
    UsageError,
)
from storepact.model.exchange import CUT_OFF, Exchange, Headers, Request, Response
from storepact.model.outcome import Reason
from storepact.transport.redaction import Secrets

#: A token of the right kind that no provider knows.
GARBAGE_TOKEN = "api-00000000-0000-4000-8000-000000000000"

#: A key of the kind that SDKs use; the API refuses those.
SDK_KEY = "sdk-00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, repr=False)
class Credentials:
    """Tokens by the role they play. Never printed."""

    tokens: Mapping[Auth, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Credentials({', '.join(sorted(self.tokens))})"

    def token(self, auth: Auth) -> str | None:
        """The token to send, or None to send none.

        Raises:
            KeyError: this run has no such token.

        """
        match auth:
            case Auth.NONE:
                return None
            case Auth.GARBAGE | Auth.SDK_KEY | Auth.EMPTY | Auth.BEARER:
                return _FIXED[auth]
            case Auth.LONGER:
                return f"{self.tokens[Auth.WRITER]}x"
            case Auth.SHORTER:
                return self.tokens[Auth.WRITER][:-1]
        return self.tokens[auth]

    def has(self, auth: Auth) -> bool:
        """Whether requests can be sent in this role."""
        if auth in (Auth.LONGER, Auth.SHORTER):
            return Auth.WRITER in self.tokens
        return auth is Auth.NONE or auth in _FIXED or auth in self.tokens


_FIXED = {
    Auth.GARBAGE: GARBAGE_TOKEN,
    Auth.SDK_KEY: SDK_KEY,
    Auth.EMPTY: "",
    Auth.BEARER: f"Bearer {GARBAGE_TOKEN}",
}

#: How tokens stand in records and curl lines.
_SHOWN = {
    **_FIXED,
    Auth.LONGER: f"${{{TOKEN_VARIABLE}}}x",
    Auth.SHORTER: f"${{{TOKEN_VARIABLE}%?}}",
    Auth.READER: f"${READER_VARIABLE}",
    Auth.READ_ONLY: f"${READER_VARIABLE}",
}


def credentials_from(environment: Mapping[str, str] = os.environ) -> Credentials:
    """The tokens of a live target: STOREPACT_TOKEN may write, STOREPACT_READER_TOKEN may only read.

    Raises:
        UsageError: one of them is no token: it holds what no header may hold.

    """
    names = {Auth.WRITER: TOKEN_VARIABLE, Auth.READER: READER_VARIABLE}
    found = {
        role: environment[name].strip() for role, name in names.items() if environment.get(name, "").strip()
    }
    for role, token in found.items():
        if not (token.isascii() and token.isprintable()):
            raise UsageError(
                f"{names[role]} holds a line break or another character that no token has: set it again"
            )
    return Credentials(found)


def base_url_of(text: str, names: Collection[str] = ()) -> str:
    """A base URL without a trailing slash. `names` are what a target may be called instead, for the error message.

    Raises:
        UsageError: not an http(s) URL, or one with a password in it.

    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{text!r} is not a URL: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise UsageError(
            f"{text!r} is not a target: give {', '.join(('`mock`', *names))}, or a URL such as http://localhost:8080"
        )
    if parts.username or parts.password:
        raise UsageError("the target's URL holds credentials; give the token in STOREPACT_TOKEN instead")
    return text.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@contextmanager
def translate_errors(url: str, timeout: float) -> Iterator[None]:
    """Turn httpx's exceptions into ours; the most specific wins."""
    try:
        yield
    except httpx.TimeoutException:
        raise TargetTimedOut(url, timeout) from None
    except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError) as error:
        raise RequestUnsendable(
            f"this request cannot be put on the wire: {type(error).__name__}"
        ) from None  # it quotes headers
    except httpx.UnsupportedProtocol as error:
        raise UsageError(str(error)) from None
    except (httpx.HTTPError, httpx.StreamError, httpx.CookieConflict, OSError) as error:
        raise TargetUnreachable(url, str(error) or type(error).__name__) from None


def http_client(base_url: str) -> httpx.Client:
    """The one HTTP client of a target, which adds no header of its own and follows no redirect.

    Proxies of the environment are used for other machines only.
    """
    client = httpx.Client(trust_env=not is_loopback(base_url), follow_redirects=False, http2=False)
    client.headers.clear()
    return client


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
        """`timeout` and `patience` (how long to wait out a rate limit, in all, for one request) are in seconds."""
        self.base_url, self.credentials, self.secrets = base_url, credentials, secrets
        self.name = name or base_url
        self.writable, self.timeout, self.patience = writable, timeout, patience
        self.is_mock = name == "mock"
        self.shown_url = "http://127.0.0.1:8080" if self.is_mock else base_url
        """For curl lines: the embedded mock is gone after the run, `storepact mock` stands in for it."""
        self.exchanges = 0
        for role, token in credentials.tokens.items():
            secrets.register(token, f"the {role} token", parts=True)
        for made_up in (GARBAGE_TOKEN, SDK_KEY):
            secrets.register(made_up, "the access token that was sent")
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
    ) -> Exchange:
        """Send one request; masked before anybody else sees it.

        A 429 is waited out (as its headers ask, `patience` at most) unless the case is about limits; `limited` is told of it.

        Raises:
            TargetUnreachable, TargetTimedOut: nothing answered.
            RequestUnsendable: HTTP forbids this request.

        """
        deadline = time.monotonic() + self.patience
        while True:
            exchange = self._once(prepared)
            if exchange.response.status != 429 or not wait_out_limits or prepared.case.auth is Auth.EXHAUSTED:
                return exchange
            pause = limit_pause(exchange.response.headers, time.time())
            if time.monotonic() + pause > deadline:
                return exchange
            if limited is not None:
                limited(exchange)
            time.sleep(pause)

    def _once(self, prepared: PreparedRequest) -> Exchange:
        if not self.writable and prepared.method != "GET":
            raise PrerequisiteMissing(Reason.READ_ONLY)
        token = self.credentials.token(prepared.case.auth)
        headers = [*prepared.headers, ("Accept", "application/json"), ("User-Agent", "storepact")]
        if token is not None:
            headers.append(("Authorization", token))
        raw = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers]
        if prepared.json is not None:
            self.secrets.register_all(prepared.json)
        url = self.base_url + prepared.path
        started = time.perf_counter()
        with translate_errors(self.base_url, self.timeout):
            request = httpx.Request(
                prepared.method, url, headers=raw, content=prepared.body, extensions=self._extensions
            )
            answer = self._delivered(request)
        response = _no_answer(started) if answer is None else _response(answer, started)
        self.exchanges += 1
        return self._masked(prepared, headers, response)

    def _delivered(self, request: httpx.Request) -> httpx.Response | None:
        """The answer, or None if the connection is cut twice: a reused one may just have been idle for too long."""
        for attempt in (1, 2):
            try:
                return self._client.send(request)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError):
                if attempt == 2:
                    return None
        raise AssertionError

    def _masked(
        self, prepared: PreparedRequest, headers: list[tuple[str, str]], response: Response
    ) -> Exchange:
        secrets = self.secrets
        leaks = secrets.leaks(response.headers, response.body)
        shown = tuple((name, self._header(name, value, prepared.case.auth)) for name, value in headers)
        request = Request(
            prepared.method,
            secrets.mask_text(prepared.path),
            shown,
            None if prepared.body is None else secrets.mask_body(prepared.body),
        )
        body, forms = secrets.mask_response(response.body)
        sent = (
            tuple((name, secrets.mask_text(value)) for name, value in response.headers)
            if leaks
            else response.headers
        )
        return Exchange(request, Response(response.status, sent, body, response.seconds), leaks, forms)

    def _header(self, name: str, value: str, auth: Auth) -> str:
        """A header that was sent, as it may be shown."""
        if name.lower() == "authorization":
            return _SHOWN.get(auth, f"${TOKEN_VARIABLE}")
        return value if value in _ORDINARY else self.secrets.mask_text(value)


#: What nearly every request carries, and is nobody's secret.
_ORDINARY = frozenset({"beta", "application/json"})


def _response(answer: httpx.Response, started: float) -> Response:
    headers: Headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw
    )
    return Response(answer.status_code, headers, answer.content, time.perf_counter() - started)


def _no_answer(started: float) -> Response:
    return Response(CUT_OFF, (), b"", time.perf_counter() - started)


def limit_pause(headers: Headers, now: float) -> float:
    """Seconds to wait after a 429, from Retry-After or from the reset that lies nearest; 1 if neither can be read."""
    values = {name.lower(): value for name, value in headers}
    if values.get("retry-after", "").isdigit():
        return max(0.05, float(values["retry-after"]))
    resets = [
        float(value) / 1000 - now
        for name, value in values.items()
        if name.endswith("-reset") and value.isdigit()
    ]
    ahead = [pause for pause in resets if 0 <= pause <= 60]
    return min(ahead) + 0.05 if ahead else 1.0
