"""The inventory: the resources that a target lists, and the journal of those that this run created."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from storepact.engines.family import Scope
from storepact.engines.prepare import Preparer
from storepact.model.case import Case, PreparedRequest
from storepact.model.exchange import NOT_JSON, Exchange
from storepact.transport.journal import Entry, Journal
from storepact.transport.recorded import send_with_journal

if TYPE_CHECKING:
    from storepact.transport.client import Target

#: Every run marker begins like this.
MARKER_PREFIX = "storepact-"

#: So many resources have to be listed this long after their deletes, before a provider is said to keep them.
_WATCHED = 10
PATIENCE = 3.0


class _DeletedResources:
    """The ids that were deleted first, until one list shows whether deletes have an effect."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._complete_at: float | None = None
        self.are_kept: bool | None = None
        """Whether the list still shows most of them; None as long as it was not looked at."""

    def add(self, identifier: str) -> bool:
        """Note a delete that succeeded; returns whether it is time to look at the list."""
        if self._complete_at is None:
            self._ids.add(identifier)
            self._complete_at = time.monotonic() if len(self._ids) >= _WATCHED else None
            return False
        return self.are_kept is None and time.monotonic() - self._complete_at >= PATIENCE

    def compare(self, listed: Iterable[str | None]) -> None:
        """Decide with the ids that the provider lists."""
        self.are_kept = 2 * len(self._ids.intersection(listed)) > len(self._ids)


class Inventory:
    """Reads the target's list, deletes resources, and records in the journal what this run creates."""

    def __init__(self, target: Target, preparer: Preparer, journal: Journal) -> None:
        self._target, self._preparer, self._journal = target, preparer, journal
        self._family = preparer.family
        self._deleted = _DeletedResources()

    @property
    def keeps_deleted(self) -> bool:
        """Whether the provider lists for ever what this run deletes, so that each create makes it slower."""
        return bool(self._deleted.are_kept)

    def _note_deletion(self, identifier: str) -> None:
        self._journal.record_deletion(identifier)
        if self._deleted.add(identifier) and self._preparer.has_operation("list"):
            self._deleted.compare(map(self._family.resource_id, self._list()))

    def list_resources(self, *scopes: Scope) -> Iterator[Any]:
        """The resources that the provider lists in these scopes, or in the run's own, as parsed JSON."""
        if not self._preparer.has_operation("list"):
            return
        for item in self._list():
            if any(
                self._family.belongs_to(item, scope, kind)
                for scope in scopes or (self._preparer.scope,)
                for kind in self._family.kinds
            ):
                yield item

    def count(self) -> int:
        """How many resources the provider lists, those of others included.

        Raises:
            SetupFailed: the document describes no list.

        """
        return len(self._list())

    def _list(self) -> list[Any]:
        case = Case(self._preparer.operation("list").id, source="setup")
        body = self._target.send(self._preparer.prepare(case)).response.json
        items = body.get(self._family.api.list_member) if isinstance(body, dict) else None
        return items if isinstance(items, list) else []

    def find_by_marker(self, marker: str) -> str | None:
        """The id of a listed resource that shows the marker and is not in the journal."""
        if not marker.startswith(MARKER_PREFIX):
            return None
        recorded = {entry.id for entry in self._journal.leftovers}
        for item in self.list_resources():
            identifier = self._family.resource_id(item)
            if identifier not in recorded and marker in json.dumps(item):
                return identifier
        return None

    @property
    def is_empty(self) -> bool:
        """Whether nothing that this run created exists, and the provider lists nothing in its scope."""
        return not self._journal.leftovers and not any(True for _ in self.list_resources())

    def send(
        self,
        prepared: PreparedRequest,
        limited: Callable[[Exchange], None],
    ) -> tuple[int | None, Exchange]:
        """Send a request with the journal; returns it with the journal's number of an accepted create."""
        marker = self._preparer.run_marker
        return send_with_journal(self._target, self._journal, prepared, marker, limited)

    def record_attempt(self, prepared: PreparedRequest) -> int | None:
        """Record a create before it is sent; returns its number in the journal, None for another request."""
        if not prepared.creates:
            return None
        return self._journal.record_attempt(self._target.base_url, prepared.path, self._preparer.run_marker)

    def record_response(self, number: int | None, exchange: Exchange) -> str | None:
        """Record how a recorded attempt ended; returns the id of the new resource, None if there is none."""
        if number is None:
            return None
        response = exchange.response
        if not 200 <= response.status < 300:
            self._journal.record_refusal(number)
            return None
        identifier = None if response.json is NOT_JSON else self._family.resource_id(response.json)
        identifier = identifier or self.find_by_marker(self._preparer.run_marker)
        if identifier is not None:
            self._journal.record_creation(number, identifier)
        return identifier

    def record_deletion(self, prepared: PreparedRequest, exchange: Exchange) -> bool:
        """Record that a request deleted its resource; returns whether it did."""
        deleted = (
            prepared.deletes and 200 <= exchange.response.status < 300 and prepared.created_id is not None
        )
        if deleted and prepared.created_id is not None:
            self._note_deletion(prepared.created_id)
        return deleted

    def delete(self, collection: str, identifier: str) -> bool:
        """Delete one resource of a collection's path; returns whether it is gone."""
        prepared = self._preparer.prepare_deletion(collection, identifier)
        if prepared is None:
            return False
        status = self._target.send(prepared).response.status
        if 200 <= status < 300 or status == 404:
            self._note_deletion(identifier)
            return True
        return False

    def clean_up(self) -> list[Entry]:
        """Delete all that this run created; returns what could not be deleted."""
        return self.delete_entries(self._journal.leftovers)

    def delete_entries(self, entries: Iterable[Entry]) -> list[Entry]:
        """Delete what a journal records; returns what could not be deleted."""
        remaining = []
        for entry in entries:
            identifier = entry.id or self.find_by_marker(entry.mark)
            if identifier is not None and not self.delete(entry.path, identifier):
                remaining.append(entry)
        return remaining
