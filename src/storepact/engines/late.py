"""How a response that may only be late is compared with later ones: which request is sent, and what is new.

A read is sent again. A write that was refused as in an earlier state has had no effect; it is sent again once
a get shows the state that it was sent to. A write that was done is never sent again: a get shows whether only
its response was made from an earlier state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from storepact.engines.prepare import Preparer
from storepact.model.api import Scope
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation, Promise
from storepact.model.story import Divergence
from storepact.model.values import lean_value

_READING, _WRITING = ("get", "list"), ("update", "delete")

#: The statuses of a resource that does not exist, or not any more.
GONE = (404, 410)


class OracleView(Protocol):
    """What the oracle of a story predicts about one exchange, from the steps before it."""

    def expectation(self, base: Expectation) -> Expectation:
        """The expectation without memory, refined."""

    def divergences(self, exchange: Exchange) -> tuple[Divergence, ...]:
        """Where the response differs from what was predicted."""

    def shows_present(self, exchange: Exchange) -> bool:
        """Whether the response is as predicted."""

    def shows_earlier_state(self, exchange: Exchange) -> bool:
        """Whether the response is right for the state before one of the writes so far."""

    def shows_new_state(self, before: Exchange, exchange: Exchange) -> bool:
        """Whether a response is as predicted, where the one before showed an earlier state."""

    def expects_success(self) -> bool:
        """Whether success is promised."""

    def of_get(self) -> OracleView:
        """The view of a get of the same resource, sent instead."""

    def versions_before(self) -> Mapping[str, int]:
        """The latest version that each resource may have had before the request, by its id."""

    def take_back(self) -> None:
        """Forget what was learned from the response."""


@lean_value(frozen=True)
class Repetition:
    """What is sent until a response is new. `read` returns None where there is nothing to judge yet."""

    read: Callable[[], Exchange | None]
    is_new: Callable[[Exchange], bool]
    keeps_response: bool = False
    """Whether the first response counts all the same: what is read only shows that it was late."""

    def shows_new(self, reading: Exchange | None) -> bool:
        """Whether a reading is new."""
        return reading is not None and self.is_new(reading)


@lean_value(frozen=True)
class Late:
    """Makes repetitions. `send` sends a request; `expectation` is what the documents promise about one."""

    preparer: Preparer
    send: Callable[[PreparedRequest], Exchange]
    expectation: Callable[[PreparedRequest, Scope], Expectation]

    def of_step(
        self,
        prepared: PreparedRequest,
        scope: Scope,
        view: OracleView,
        exchange: Exchange,
        *,
        reads_are_late: bool,
    ) -> Repetition | None:
        """The repetition of a step that shows an earlier state; None if it is none, or cannot be repeated.

        `reads_are_late` is whether a read of this target was late before.
        """
        if prepared.role not in (*_READING, *_WRITING) or not view.shows_earlier_state(exchange):
            return None
        if prepared.role in _READING:
            return Repetition(partial(self.send, prepared), partial(view.shows_new_state, exchange))
        look = self._look(prepared, scope)
        if look is None:
            return None
        is_done = 200 <= exchange.response.status < 300
        if is_done and prepared.role == "update" and view.expects_success():
            repetition = Repetition(partial(self.send, look), view.shows_present, keeps_response=True)
            return repetition if reads_are_late or not repetition.shows_new(repetition.read()) else None
        state = view.of_get()
        state.expectation(self.expectation(look, scope))

        def is_ready(response: Exchange) -> bool:
            shows = state.shows_present(response)
            state.take_back()
            return shows

        return Repetition(partial(self._repeat, prepared, look, is_ready), view.shows_present)

    def of_case(
        self, prepared: PreparedRequest, expectation: Expectation, exchange: Exchange, scope: Scope
    ) -> Repetition | None:
        """The repetition of a request to a resource of this run that is not found, though it exists."""
        status = exchange.response.status
        if status not in GONE or status in expectation.statuses or prepared.case.absent:
            return None
        repetition: Repetition | None = None

        def is_new(response: Exchange) -> bool:
            return response.response.status in expectation.statuses

        if prepared.role == "get" and prepared.method == "GET":
            is_promised = expectation.promise is Promise.ACCEPT
            repetition = Repetition(partial(self.send, prepared), is_new) if is_promised else None
        elif prepared.role in _WRITING and prepared.created_id is not None:
            look = self._look(prepared, scope)
            if look is not None:
                repetition = Repetition(partial(self._repeat, prepared, look, _is_there), is_new)
        return repetition

    def _look(self, prepared: PreparedRequest, scope: Scope) -> PreparedRequest | None:
        """The get of the resource that a write is sent to; None if there is none."""
        if prepared.created_id is None or not self.preparer.has_operation("get"):
            return None
        case = Case(self.preparer.operation("get").id, prepared.case.variant, "setup", auth=Auth.WRITER)
        return self.preparer.prepare(case, prepared.created_id, scope)

    def _repeat(
        self, prepared: PreparedRequest, look: PreparedRequest, is_ready: Callable[[Exchange], bool]
    ) -> Exchange | None:
        return self.send(prepared) if is_ready(self.send(look)) else None


def _is_there(exchange: Exchange) -> bool:
    return 200 <= exchange.response.status < 300
