"""Sending a prepared request: journal, exchange, expectation, checks, and the log of what was observed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from storepact.checks.evidence import Evidence
from storepact.checks.judgement import judge
from storepact.engines.capacity import Capacity, Room
from storepact.engines.inventory import Inventory
from storepact.engines.late import Late, OracleView, Repetition
from storepact.engines.prepare import Preparer, variant_of
from storepact.engines.reproduction import Reproducer
from storepact.engines.settling import Settling
from storepact.model.api import Scope
from storepact.model.case import PreparedRequest
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation, Promise
from storepact.model.finding import Finding
from storepact.model.story import Divergence
from storepact.openapi.operation import Operation
from storepact.transport.responses import has_members

if TYPE_CHECKING:
    from storepact.transport.client import Target


#: An exchange, and the journal's number of the create that it carried out.
_Sent = tuple[int | None, Exchange]

_Confirm = Callable[[PreparedRequest, Exchange, list[Finding], Mapping[str, int]], None]

#: What a request may get that the documents say nothing about.
BELOW_500 = frozenset(range(200, 500))

#: The suite of findings about a 429, whatever was sent when the limit was hit.
_SUITE_OF_LIMITS = "protection"

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
        self._preparer, self._inventory = preparer, inventory
        self._capacity = capacity
        self._observer, self._excluded_checks = observer, excluded_checks
        self._operations = operations
        self.reproducer = Reproducer(target, preparer)
        """Makes the requests that show a finding again."""
        self.confirm: _Confirm | None = None
        """Makes sure that what there are findings about is the provider's response to the request."""
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
        (number, exchange), expectation = self._examine_refusal(
            prepared, self._exchange(prepared), expectation, self._preparer.scope
        )
        created = self._inventory.record_response(number, exchange)
        expectation = self._capacity.allow_conflict(prepared, exchange, expectation)
        findings = self.confirmed(prepared, exchange, self.judge(prepared, exchange, expectation, source))
        repetition = self._late.of_case(prepared, expectation, exchange, self._preparer.scope)
        if findings and repetition is not None:
            exchange, findings = self._settle(
                exchange,
                findings,
                repetition,
                lambda response: self.judge(prepared, response, expectation, source),
            )
        self._observer.observe(prepared, exchange, findings)
        self.reproducer.note(prepared, exchange, created)
        return exchange, findings, created

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

        findings = self.confirmed(prepared, exchange, judge(exchange), view.versions_before)
        if findings and repeats:
            late = self.settling is not None and self.settling.has_late_reads
            repetition = self._late.of_step(prepared, scope, view, exchange, reads_are_late=late)
            if repetition is not None:
                exchange, findings = self._settle(exchange, findings, repetition, judge)
                self._inventory.record_deletion(prepared, exchange)
        self._observer.observe(prepared, exchange, [])
        self.reproducer.note(prepared, exchange, created)
        return exchange, findings

    def confirmed(
        self,
        prepared: PreparedRequest,
        exchange: Exchange,
        findings: list[Finding],
        versions_before: Callable[[], Mapping[str, int]] = dict,
    ) -> list[Finding]:
        """The findings, once they are known to be about the provider's response to this request alone."""
        if findings and self.confirm is not None:
            self.confirm(prepared, exchange, findings, versions_before())
        return findings

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
        return self._inventory.send(prepared, partial(self._observe_rate_limit, prepared))

    def _observe_rate_limit(self, prepared: PreparedRequest, exchange: Exchange) -> None:
        """Record a 429 that is waited out: its form is judged where it is that of the API's errors."""
        if not has_members(exchange.response, self._preparer.family.api.error_members):
            return self._observer.observe(prepared, exchange, [])
        expectation = Expectation.of([], self.operation_of(prepared).success)
        findings = self.judge(prepared, exchange, expectation, _SUITE_OF_LIMITS)
        return self._observer.observe(prepared, exchange, findings)

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
        if not findings:
            return []
        again = self.reproducer.reproduce(prepared, exchange)
        return [
            finding.with_(
                exchange=exchange.abridge(),
                curl=again.curl,
                creates=again.creates,
                requests=again.requests,
                line=document.line(finding.pointer),
            )
            for finding in findings
        ]

    def judge_at_path(
        self, prepared: PreparedRequest, role: str, exchange: Exchange, source: str, scope: Scope
    ) -> list[Finding] | None:
        """The findings about a response that hold whatever was asked; None where it is none of this API's.

        The path is that of the operation with the role; a preflight is answered by servers of their own (D7).
        Another verb than the operation's is to be refused, and that is another check than the status.
        """
        operation = self._preparer.operation(role)
        match = operation.path_pattern.match(prepared.path.partition("?")[0])
        if match is None or prepared.method == "OPTIONS":
            return None
        method = None if prepared.method == operation.method else prepared.method
        case = replace(prepared.case, operation=operation.id, method=method)
        whole = replace(prepared, case=case, parameters=dict(match.groupdict()), role=role)
        expectation = self.expectation(whole, scope)
        promise = Promise.SILENT if method is None else expectation.promise
        expectation = replace(expectation, promise=promise, statuses=BELOW_500)
        return self.confirmed(whole, exchange, self.judge(whole, exchange, expectation, source))

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
