"""Creates and deletes that were done twice, as something on the way has sent them again.

Proxies send deletes again, which are idempotent, and careless ones creates. What is created beside shows the
run's mark; what was deleted is gone. An update that was done twice shows nothing that tells it from a fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

from storepact.engines.inventory import Inventory
from storepact.engines.prepare import Preparer
from storepact.model.case import PreparedRequest
from storepact.model.errors import ResponseLost
from storepact.model.exchange import Exchange
from storepact.model.finding import Finding
from storepact.model.flaw import FlawKind
from storepact.model.network import NetworkFailure
from storepact.model.tree import Json
from storepact.transport.journal import Entry

if TYPE_CHECKING:
    from storepact.transport.client import Target

#: So often in a row it has to be the same write of a unit that was done twice: then the provider does it.
_MOST_AT_A_PLACE = 3


class Duplicates:
    """Looks for writes that were done twice, where there are findings that may be due to them."""

    def __init__(
        self, target: Target, preparer: Preparer, inventory: Inventory, read: Callable[[str], Exchange]
    ) -> None:
        """`read` reads a path; nothing judges it."""
        self._target, self._preparer, self._inventory, self._read = target, preparer, inventory, read
        self._earlier: list[object] = []
        """Where it was in the present unit, each time that it was begun anew."""
        self._is_constant = False

    def check(self, prepared: PreparedRequest, exchange: Exchange, findings: Collection[Finding]) -> None:
        """Make sure that no write of the unit was done twice; the findings are about an exchange of it.

        Raises:
            ResponseLost: one was, and not each time.

        """
        if self._is_constant:
            return
        repetitions, position = self._target.delivery.progress
        if not repetitions:
            self._earlier.clear()
        is_refused = any(finding.flaw is FlawKind.REFUSED for finding in findings)
        if is_refused and self._was_deleted_before(prepared, exchange):
            self._begin_anew("a delete was done, and answered as another one after it", position)
        own = len(self._inventory.lost.ids)
        twins = self._delete_twins(exchange.response.json) if prepared.role == "list" else 0
        if twins:  # of many creates, another one is done twice next time
            place = "all" if 2 * twins >= own else None
            self._begin_anew("a create was done twice", place)

    def _begin_anew(self, detail: str, place: object) -> None:
        """Have the unit begin anew, unless it has been at this place each time."""
        traffic, failure = self._target.delivery.traffic, NetworkFailure.DUPLICATE
        traffic.failures[str(failure)] += 1
        self._earlier.append(place)
        if place is not None and self._earlier[-_MOST_AT_A_PLACE:] == [place] * _MOST_AT_A_PLACE:
            self._is_constant = True
            traffic.reproduced += _MOST_AT_A_PLACE
            return
        raise ResponseLost(self._target.address, failure, detail)

    def _was_deleted_before(self, prepared: PreparedRequest, exchange: Exchange) -> bool:
        """Whether what this run created is gone by a delete that was answered with 404."""
        if not prepared.deletes or exchange.response.status != 404:
            return False
        is_own = prepared.created_id in self._inventory.lost.ids and prepared.created_id is not None
        if not (is_own and self._preparer.has_operation("get")):
            return False
        return self._read(prepared.path).response.status == 404

    def _delete_twins(self, listed: Json) -> int:
        """Delete what a list shows with the run's marker under ids that no response has assigned."""
        twins = list(self._twins(listed))
        for kind, identifier in twins:
            path, marker = self._preparer.collection(kind), self._preparer.run_marker
            self._inventory.lost.delete(Entry(self._target.base_url, path, marker), identifier)
        return len(twins)

    def _twins(self, listed: Json) -> Iterator[tuple[str, str]]:
        """Kind and id of each."""
        own = self._inventory.lost.ids
        if None in own:
            return  # one may be that of a create without an answer
        known = self._inventory.deleted_ids | own
        family, scope = self._preparer.family, self._preparer.scope
        for item in family.api.resources_in(listed) or ():
            identifier = family.resource_id(item)
            if identifier is None or identifier in known:
                continue
            if self._preparer.run_marker not in json.dumps(item):
                continue
            yield from ((kind, identifier) for kind in family.kinds if family.belongs_to(item, scope, kind))
