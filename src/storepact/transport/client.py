"""The HTTP client of a target: the only place through which requests of a run are sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import field, replace
from functools import partial
from itertools import count
from pathlib import Path
from types import TracebackType

from storepact import __version__
from storepact.model.case import Auth, PreparedRequest
from storepact.model.curl import MOCK_URL
from storepact.model.errors import AccessLost, PrerequisiteMissing, RequestUnsendable
from storepact.model.exchange import Exchange, Headers, Request
from storepact.model.network import Traffic
from storepact.model.outcome import Reason
from storepact.model.values import lean_value
from storepact.transport.connections import Connections
from storepact.transport.credentials import (
    GARBAGE_TOKEN,
    MOBILE_KEY,
    SDK_KEY,
    Credentials,
    TokenSource,
    placeholder,
)
from storepact.transport.delivery import ATTEMPTS, Delivery
from storepact.transport.pacing import Limits, Pacer
from storepact.transport.redaction import Secrets
from storepact.transport.route import Route
from storepact.transport.wire_requests import InvalidURL, Outgoing, make_request


@lean_value(frozen=True)
class Means:
    """How a target is reached, and what a run may take of it."""

    limits: Limits = field(default_factory=Limits)
    route: Route = field(default_factory=Route)
    renewal: TokenSource | None = None
    """Where a new token comes from when the target refuses the present one."""
    shared: Path | None = None
    """The file through which the processes of a run share their pace."""
    run_mark: str = ""
    """The mark of the run, for the User-Agent."""
    error_members: frozenset[str] = frozenset()
    """The members of every error of the API."""


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
        means: Means | None = None,
    ) -> None:
        """Nothing is sent before the first request.

        Raises:
            UsageError: the route to the target cannot be used.

        """
        self.base_url, self.credentials, self.secrets = base_url, credentials, secrets
        self.name, self.writable, self.means = name or base_url, writable, means or Means()
        self.observe: Callable[[Exchange, float], None] | None = None
        """Receives every exchange, and when its response had come, in seconds of the epoch."""
        self.is_mock = name == "mock"
        self.shown_url = MOCK_URL if self.is_mock else base_url
        """For curl lines: the embedded mock ends with the run, and `storepact mock` listens there."""
        self._register_tokens()
        for invalid in (GARBAGE_TOKEN, SDK_KEY, MOBILE_KEY):
            secrets.register(invalid, "the access token that was sent")
        self._headers = tuple(self.means.route.headers())
        self.header_names = tuple(name_ for name_, _ in self._headers)
        """Names of the headers that every request has because the user says so."""
        for name_, value in self._headers:
            label = f"the header {name_}"
            secrets.register(value, label)
            if name_.lower() == "cookie":  # load balancers set that of a session again
                secrets.returned_in[label] = "set-cookie"
        self._list: PreparedRequest | None = None
        self._accepted: set[Auth] = set()
        """The tokens for which the target has listed what it holds."""
        self.pacer = Pacer(self.means.limits, self.means.shared, reads_headers=not self.is_mock)
        self._connections = Connections(base_url, self.means.route)
        self.address = self._connections.address
        """How messages name the target, and the way to it."""
        self.delivery = Delivery(
            self.address,
            self._connections,
            self.pacer,
            Traffic(),
            attempts=1 if self.is_mock else ATTEMPTS,
            error_members=self.means.error_members,
        )

    def _register_tokens(self) -> None:
        for role, token in self.credentials.tokens.items():
            self.secrets.register(token, f"the {role} token")

    @property
    def timeout(self) -> float:
        """Seconds for a whole response."""
        return self.means.limits.timeout

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()

    def __repr__(self) -> str:
        return f"Target({self.base_url})"

    def send(
        self,
        prepared: PreparedRequest,
        *,
        wait_out_limits: bool = True,
        limited: Callable[[Exchange], None] | None = None,
    ) -> Exchange:
        """Send one request, and return the exchange with all secrets masked.

        After a 429 the request is sent again when its headers say so, for the run's patience at most, unless
        the case is about limits. `limited` is called with each 429 that is waited out.

        Raises:
            PrerequisiteMissing: the target is read-only, and the request would write.
            TargetUnreachable, TargetTimedOut: the target has never answered.
            ResponseLost: a write has no answer, or a 429 that may hide it; it is not sent again.
            RunEnded: the network, a limit or a budget ends the run.
            RequestUnsendable: HTTP forbids this request.

        """
        deadline = time.monotonic() + self.means.limits.patience
        for repetitions in count():
            outgoing, exchange = self._send_once(prepared)
            status, auth = exchange.response.status, prepared.case.auth
            if status == 401 and auth is Auth.WRITER and self._renew_token():
                continue
            if status == 401 and self.delivery.outages.is_refused and not self.delivery.is_closing:
                raise self._lose_access(status)
            if status != 429 or not wait_out_limits or auth is Auth.EXHAUSTED:
                return exchange
            self.delivery.traffic.limited += 1
            if limited is not None:
                limited(exchange)
            self.delivery.traffic.waited += self.pacer.wait_out(
                exchange.response.headers, deadline, repetitions
            )
            self.delivery.lose_limited(outgoing)
        raise AssertionError("the loop ends with a response or an error")

    def confirm(self, prepared: PreparedRequest, status: int) -> None:
        """Make sure that the last response, about which there are findings, is that of the provider to it.

        Raises:
            ResponseLost: it belongs to another request, as more was sent on its connection.
            AccessLost: the token, which was accepted before, is refused whatever the request is.

        """
        if self.is_mock:
            return
        self.delivery.confirm_order()
        auth = prepared.case.auth
        # the preflight has made sure that the writer's token is accepted, be it in another process
        is_accepted = auth in self._accepted or (status == 401 and auth is Auth.WRITER)
        if status not in (401, 403) or not is_accepted or self._list is None:
            return
        probe = replace(self._list, case=replace(self._list.case, auth=auth))
        if self._send_once(probe)[1].response.status == status:
            raise self._lose_access(status)

    def _lose_access(self, status: int) -> AccessLost:
        return AccessLost(
            f"{self.base_url} accepted the token before, and refuses it now ({status}, the list, too): "
            "it has expired or was revoked; run again with a new one, or give --token-command"
        )

    def set_probes(self, *reads: PreparedRequest, neighbors: Iterable[PreparedRequest] = ()) -> None:
        """Find out with these reads whether the target answers at all, when another request fails.

        `neighbors` are reads of resources that do not exist, one in each collection.
        """
        outages = self.delivery.outages
        outages.neighbors = {
            prepared.path.rpartition("/")[0]: partial(self._probe, prepared) for prepared in neighbors
        }
        self._list = next((prepared for prepared in reads if prepared.role == "list"), None)
        outages.probes = tuple(partial(self._probe, prepared) for prepared in reads)

    def _probe(self, prepared: PreparedRequest) -> Outgoing:
        return self._outgoing(prepared)[0]

    def _renew_token(self) -> bool:
        """Fetch a new token where the target refuses the present one; returns whether there is one."""
        if self.means.renewal is None:
            return False
        token = self.means.renewal.fetch()
        if token == self.credentials.tokens.get(Auth.WRITER):
            return False
        self.credentials = self.credentials.with_writer(token)
        self._register_tokens()
        return True

    def _send_once(self, prepared: PreparedRequest) -> tuple[Outgoing, Exchange]:
        if not self.writable and prepared.method != "GET":
            raise PrerequisiteMissing(Reason.READ_ONLY)
        if prepared.json is not None:
            self.secrets.register_all(prepared.json)
        outgoing, headers = self._outgoing(prepared)
        response = self.delivery.deliver(outgoing)
        if prepared.role == "list" and 200 <= response.status < 300:
            self._accepted.add(prepared.case.auth)
        request = Request(prepared.method, prepared.path, headers, prepared.body)
        is_look = prepared.role == "list" and prepared.case.source == "setup"
        if is_look and self.observe is None:
            return outgoing, Exchange(
                request, response
            )  # read for ids and marks only: it is part of no record
        exchange = self.secrets.redact(request, response)
        if self.observe is not None:
            self.observe(exchange, outgoing.ended or time.time())
        return outgoing, exchange

    def _outgoing(self, prepared: PreparedRequest) -> tuple[Outgoing, Headers]:
        """The request for the wire, and its headers as they are shown.

        Raises:
            RequestUnsendable: HTTP forbids this request.

        """
        auth = prepared.case.auth
        token = self.credentials.token(auth)
        own = list(prepared.headers)
        is_left_out = ("accept", None) in ((name.lower(), value) for name, value in prepared.case.headers)
        if not is_left_out and not any(name.lower() == "accept" for name, _ in own):
            own.append(("Accept", "application/json"))
        recorded, sent = [*own, ("User-Agent", "storepact")], [*own, ("User-Agent", self._user_agent)]
        sent += self._headers
        try:
            raw = [(name.encode("ascii"), value.encode("utf-8")) for name, value in sent]
            if token is not None:
                raw.append((b"Authorization", token.encode("utf-8")))
                recorded.append(("Authorization", placeholder(auth)))
            request = make_request(prepared.method, self.base_url + prepared.path, raw, prepared.body)
        except (InvalidURL, UnicodeEncodeError) as error:
            raise RequestUnsendable(f"this request cannot be sent: {type(error).__name__}") from None
        return Outgoing(prepared, request), tuple(recorded)

    @property
    def _user_agent(self) -> str:
        if self.is_mock:
            return "storepact"
        return f"storepact/{__version__}" + (f" ({self.means.run_mark})" if self.means.run_mark else "")
