"""Judge traffic: each exchange against the document, the family's rules, and what came before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_changes

from storepact.checks.evidence import Evidence
from storepact.checks.judgement import judge as run_checks
from storepact.engines.family import Family
from storepact.engines.oracle import NO_ORACLE
from storepact.engines.prepare import variant_of
from storepact.engines.traffic.memory import Memory, Recollection
from storepact.engines.traffic.pacts import KnownState, PactJudge
from storepact.engines.traffic.recognize import Recognized, Recognizer
from storepact.model.curl import CurlLines
from storepact.model.exchange import Exchange, Request, Response, text_of
from storepact.model.expectation import Expectation, Flaw, Promise
from storepact.model.finding import Finding
from storepact.model.story import SentRequest, StoryStep
from storepact.model.traffic import TrafficRequest, TrafficResponse, Treatment
from storepact.openapi.document import Document
from storepact.pacts import Interaction
from storepact.transport.redaction import Secrets

#: The source of findings in traffic.
SOURCE = "traffic"

#: Exchanges with one resource that a finding repeats as its story, and resources that they are kept of.
_STORY, _MOST_STORIES = 6, 500

#: Requests without a body whose expectation is cached.
_MOST_EXPECTATIONS = 2_000

#: Statuses of servers in front of a provider.
_GATEWAY = frozenset({502, 503, 504, *range(520, 531)})

#: Checks that read the body of a response where there must be one.
_OF_BODY = ("SP106",)

#: The checks that find a header missing.
_OF_HEADERS = ("SP107", "SP111")


@dataclass(eq=False)
class Ticket:
    """One request whose response is still to come."""

    sent: TrafficRequest
    request: Recognized | Treatment
    label: str
    racing: bool = False
    """Whether a request to the same resource came before its response, and one of the two writes."""


@dataclass(frozen=True)
class Judgement:
    """What was found out about one exchange. `exchange` has its secrets masked."""

    treatment: Treatment
    request: Recognized | None = None
    exchange: Exchange | None = None
    findings: tuple[Finding, ...] = ()


@dataclass
class TrafficJudge:
    """Judges traffic as it happens: `begin` with a request, `finish` with its response."""

    document: Document
    family: Family
    complete: bool = False
    """Whether every write to the providers is in the traffic."""
    interactions: Sequence[Interaction] = ()
    """Those of the pacts."""
    secrets: Secrets = field(default_factory=Secrets)

    def __post_init__(self) -> None:
        self.secrets = Secrets(self.document.secret_members | self.family.api.secret_members)
        self._pacts = PactJudge(self.document, self.family, self.secrets, self.interactions)
        self._recognizer = Recognizer(self.document, self.family)
        self._memories: dict[str, Memory] = {}
        self._open: list[Ticket] = []
        self._expectations: dict[tuple[object, ...], Expectation] = {}
        """What the documents promise about requests without a body."""
        self._stories: dict[tuple[str, str], deque[tuple[str, SentRequest]]] = {}

    def begin(self, sent: TrafficRequest, label: str) -> Ticket:
        """Note that a request was sent; `label` is its name in findings."""
        request = self._recognizer.recognize(sent)
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
        request = self._recognizer.recognize(sent)
        if isinstance(request, Recognized):
            ticket.sent, ticket.request = sent, request

    def finish(self, ticket: Ticket, received: TrafficResponse | None) -> Judgement:
        """Judge an exchange whose response has come; `received` is None where none will come."""
        if not isinstance(ticket.request, Recognized):
            return Judgement(ticket.request)
        self._open.remove(ticket)
        treatment = _treatment(ticket.sent.request, received)
        if treatment is not Treatment.JUDGED or received is None:
            self._lose(ticket)
            return Judgement(treatment, ticket.request)
        request = ticket.request
        if request.prepared.json is not None and ticket.sent.request.body is not None:
            self.secrets.register_all(request.prepared.json)
        exchange = self._redact(ticket, received.response)
        return self._judge(ticket, request, exchange, received)

    def _redact(self, ticket: Ticket, response: Response) -> Exchange:
        request = ticket.request
        assert isinstance(request, Recognized)
        headers = self._recognizer.public_headers(ticket.sent.request.headers, request.prepared.case.auth)
        kept = tuple(pair for pair in response.headers if pair[0].lower() != "set-cookie")
        received = response if kept == response.headers else with_changes(response, headers=kept)
        return self.secrets.redact(with_changes(ticket.sent.request, headers=headers), received)

    def _judge(
        self, ticket: Ticket, request: Recognized, exchange: Exchange, received: TrafficResponse
    ) -> Judgement:
        readable = ticket.sent.has_body and received.has_body
        base = self._expectation(ticket, request)
        state = self._known_state(ticket, request)
        recollection = self._recall(ticket, request, base, exchange, readable=readable)
        expectation = self._allow_unknown(ticket, request, recollection, exchange)
        evidence = Evidence(
            request.prepared,
            request.operation,
            exchange,
            expectation,
            self.document,
            self.family.api,
            recollection.divergences,
        )
        excluded = (
            *(() if received.has_body else _OF_BODY),
            *(() if received.has_headers else _OF_HEADERS),
        )
        findings = list(run_checks(evidence, SOURCE, excluded_checks=excluded))
        if readable and ticket.sent.has_headers:
            by_pacts = self._pacts.judge(request, ticket.sent.request, exchange, expectation, state)
            findings += (finding.with_(source=SOURCE) for finding in by_pacts)
        sent = self._note_step(ticket, request, exchange)
        sent = sent if recollection.is_remembered else sent[-1:]
        requests = tuple(step for _, step in sent)
        steps = tuple(_step(*step, ticket.sent.origin) for step in sent) if findings else ()
        lines = CurlLines(ticket.sent.origin).line(exchange) if findings else ""
        return Judgement(
            Treatment.JUDGED,
            request,
            exchange,
            tuple(
                finding.with_(
                    curl=lines,
                    line=self.document.line(finding.pointer),
                    story=steps,
                    requests=requests,
                )
                for finding in findings
            ),
        )

    def _expectation(self, ticket: Ticket, request: Recognized) -> Expectation:
        """What the documents promise about a request, as far as it was recorded."""
        operation = request.operation
        if not ticket.sent.has_headers or not ticket.sent.has_body:
            statuses = operation.success | {400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429}
            return Expectation(Promise.SILENT, "the request was not recorded whole", statuses)
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
            if len(self._expectations) >= _MOST_EXPECTATIONS:
                self._expectations.clear()
            self._expectations[key] = expectation
        return expectation

    def _known_state(self, ticket: Ticket, request: Recognized) -> KnownState:
        """What earlier exchanges show of the resource of a request."""
        if self.family.oracle is NO_ORACLE or ticket.racing:
            return KnownState()
        return self._memory(ticket).state_of(request.identifier)

    def _recall(
        self,
        ticket: Ticket,
        request: Recognized,
        base: Expectation,
        exchange: Exchange,
        *,
        readable: bool,
    ) -> Recollection:
        if self.family.oracle is NO_ORACLE:
            return Recollection(base)
        memory = self._memory(ticket)
        return memory.judge(request, base, exchange, racing=ticket.racing, readable=readable)

    def _memory(self, ticket: Ticket) -> Memory:
        origin = ticket.sent.origin
        if origin not in self._memories:
            self._memories[origin] = Memory(self.family, complete=self.complete)
        return self._memories[origin]

    def _allow_unknown(
        self, ticket: Ticket, request: Recognized, recollection: Recollection, exchange: Exchange
    ) -> Expectation:
        """Allow the refusals for which traffic does not show the reason: tokens, places, other clients."""
        expectation, status = recollection.expectation, exchange.response.status
        reasons = {409: "other clients may write at the same moment"}
        if request.token or not (ticket.sent.has_authorization and ticket.sent.has_headers):
            reasons |= dict.fromkeys((401, 403), "what the token may do is not known")
        if not recollection.is_remembered:
            reasons[404] = "what exists there is not known"
        why = reasons.get(status)
        if why is None or (status == 409 and not request.writes):
            return expectation
        flaw = Flaw(why, frozenset({status}), certain=False, rule="unknown")
        if not expectation.flaws and expectation.promise is not Promise.ACCEPT:
            return with_changes(expectation, statuses=expectation.statuses | {status})
        return Expectation.of([*expectation.flaws, flaw], request.operation.success)

    def _lose(self, ticket: Ticket) -> None:
        """Forget what a write without a response may have changed."""
        request = ticket.request
        if not isinstance(request, Recognized) or self.family.oracle is NO_ORACLE:
            return
        if request.writes and request.identifier is not None:
            self._memory(ticket).forget(request.identifier)

    def _note_step(
        self, ticket: Ticket, request: Recognized, exchange: Exchange
    ) -> tuple[tuple[str, SentRequest], ...]:
        """Keep the last exchanges with each resource; returns those of this one, this exchange the last."""
        identifier, created = request.identifier, ""
        if request.role == "create" and identifier is None:
            identifier = self.family.resource_id(exchange.response.json)
            created = identifier or ""
        key = (ticket.sent.origin, identifier or request.operation.id)
        steps = self._stories.pop(key, None) or deque(maxlen=_STORY)
        self._stories[key] = steps
        if len(self._stories) > _MOST_STORIES:
            del self._stories[next(iter(self._stories))]
        sent = SentRequest(exchange, role=request.role or "", created=created)
        steps.append((ticket.label, sent))
        return tuple(steps)


def _step(label: str, step: SentRequest, origin: str) -> StoryStep:
    exchange = step.exchange
    sent, response = exchange.request, exchange.response
    does = f"{label}: {sent.method} {sent.path}"
    return StoryStep(
        does, f"{response.status} {text_of(response.body, 80)}", CurlLines(origin).line(exchange)
    )


def _treatment(sent: Request, received: TrafficResponse | None) -> Treatment:
    if received is None:
        return Treatment.NO_RESPONSE
    response = received.response
    if response.status == 304 and any(
        name.lower().startswith(("if-none-match", "if-modified-since")) for name, _ in sent.headers
    ):
        return Treatment.CACHED
    if response.status in _GATEWAY and not isinstance(response.json, Mapping):
        return Treatment.GATEWAY
    return Treatment.JUDGED


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
