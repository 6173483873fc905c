"""Sending with a journal: a create is on record before it leaves, and its refusal afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from storepact.model.case import PreparedRequest
from storepact.model.exchange import Exchange
from storepact.transport.interrupts import INTERRUPTS
from storepact.transport.journal import Journal

if TYPE_CHECKING:
    from storepact.transport.client import Target


def send_with_journal(
    target: Target,
    journal: Journal,
    prepared: PreparedRequest,
    marker: str,
    limited: Callable[[Exchange], None] | None = None,
) -> tuple[int | None, Exchange]:
    """Send a request and receive its exchange, with the journal's number of the create that it was.

    The number is None for another request and for a refused create. `marker` is the text by which
    the run's resources can be recognised; `limited` receives each 429 that is waited out.

    Raises:
        ResponseLost: nothing responded; a create then stays open in the journal.
        TargetUnreachable, TargetTimedOut: the target has never responded.
        RequestUnsendable: HTTP forbids this request.
        KeyboardInterrupt: the user has asked to stop; nothing was sent.

    """
    INTERRUPTS.check()
    number = journal.record_attempt(target.base_url, prepared.path, marker) if prepared.creates else None
    exchange = target.send(prepared, limited=limited)
    if exchange.response.timed_out:
        return None, exchange
    if number is not None and not 200 <= exchange.response.status < 300:
        journal.record_refusal(number)
        number = None
    return number, exchange
