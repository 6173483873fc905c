"""Trouble on the way, told from the provider's own faults: these recur at one place of a unit.

A case, a story or an interaction begins anew where there are findings that something on the way may have
caused. If it has done so at the same place often enough, they are the provider's.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING

from storepact.engines.ordinary_writes import OrdinaryWrites
from storepact.model.errors import PrerequisiteMissing, ResponseLost
from storepact.model.network import NetworkFailure

if TYPE_CHECKING:
    from storepact.transport.client import Target

#: So often in a row something has to happen at one place of a unit: then it does each time.
_MOST_AT_A_PLACE = 4


class Recurrences:
    """Counts what happens in the present unit, each time that it is begun anew."""

    def __init__(self, target: Target, writes: OrdinaryWrites) -> None:
        self._target, self._writes = target, writes
        self._earlier: list[tuple[str, object]] = []
        self._constant: set[str] = set()

    def is_constant(self, kind: str) -> bool:
        """Whether what is of this kind happens each time."""
        return kind in self._constant

    @property
    def place(self) -> int:
        """The place in the present unit."""
        return self._target.delivery.progress[1]

    def begin_unit(self) -> None:
        """Forget what happened in another unit."""
        if not self._target.delivery.progress[0]:
            self._earlier.clear()

    def lose(self, kind: str, place: object, failure: NetworkFailure, label: str, detail: str) -> bool:
        """Have the unit begin anew; returns whether it is known now that this kind happens each time.

        `place` is where in the unit it is; None if that says nothing. `label` is how it is counted.

        Raises:
            ResponseLost: it is not known to happen each time.

        """
        if kind in self._constant:
            return False
        traffic = self._target.delivery.traffic
        traffic.failures[label] += 1
        in_a_row = sum(1 for _ in takewhile((kind, place).__eq__, reversed(self._earlier))) + 1
        self._earlier.append((kind, place))
        if place is None or in_a_row < _MOST_AT_A_PLACE:
            if place is not None and in_a_row == _MOST_AT_A_PLACE - 1:
                self._shift()
            raise ResponseLost(self._target.address, failure, detail)
        self._constant.add(kind)
        traffic.reproduced += _MOST_AT_A_PLACE
        return True

    def _shift(self) -> None:
        """Send further requests: where every n-th is concerned, it is another one of the unit from now on."""
        with suppress(PrerequisiteMissing):
            self._writes.send()
