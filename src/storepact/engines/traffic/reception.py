"""The reception of traffic: requests and responses are brought together, and lose their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from urllib.parse import urljoin

from storepact.engines.family import Family
from storepact.engines.prepare import variant_of
from storepact.engines.traffic.caches import cache
from storepact.engines.traffic.recognize import Recognized, Recognizer
from storepact.engines.traffic.secrets import TrafficSecrets
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.expectation import Expectation, Flaw
from storepact.model.traffic import TrafficRequest, TrafficResponse, Treatment
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.transport.har import origin_of

#: Requests without a body whose expectation is cached.
_MOST_EXPECTATIONS = 2_000

#: Statuses of servers in front of a provider.
_GATEWAY = frozenset({502, 503, 504, *range(520, 531)})

#: Statuses by which proxies and networks ask for a login of their own.
_OF_PROXIES = frozenset({407, 511})

#: Statuses of redirects.
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

#: What may be wrong with a request that was not recorded whole. A flaw, so that the oracle keeps it.
_UNRECORDED = Flaw(
    "the request was not recorded whole",
    frozenset({400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429}),
    certain=False,
    rule="unrecorded",
)


@dataclass(eq=False)
class Ticket:
    """One request whose response is still to come."""

    sent: TrafficRequest
    request: Recognized | Treatment
    label: str
    racing: bool = False
    """Whether a request to the same resource came before its response, and one of the two writes."""


@lean_value(frozen=True)
class MaskedExchange:
    """An exchange without its secrets."""

    exchange: Exchange
    expectation: Expectation
    """What may be answered to the request alone."""


@dataclass
class Reception:
    """Receives traffic as it happens: `begin` with a request, `finish` with its response."""

    document: Document
    family: Family
    recognizer: Recognizer
    secrets: TrafficSecrets
    _open: list[Ticket] = field(default_factory=list)
    _expectations: dict[tuple[object, ...], Expectation] = field(default_factory=dict)
    """What the documents promise about requests without a body."""

    def begin(self, sent: TrafficRequest, label: str) -> Ticket:
        """Note that a request was sent; `label` is its name in findings."""
        request = self.recognizer.recognize(sent)
        ticket = Ticket(sent, request, label)
        if isinstance(request, Recognized):
            for open_ticket in self._open:
                if _conflict(ticket, open_ticket):
                    ticket.racing = open_ticket.racing = True
            self._open.append(ticket)
            if request.token:
                self.secrets.register(request.token.removeprefix("Bearer "), "the access token")
        return ticket

    def complete_request(self, ticket: Ticket, sent: TrafficRequest) -> None:
        """Replace a request that has begun by the whole of it, with its body."""
        request = self.recognizer.recognize(sent)
        if isinstance(request, Recognized):
            ticket.sent, ticket.request = sent, request

    def finish(self, ticket: Ticket, received: TrafficResponse | None) -> Treatment | MaskedExchange:
        """An exchange whose response has come, or why it is not judged; `received` is None if none comes."""
        request = ticket.request
        if not isinstance(request, Recognized):
            return request
        self._open.remove(ticket)
        treatment = _treatment(ticket.sent, received)
        if treatment is not Treatment.JUDGED or received is None:
            return treatment
        if request.prepared.json is not None and ticket.sent.request.body is not None:
            self.secrets.register_all(request.prepared.json)
        exchange = self._redact(ticket.sent.request, request, received.response)
        return MaskedExchange(exchange, self._expectation(ticket, request))

    def _redact(self, sent: Request, request: Recognized, response: Response) -> Exchange:
        headers = self.recognizer.public_headers(sent.headers, request.prepared.case.auth)
        kept = tuple(pair for pair in response.headers if pair[0].lower() != "set-cookie")
        received = response if kept == response.headers else with_changes(response, headers=kept)
        return self.secrets.redact(Request(sent.method, sent.path, headers, sent.body), received)

    def _expectation(self, ticket: Ticket, request: Recognized) -> Expectation:
        """What the documents promise about a request, as far as it was recorded."""
        operation = request.operation
        if not ticket.sent.has_headers or not ticket.sent.has_body:
            return Expectation.of([_UNRECORDED], operation.success)
        prepared = request.prepared
        key = None
        if prepared.body is None:
            case = prepared.case
            key = (operation.id, prepared.path, prepared.headers, prepared.method, case.method, case.auth)
            expectation = self._expectations.get(key)
            if expectation is not None:
                return expectation
        variant = variant_of(self.document, operation, prepared.case.variant)
        expectation = self.family.expect(prepared, operation, self.document, variant, request.scope)
        if key is not None:
            cache(self._expectations, key, expectation, _MOST_EXPECTATIONS)
        return expectation


def _treatment(sent: TrafficRequest, received: TrafficResponse | None) -> Treatment:
    if received is None:
        return Treatment.NO_RESPONSE
    request, response = sent.request, received.response
    if response.status == 304 and (_is_conditional(request) or not sent.has_headers):
        return Treatment.CACHED
    if response.status == 101 and (request.header("Upgrade") is not None or not sent.has_headers):
        return Treatment.OTHER_PROTOCOL
    is_unreachable = response.status in _GATEWAY and not isinstance(response.json, Mapping)
    if is_unreachable or response.status in _OF_PROXIES or _names_other_origin(response, sent.origin):
        return Treatment.GATEWAY
    return Treatment.JUDGED


def _is_conditional(request: Request) -> bool:
    """Whether a request names what a cache holds."""
    return any(name.lower().startswith(("if-none-match", "if-modified-since")) for name, _ in request.headers)


def _names_other_origin(response: Response, origin: str) -> bool:
    """Whether a response redirects to another host, or to HTTPS, as servers in front of a provider do."""
    location = response.header("Location") if response.status in _REDIRECTS else None
    place = origin_of(urljoin(origin, location)) if location else None
    return place is not None and place != origin


def _conflict(left: Ticket, right: Ticket) -> bool:
    """Whether the responses of two requests at the same moment depend on their order."""
    first, second = left.request, right.request
    assert isinstance(first, Recognized)
    assert isinstance(second, Recognized)
    if left.sent.origin != right.sent.origin or not (first.writes or second.writes):
        return False
    if "list" in (first.role, second.role):
        return True
    return first.identifier is not None and first.identifier == second.identifier
