"""Sending a prepared request: journal, exchange, expectation, checks, and the log of what was observed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Protocol

from storepact.checks import judge
from storepact.checks.evidence import Evidence
from storepact.engines.capacity import Capacity, Room
from storepact.engines.family import Scope
from storepact.engines.inventory import Inventory
from storepact.engines.late import GONE, Late, OracleView, Repetition
from storepact.engines.prepare import Preparer, variant_of
from storepact.engines.settling import Settling
from storepact.model.case import NOTHING, Auth, PreparedRequest
from storepact.model.curl import CurlLines, keep_id
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.expectation import Expectation, Promise
from storepact.model.finding import Finding
from storepact.model.story import Divergence, SentRequest
from storepact.openapi.operation import Operation
from storepact.transport.credentials import placeholder

if TYPE_CHECKING:
    from storepact.transport.client import Target


#: The shell variables that hold the id of the resource of a curl line, and that of one beside it.
_VARIABLE, _BESIDE = "ID", "BESIDE"


#: An exchange, and the journal's number of the create that it carried out.
_Sent = tuple[int | None, Exchange]

#: So often a create is sent that is refused while others make and take room.
_MOST_REPETITIONS = 4


class Observer(Protocol):
    """Receives every exchange with its findings."""

    def observe(self, prepared: PreparedRequest, exchange: Exchange, findings: list[Finding]) -> None:
        """Record one exchange."""


class Sender:
    """Sends prepared requests to one target and has the checks judge the exchanges."""

    def __init__(
        self,
        target: Target,
        preparer: Preparer,
        inventory: Inventory,
        capacity: Capacity,
        observer: Observer,
        excluded_checks: Collection[str] = (),
        operations: Collection[str] = (),
    ) -> None:
        """`excluded_checks` are the codes of checks that are left out.

        Where `operations` has any ids, there are findings about these operations only.
        """
        self._target, self._preparer, self._inventory = target, preparer, inventory
        self._capacity = capacity
        self._observer, self._excluded_checks = observer, excluded_checks
        self._operations = operations
        self._creates: dict[str, Exchange] = {}
        self._counts: Counter[str] = Counter()
        self._unreadable: Exchange | None = None
        self._late = Late(preparer, lambda request: self._exchange(request)[1], self.expectation)
        self.settling: Settling | None = None
        """Tells late reads from wrong ones; None where no read is repeated."""

    def send(self, prepared: PreparedRequest, source: str) -> tuple[Exchange, list[Finding], str | None]:
        """Send a request and judge the exchange; returns it, its findings and the id of a new resource.

        `source` is the suite that the findings are reported under.

        Raises:
            ResponseLost: a write has no answer.
            RunEnded: the network, a limit or a budget ends the run.
            RequestUnsendable: HTTP forbids this request.

        """
        expectation = self.expectation(prepared)
        sent, expectation = self._examine_refusal(
            prepared, self._exchange(prepared), expectation, self._preparer.scope
        )
        number, exchange = sent
        created = self._inventory.record_response(number, exchange)
        expectation = self._allow_conflict(prepared, exchange, expectation)
        findings = self.judge(prepared, exchange, expectation, source)
        repetition = self._late.of_case(prepared, expectation, exchange, self._preparer.scope)
        if findings and repetition is not None:
            exchange, findings = self._settle(
                exchange,
                findings,
                repetition,
                lambda response: self.judge(prepared, response, expectation, source),
            )
        self._observer.observe(prepared, exchange, findings)
        self._note(prepared, exchange, created)
        return exchange, findings, created

    def _note(self, prepared: PreparedRequest, exchange: Exchange, created: str | None) -> None:
        """Keep what the responses to later requests may depend on, for their curl lines."""
        if created is not None:
            self._counts[prepared.path] += 1
        is_unreadable = prepared.body is not None and prepared.json is NOTHING
        self._unreadable = exchange if is_unreadable else None

    def send_step(
        self,
        prepared: PreparedRequest,
        source: str,
        scope: Scope,
        view: OracleView,
        *,
        sent: _Sent | None = None,
    ) -> tuple[Exchange, list[Finding]]:
        """Send one step of a story and judge it with the oracle's prediction; what it creates remains.

        `sent` is the exchange and its number in the journal, where it has taken place already. The
        story records the findings itself.
        """
        expectation = view.expectation(self.expectation(prepared, scope))
        repeats = sent is None
        sent, expectation = self._examine_refusal(
            prepared, sent or self._exchange(prepared), expectation, scope, repeats=repeats
        )
        number, exchange = sent
        created = self._inventory.record_response(number, exchange)
        self._inventory.record_deletion(prepared, exchange)

        def judge(response: Exchange) -> list[Finding]:
            view.take_back()
            return self.judge(prepared, response, expectation, source, view.divergences(response))

        findings = judge(exchange)
        if findings and repeats:
            known = self.settling is not None and self.settling.has_late_reads
            repetition = self._late.of_step(prepared, scope, view, exchange, known=known)
            if repetition is not None:
                exchange, findings = self._settle(exchange, findings, repetition, judge)
                self._inventory.record_deletion(prepared, exchange)
        self._observer.observe(prepared, exchange, [])
        self._note(prepared, exchange, created)
        return exchange, findings

    def _settle(
        self,
        exchange: Exchange,
        findings: list[Finding],
        repetition: Repetition,
        judge: Callable[[Exchange], list[Finding]],
    ) -> tuple[Exchange, list[Finding]]:
        """Repeat what shows an earlier state; returns the exchange and the findings that count.

        Findings about a response that is only late are marked as such, or left out where that is allowed.
        """
        settling = self.settling
        if settling is None:
            return exchange, judge(exchange)
        places = " ".join(sorted(finding.fingerprint for finding in findings))
        again = settling.repeat(places, repetition.read, repetition.shows_new)
        if again is None:
            return exchange, judge(exchange)
        remaining = judge(again)
        again = exchange if repetition.keeps_response else again
        if settling.forgives:
            return again, remaining
        lasting = {finding.fingerprint for finding in remaining}
        late = [finding.with_(stale=True) for finding in findings if finding.fingerprint not in lasting]
        return again, [*late, *remaining]

    def _examine_refusal(
        self,
        prepared: PreparedRequest,
        sent: _Sent,
        expectation: Expectation,
        scope: Scope,
        *,
        repeats: bool = True,
    ) -> tuple[_Sent, Expectation]:
        """Find out whether a create was refused for want of room, which leaves its promise open.

        Where room was made in between, it is sent again, unless it may not be (`repeats`).
        """
        for _ in range(_MOST_REPETITIONS):
            exchange = sent[1]
            if not self._capacity.may_be_full(prepared, exchange.response, expectation, scope):
                break
            room = self._capacity.examine(prepared, exchange.response, scope)
            if room is Room.FREE:
                break
            if room is Room.FULL or not repeats:
                return sent, self._capacity.allow(exchange, expectation)
            sent = self._exchange(prepared)
        return sent, expectation

    def _exchange(self, prepared: PreparedRequest) -> _Sent:
        """Send a request; each 429 that is waited out is observed."""

        def observe_limit(exchange: Exchange) -> None:
            self._observe_rate_limit(prepared, exchange)

        return self._inventory.send(prepared, observe_limit)

    def _observe_rate_limit(self, prepared: PreparedRequest, exchange: Exchange) -> None:
        """Record a 429 that is waited out; this run has provoked it, so it is no finding."""
        self._observer.observe(prepared, exchange, [])

    def judge(
        self,
        prepared: PreparedRequest,
        exchange: Exchange,
        expectation: Expectation,
        source: str,
        divergences: tuple[Divergence, ...] = (),
    ) -> list[Finding]:
        """The findings of all checks about one exchange, with curl lines and lines in the document.

        There are none about operations that are left out.
        """
        if self._operations and prepared.case.operation not in self._operations:
            return []
        document = self._preparer.document
        evidence = Evidence(
            prepared,
            self.operation_of(prepared),
            exchange,
            expectation,
            document,
            self._preparer.family.api,
            divergences,
        )
        findings = list(judge(evidence, source, excluded_checks=self._excluded_checks))
        lines = self.curl_of(prepared, exchange) if findings else ""
        creates = bool(findings) and self.lines_create(prepared, exchange)
        requests = self.requests_of(prepared, exchange) if findings else ()
        return [
            finding.with_(curl=lines, creates=creates, requests=requests, line=document.line(finding.pointer))
            for finding in findings
        ]

    def operation_of(self, prepared: PreparedRequest) -> Operation:
        """The operation that a request is sent to."""
        return self._preparer.document.operations[prepared.case.operation]

    def expectation(self, prepared: PreparedRequest, scope: Scope | None = None) -> Expectation:
        """What the documents promise about a request, without memory of earlier ones."""
        operation = self.operation_of(prepared)
        variant = variant_of(self._preparer.document, operation, prepared.case.variant)
        return self._preparer.family.expect(
            prepared, operation, self._preparer.document, variant, scope or self._preparer.scope
        )

    def _allow_conflict(
        self, prepared: PreparedRequest, exchange: Exchange, expectation: Expectation
    ) -> Expectation:
        """Allow a 409 to a valid create beside another resource, if the family leaves that open."""
        note = self._preparer.family.api.conflict_note
        if (
            exchange.response.status != 409
            or not note
            or not prepared.creates
            or expectation.promise is not Promise.ACCEPT
            or self._inventory.is_empty
        ):
            return expectation
        return self._capacity.allow(exchange, expectation)

    def remember_create(self, identifier: str, exchange: Exchange) -> None:
        """Keep the exchange that created a resource, for the curl lines of requests to it."""
        self._creates[identifier] = exchange

    def _create_of(self, prepared: PreparedRequest, exchange: Exchange) -> Exchange | None:
        """The exchange that created the resource of a request; None if its path names none of this run."""
        identifier = prepared.created_id or ""
        return self._creates.get(identifier) if identifier in exchange.request.path else None

    def lines_create(self, prepared: PreparedRequest, exchange: Exchange) -> bool:
        """Whether the curl lines of a request create what it needs."""
        is_list = prepared.role == "list" and prepared.method == "GET"
        has_create = prepared.creates or self._create_of(prepared, exchange) is not None
        return has_create or (is_list and bool(self._creates))

    def curl_of(self, prepared: PreparedRequest, exchange: Exchange) -> str:
        """The curl lines that repeat a request: the create of its resource, the request, the deletion."""
        create = self._create_of(prepared, exchange)
        api, url = self._preparer.family.api, self._target.shown_url
        if create is not None:
            lines = CurlLines(url, {prepared.created_id or "": _VARIABLE})
            first = keep_id(lines.line(create), _VARIABLE, api.id_member)
            before = self._lines_before(lines, create, exchange)
            deletion = self.deletion_line(lines, create.request.path, _VARIABLE)
            return "\n".join(filter(None, (first, *before, lines.line(exchange), deletion)))
        lines = CurlLines(url)
        if prepared.role == "list" and prepared.method == "GET":
            return self._list_lines(lines, exchange)
        if not prepared.creates:
            return lines.line(exchange)
        line = keep_id(lines.line(exchange), _VARIABLE, api.id_member)
        return "\n".join(filter(None, (line, self.deletion_line(lines, exchange.request.path, _VARIABLE))))

    def requests_of(self, prepared: PreparedRequest, exchange: Exchange) -> tuple[SentRequest, ...]:
        """The requests that the curl lines of a request send, without those that delete in the end."""
        identifier = self._preparer.family.resource_id(exchange.response.json) if prepared.creates else None
        last = SentRequest(
            exchange,
            role=prepared.role or "",
            kind=prepared.case.variant or "",
            created=identifier or "",
            absent=prepared.case.absent,
        )
        create = self._create_of(prepared, exchange)
        if create is not None:
            return (*self._requests_before(create, prepared.created_id or "", exchange), last)
        if prepared.role != "list" or prepared.method != "GET":
            return (last,)
        creates = {create.request.path: (key, create) for key, create in self._creates.items()}
        return (*(_creation(create, key) for key, create in creates.values()), last)

    def _requests_before(
        self, create: Exchange, identifier: str, exchange: Exchange
    ) -> Iterator[SentRequest]:
        """Yield the create of a resource, and the requests of `_lines_before`."""
        yield _creation(create, identifier)
        collection, status = create.request.path, exchange.response.status
        if status in GONE and self._counts[collection] > 1:
            yield _creation(create, _BESIDE)
            deletion = self._preparer.prepare_deletion(collection, _BESIDE)
            if deletion is not None:
                headers = (*deletion.headers, ("Authorization", placeholder(Auth.WRITER)))
                request = Request(deletion.method, deletion.path, headers)
                yield SentRequest(Exchange(request, Response(204, (), b"")), role="delete")
        if status >= 500 and self._unreadable is not None:
            yield SentRequest(self._unreadable)

    def _lines_before(self, lines: CurlLines, create: Exchange, exchange: Exchange) -> Iterator[str]:
        """Yield the lines of what may have caused a response, after the create of the resource.

        A resource that is gone may have ended with another one beside it: an equal one is created and
        deleted. A server that fails may do so after the body that it could not read.
        """
        collection, status = create.request.path, exchange.response.status
        if status in GONE and self._counts[collection] > 1:
            yield keep_id(lines.line(create), _BESIDE, self._preparer.family.api.id_member)
            yield self.deletion_line(lines, collection, _BESIDE)
        if status >= 500 and self._unreadable is not None:
            yield lines.line(self._unreadable)

    def _list_lines(self, lines: CurlLines, exchange: Exchange) -> str:
        """The lines that repeat a list, with a resource of each collection that this run has created in."""
        creates = {create.request.path: create for create in self._creates.values()}
        variables = {f"{_VARIABLE}{number}": create for number, create in enumerate(creates.values(), 1)}
        member = self._preparer.family.api.id_member
        before = [keep_id(lines.line(create), name, member) for name, create in variables.items()]
        after = [self.deletion_line(lines, create.request.path, name) for name, create in variables.items()]
        return "\n".join(filter(None, (*before, lines.line(exchange), *after)))

    def deletion_line(self, lines: CurlLines, path: str, *variables: str) -> str:
        """The line that deletes what was created at a path; empty if the document has no deletion."""
        collection = path.partition("?")[0]
        prepared = self._preparer.prepare_deletion(collection, _VARIABLE)
        return "" if prepared is None else lines.deletion(collection, dict(prepared.headers), *variables)


def _creation(exchange: Exchange, identifier: str) -> SentRequest:
    """The create of a resource that a later request needs."""
    return SentRequest(exchange, role="create", created=identifier)
