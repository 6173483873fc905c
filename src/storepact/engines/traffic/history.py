"""The history of traffic: what earlier exchanges lead one to expect of the next one."""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as with_changes

from storepact.engines.family import Family
from storepact.engines.oracle import NO_ORACLE
from storepact.engines.traffic.memory import Memory, Recollection
from storepact.engines.traffic.pacts import KnownState
from storepact.engines.traffic.reception import MaskedExchange, Ticket
from storepact.engines.traffic.recognize import Recognized
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation, Flaw, Promise
from storepact.model.story import Divergence
from storepact.model.traffic import TrafficResponse
from storepact.model.values import lean_value


@lean_value(frozen=True)
class KnownExchange:
    """An exchange without its secrets, and what earlier exchanges show about it."""

    exchange: Exchange
    expectation: Expectation
    """What may be answered, by the documents and by what came before."""
    state: KnownState
    """What was known of the resource before."""
    divergences: tuple[Divergence, ...] = ()
    is_remembered: bool = False
    """Whether earlier exchanges decide it."""


@dataclass
class TrafficHistory:
    """Follows the exchanges with each provider."""

    family: Family
    complete: bool = False
    """Whether every write to the providers is in the traffic."""
    _memories: dict[str, Memory] = field(default_factory=dict)

    def recall(
        self, ticket: Ticket, request: Recognized, received: TrafficResponse, masked: MaskedExchange
    ) -> KnownExchange:
        """What earlier exchanges show about one; `request` is the ticket's."""
        exchange = masked.exchange
        state = self._known_state(ticket, request)
        readable = ticket.sent.has_body and received.has_body
        recollection = self._recall(ticket, request, masked.expectation, exchange, readable=readable)
        expectation = self._allow_unknown(ticket, request, recollection, exchange)
        return KnownExchange(
            exchange, expectation, state, recollection.divergences, recollection.is_remembered
        )

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
        if status not in (401, 403, 404, 409):
            return expectation
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

    def lose(self, ticket: Ticket) -> None:
        """Forget what a write without a response may have changed."""
        request = ticket.request
        if not isinstance(request, Recognized) or self.family.oracle is NO_ORACLE:
            return
        if request.writes and request.identifier is not None:
            self._memory(ticket).forget(request.identifier)
