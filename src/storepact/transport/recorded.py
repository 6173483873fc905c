"""Sending with a journal: a create is on record before it leaves, and what became of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from storepact.model.case import PreparedRequest
from storepact.model.errors import PrerequisiteMissing, RequestUnsendable, ResponseLost
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
    """Send a request and receive its exchange, with the journal's number of the create that succeeded.

    The number is None for another request, for a refused create, and for one that may have been carried out
    all the same: a server's error or no response. `marker` is the text by which the run's resources can be
    recognised; `limited` receives each 429 that is waited out.

    Raises:
        PrerequisiteMissing, RequestUnsendable: it was not sent.
        ResponseLost: nothing responded; a create then stays open in the journal, as uncertain.
        TargetUnreachable, TargetTimedOut: the target has never responded.
        KeyboardInterrupt: the user has asked to stop; nothing was sent.

    """
    INTERRUPTS.check()
    if not prepared.creates:
        return None, target.send(prepared, limited=limited)
    number = journal.record_attempt(target.base_url, prepared.path, marker)
    try:
        exchange = target.send(prepared, limited=limited)
    except (PrerequisiteMissing, RequestUnsendable):
        journal.record_refusal(number)
        raise
    except ResponseLost:
        journal.record_uncertainty(number)
        raise
    return (number if record_status(journal, number, exchange.response.status) else None), exchange


def record_status(journal: Journal, number: int, status: int) -> bool:
    """Record what the status of a create's response shows; returns whether it succeeded."""
    if 200 <= status < 300:
        return True
    if 300 <= status < 500:
        journal.record_refusal(number)
    else:
        journal.record_uncertainty(number)
    return False
