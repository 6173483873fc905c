"""Writes that were done twice, as something on the way has sent them again.

Proxies send deletes again, which are idempotent, and careless ones creates and updates. What is created
beside shows the run's mark; what was deleted is gone; a version counts one update more than was sent. A
provider that sometimes does a write twice cannot be distinguished from such a proxy. One that does so each
time can be, where the provider counts requests; else it is a finding, and the report names both causes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from storepact.engines.inventory import Inventory
from storepact.engines.ordinary_writes import OrdinaryWrites
from storepact.engines.prepare import Preparer
from storepact.engines.recurrences import Recurrences
from storepact.model.case import PreparedRequest
from storepact.model.errors import NetworkUnstable
from storepact.model.exchange import Exchange
from storepact.model.finding import Finding
from storepact.model.flaw import FlawKind
from storepact.model.network import NetworkFailure
from storepact.model.tree import Json
from storepact.transport.journal import Entry

if TYPE_CHECKING:
    from storepact.transport.client import Target

#: So many updates of a unit may have been done twice by chance.
_MOST_AHEAD = 2


class Duplicates:
    """Looks for writes that were done twice, where there are findings that may be due to them."""

    def __init__(
        self,
        target: Target,
        preparer: Preparer,
        inventory: Inventory,
        read: Callable[[str], Exchange],
        writes: OrdinaryWrites,
        recurrences: Recurrences,
    ) -> None:
        """`read` reads a path; nothing judges it."""
        self._target, self._preparer, self._inventory, self._read = target, preparer, inventory, read
        self._writes, self._recurrences = writes, recurrences

    def check(
        self,
        prepared: PreparedRequest,
        exchange: Exchange,
        findings: Collection[Finding],
        versions: Mapping[str, int],
    ) -> None:
        """Make sure that no write of the unit was done twice; the findings are about an exchange of it.

        `versions` are those that resources had before the exchange, by their ids, as far as they are known.

        Raises:
            ResponseLost: one was, and not each time.
            NetworkUnstable: each is, and the provider has counted two requests for one.

        """
        position = self._recurrences.place
        is_refused = any(finding.flaw is FlawKind.REFUSED for finding in findings)
        if is_refused and self._was_deleted_before(prepared, exchange):
            self._begin_anew("delete", "a delete was done, and answered as another one after it", position)
        if self._is_ahead(prepared, exchange, versions, is_refused=is_refused):
            self._begin_anew("update", "an update was done twice", position)
        own = len(self._inventory.lost.ids)
        twins = self._delete_twins(exchange.response.json) if prepared.role == "list" else 0
        if twins:  # of many creates, another one is done twice next time
            place = "all" if 2 * twins >= own else None
            self._begin_anew("create", "a create was done twice", place)

    def check_together(
        self, requests: Sequence[PreparedRequest], exchanges: Sequence[Exchange], versions: Mapping[str, int]
    ) -> None:
        """Make sure that none of these updates at the same moment was done twice; see `check`.

        Raises:
            ResponseLost, NetworkUnstable: as `check`.

        """
        updates: Counter[tuple[str, str]] = Counter()
        for prepared, exchange in zip(requests, exchanges, strict=True):
            if prepared.role == "update" and prepared.created_id in versions and self._can_be_read(prepared):
                updates[prepared.created_id or "", prepared.path] += 200 <= exchange.response.status < 300
        for (identifier, path), done in updates.items():
            if self._exceeds(self._read(path), identifier, versions[identifier] + done):
                place = self._recurrences.place
                self._begin_anew("update", "an update beside others was done twice", place)

    def _begin_anew(self, role: str, detail: str, place: object) -> None:
        """Have the unit begin anew, unless it has been at this place each time."""
        failure, recurrences = NetworkFailure.DUPLICATE, self._recurrences
        if recurrences.lose(role, place, failure, str(failure), detail) and self._writes.are_counted_twice():
            raise NetworkUnstable(
                f"something on the way to {self._target.address} sends each {role} twice, as the "
                "provider's limits count more requests than were sent; run again on another way"
            )

    def _was_deleted_before(self, prepared: PreparedRequest, exchange: Exchange) -> bool:
        """Whether what this run created is gone by a delete that was answered with 404."""
        if not prepared.deletes or exchange.response.status != 404:
            return False
        return self._can_be_read(prepared) and self._read(prepared.path).response.status == 404

    def _can_be_read(self, prepared: PreparedRequest) -> bool:
        is_own = prepared.created_id in self._inventory.lost.ids and prepared.created_id is not None
        return is_own and self._preparer.has_operation("get")

    def _is_ahead(
        self,
        prepared: PreparedRequest,
        exchange: Exchange,
        versions: Mapping[str, int],
        *,
        is_refused: bool,
    ) -> bool:
        """Whether a resource has a later version than all updates that were sent to it have given it."""
        if self._recurrences.is_constant("update") or not versions:
            return False
        if prepared.role == "list":
            items = self._preparer.family.api.resources_in(exchange.response.json) or ()
            return any(
                self._is_later(item, versions.get(self._preparer.family.resource_id(item) or ""))
                for item in items
            )
        version = versions.get(prepared.created_id or "")
        if version is None or prepared.created_id is None:
            return False
        if prepared.role == "get":
            return self._exceeds(exchange, prepared.created_id, version)
        if prepared.role != "update":
            return False
        if is_refused and self._can_be_read(prepared):
            path = prepared.path.partition("?")[0]
            return self._exceeds(self._read(path), prepared.created_id, version)
        return self._exceeds(exchange, prepared.created_id, version + 1)

    def _exceeds(self, exchange: Exchange, identifier: str, version: int) -> bool:
        """Whether a response shows a later version of a resource, by as much as duplicates explain."""
        body = exchange.response.json
        is_shown = exchange.response.status == 200 and self._preparer.family.resource_id(body) == identifier
        return is_shown and self._is_later(body, version)

    def _is_later(self, item: Json, version: int | None) -> bool:
        member = self._preparer.family.api.version_member
        shown = item.get(member) if isinstance(item, dict) and member else None
        return version is not None and type(shown) is int and 0 < shown - version <= _MOST_AHEAD

    def _delete_twins(self, listed: Json) -> int:
        """Delete what a list shows with the run's marker under ids that no response has assigned."""
        if self._recurrences.is_constant("create"):
            return 0
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
        assigned = self._inventory.deleted_ids | own
        family, scope = self._preparer.family, self._preparer.scope
        for item in family.api.resources_in(listed) or ():
            identifier = family.resource_id(item)
            if identifier is None or identifier in assigned:
                continue
            if self._preparer.run_marker not in json.dumps(item):
                continue
            yield from ((kind, identifier) for kind in family.kinds if family.belongs_to(item, scope, kind))
