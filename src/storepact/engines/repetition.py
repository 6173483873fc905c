"""Repetition of a case, a story or an interaction one of whose requests has lost its answer.

Whether the request was done is unknown. What it may have created is looked for and deleted, and everything
is done again from the start, with new resources.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from storepact.model.errors import ResponseLost
from storepact.transport.delivery import MOST_ATTEMPTS

if TYPE_CHECKING:
    from storepact.transport.client import Target

T = TypeVar("T")


def repeat_lost_requests(target: Target, recover: Callable[[], None], unit: Callable[[], T]) -> T:
    """What a unit returns, once it was done without a loss; `recover` deletes what a loss may have left.

    A request that is lost each time is answered in the end by an exchange without a response, for the checks.

    Raises:
        RunEnded: the target does not answer any more, or fails too often.

    """
    try:
        return unit()
    except ResponseLost:
        return _repeat(target, recover, unit)


def _repeat(target: Target, recover: Callable[[], None], unit: Callable[[], T]) -> T:
    try:
        while True:
            _recover(recover)
            target.delivery.begin_unit(again=True)
            with suppress(ResponseLost):
                return unit()
    finally:
        target.delivery.begin_unit()


def _recover(recover: Callable[[], None]) -> None:
    for _ in range(MOST_ATTEMPTS - 1):
        with suppress(ResponseLost):
            return recover()
    return recover()
