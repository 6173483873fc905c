"""Judge traffic: each exchange against the document, the family's rules, and what came before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from storepact.checks.evidence import Evidence
from storepact.checks.judgement import judge as run_checks
from storepact.engines.family import Family
from storepact.engines.traffic.caches import cache
from storepact.engines.traffic.history import KnownExchange, TrafficHistory
from storepact.engines.traffic.pacts import PactJudge
from storepact.engines.traffic.reception import MaskedExchange, Reception, Ticket
from storepact.engines.traffic.recognize import Recognized, Recognizer
from storepact.engines.traffic.secrets import TrafficSecrets
from storepact.model.curl import CurlLines
from storepact.model.exchange import Exchange, text_of
from storepact.model.expectation import Expectation
from storepact.model.finding import Finding
from storepact.model.story import SentRequest, StoryStep
from storepact.model.traffic import TrafficRequest, TrafficResponse, Treatment
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.pacts import Interaction

#: The source of findings in traffic.
SOURCE = "traffic"

#: Exchanges with one resource that a finding repeats as its story, and resources that they are kept of.
_STORY, _MOST_STORIES = 6, 500

#: Checks that read the body of a response where there must be one.
_OF_BODY = ("SP106",)

#: The checks that find a header missing.
_OF_HEADERS = ("SP107", "SP111")

#: Exchanges without a finding that are not judged again where they come again.
_MOST_CLEAN = 2_000


@lean_value(frozen=True)
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

    def __post_init__(self) -> None:
        self.secrets = TrafficSecrets(self.document.secret_members | self.family.api.secret_members)
        self._pacts = PactJudge(self.document, self.family, self.secrets, self.interactions)
        recognizer = Recognizer(self.document, self.family)
        self.reception = Reception(self.document, self.family, recognizer, self.secrets)
        self._history = TrafficHistory(self.family, self.complete)
        self._clean: dict[tuple[object, ...], tuple[Recognized, Expectation]] = {}
        self._stories: dict[tuple[str, str], deque[tuple[str, SentRequest]]] = {}

    def begin(self, sent: TrafficRequest, label: str) -> Ticket:
        """Note that a request was sent; `label` is its name in findings."""
        return self.reception.begin(sent, label)

    def complete_request(self, ticket: Ticket, sent: TrafficRequest) -> None:
        """Replace a request that has begun by the whole of it, with its body."""
        self.reception.complete_request(ticket, sent)

    def finish(self, ticket: Ticket, received: TrafficResponse | None) -> Judgement:
        """Judge an exchange whose response has come; `received` is None where none will come."""
        return self.judge(ticket, received, self.reception.finish(ticket, received))

    def judge(
        self, ticket: Ticket | None, received: TrafficResponse | None, masked: Treatment | MaskedExchange
    ) -> Judgement:
        """Judge an exchange by what the reception, here or in another process, has made of it."""
        if isinstance(masked, Treatment):
            if ticket is not None:
                self._history.lose(ticket)
            return Judgement(masked)
        assert ticket is not None
        assert received is not None
        request = ticket.request
        assert isinstance(request, Recognized)
        facts = self._history.recall(ticket, request, received, masked)
        key = _key_of(ticket, request, received, facts)
        findings = [] if key in self._clean else self._find(ticket, request, received, facts)
        if not findings and key is not None:
            kept = request, facts.expectation  # both, and so their identity
            cache(self._clean, key, kept, _MOST_CLEAN)
        sent = self._note_step(ticket, request, facts.exchange)
        return Judgement(
            Treatment.JUDGED,
            request,
            facts.exchange,
            self._with_story(findings, ticket, list(sent)[0 if facts.is_remembered else -1 :])
            if findings
            else (),
        )

    def _find(
        self, ticket: Ticket, request: Recognized, received: TrafficResponse, facts: KnownExchange
    ) -> list[Finding]:
        """The findings about an exchange, without its story."""
        exchange, expectation = facts.exchange, facts.expectation
        evidence = Evidence(
            request.prepared,
            request.operation,
            exchange,
            expectation,
            self.document,
            self.family.api,
            facts.divergences,
        )
        excluded = (
            *(() if received.has_body else _OF_BODY),
            *(() if received.has_headers else _OF_HEADERS),
        )
        findings = list(run_checks(evidence, SOURCE, excluded_checks=excluded))
        if ticket.sent.has_body and received.has_body and ticket.sent.has_headers:
            by_pacts = self._pacts.judge(request, ticket.sent.request, exchange, expectation, facts.state)
            findings += (finding.with_(source=SOURCE) for finding in by_pacts)
        return findings

    def _with_story(
        self, findings: Sequence[Finding], ticket: Ticket, sent: Sequence[tuple[str, SentRequest]]
    ) -> tuple[Finding, ...]:
        """The findings about an exchange with the exchanges that lead to it, itself the last."""
        origin = ticket.sent.origin
        curl = CurlLines(origin).line(sent[-1][1].exchange)
        steps = tuple(_step(*step, origin) for step in sent)
        requests = tuple(step for _, step in sent)
        return tuple(
            finding.with_(curl=curl, line=self.document.line(finding.pointer), story=steps, requests=requests)
            for finding in findings
        )

    def _note_step(
        self, ticket: Ticket, request: Recognized, exchange: Exchange
    ) -> Sequence[tuple[str, SentRequest]]:
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
        return steps


def _key_of(
    ticket: Ticket, request: Recognized, received: TrafficResponse, facts: KnownExchange
) -> tuple[object, ...] | None:
    """What decides whether an exchange has findings; None for one that hardly comes again."""
    exchange = facts.exchange
    if request.prepared.body is not None or exchange.leaks or facts.divergences:
        return None
    response = exchange.response
    return (
        id(request),
        id(facts.expectation),
        exchange.request.path,
        exchange.request.headers,
        response.status,
        response.headers,
        response.body,
        response.flaw,
        facts.state.is_living,
        facts.state.is_deleted,
        received.has_body,
        received.has_headers,
        ticket.sent.has_body,
        ticket.sent.has_headers,
    )


def _step(label: str, step: SentRequest, origin: str) -> StoryStep:
    exchange = step.exchange
    sent, response = exchange.request, exchange.response
    does = f"{label}: {sent.method} {sent.path}"
    return StoryStep(
        does, f"{response.status} {text_of(response.body, 80)}", CurlLines(origin).line(exchange)
    )
