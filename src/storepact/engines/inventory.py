"""The inventory: the resources that a target lists, and the journal of those that this run created."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from storepact.engines.deletions import DeletedResources, Leftover
from storepact.engines.listing import Listing
from storepact.engines.lost_creates import LostCreates
from storepact.engines.prepare import Preparer
from storepact.engines.settling import Settling
from storepact.model.api import Scope
from storepact.model.case import Case, PreparedRequest
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import NOT_JSON, Exchange
from storepact.model.outcome import Reason
from storepact.transport.journal import Entry, Journal
from storepact.transport.recorded import record_status, send_with_journal

if TYPE_CHECKING:
    from storepact.transport.client import Target


#: So often a resource is deleted before the end of the run, if the provider refuses.
_ATTEMPTS = 2

#: After so many deletes in a row that were refused, a run on a live target creates nothing more.
_MOST_REFUSALS = 2


class Inventory:
    """Deletes resources, and records in the journal what this run creates."""

    def __init__(
        self,
        target: Target,
        preparer: Preparer,
        journal: Journal,
        *,
        is_live: bool = False,
        max_resources: int | None = None,
    ) -> None:
        """On a live target (`is_live`) nothing is created after refused deletes."""
        self._target, self._preparer, self._journal = target, preparer, journal
        self._family = preparer.family
        self.listing = Listing(target, preparer)
        self._is_live, self._max_resources = is_live, max_resources
        self._deleted = DeletedResources()
        self._keeps_for_good = False
        self._refused: dict[str, int] = {}
        self._created: set[str] = set()
        self._statuses: dict[str, int] = {}
        self._refusals_in_a_row = 0
        seconds = target.timeout if is_live else 0.0
        self.lost = LostCreates(journal, self._find_own, self._delete_own, seconds)
        self.read: Callable[[str], Exchange] | None = None
        """Reads a path; None where an answer of a delete is always that of the provider."""
        self.settling: Settling | None = None
        """Tells what is not visible yet from what is gone; None where no request is repeated."""

    @property
    def keeps_deleted_resources(self) -> bool:
        """Whether the provider lists for ever what this run deletes, so that each create makes it slower."""
        return bool(self._deleted.are_kept)

    def still_keeps_deleted_resources(self) -> bool:
        """Whether the list, read again, still shows what was deleted first: it is not only late."""
        if not self._keeps_for_good and self.keeps_deleted_resources:
            self._deleted.compare(map(self._family.resource_id, self.listing.read()))
            self._keeps_for_good = self.keeps_deleted_resources
        return self._keeps_for_good

    def _note_deletion(self, identifier: str) -> None:
        self._journal.record_deletion(identifier)
        self._target.pacer.let_go(len(self._journal.leftovers))
        self._refusals_in_a_row = 0
        if self._deleted.add(identifier) and self._preparer.has_operation("list"):
            self._deleted.compare(map(self._family.resource_id, self.listing.read()))

    # what is listed

    def earlier_ids(self, *scopes: Scope) -> frozenset[str]:
        """The ids in these scopes that a new story has not created.

        A large list is not read again: they are those of the first list, and of what this process created.
        """
        if self.listing.foreign is not None:
            return self.listing.foreign | self._created
        ids = map(self._family.resource_id, self.listing.resources_in(*scopes))
        return frozenset(identifier for identifier in ids if identifier is not None)

    @property
    def deleted_ids(self) -> frozenset[str]:
        """The ids of what this process has created and deleted."""
        return frozenset(self._created.difference(entry.id for entry in self._journal.leftovers))

    def _find_own(self) -> Iterator[str]:
        """The ids of the listed resources that show the run's marker and are not in the journal."""
        recorded = {entry.id for entry in self._journal.leftovers}
        return self.listing.find(self._preparer.run_marker, excluded=recorded)

    def count_in(self, scope: Scope) -> tuple[int, bool]:
        """How many resources a scope holds, as far as is known, and whether others have created some."""
        own = self.count_own(scope)
        listed = sum(1 for _ in self.listing.resources_in(scope)) if self._is_live else 0
        return max(own, listed), listed > own

    def count_own(self, scope: Scope) -> int:
        """How many resources in a scope this process has created and not deleted yet."""
        collections = {self._collection(kind, scope) for kind in self._family.kinds}
        return sum(entry.path.partition("?")[0] in collections for entry in self._journal.leftovers)

    def _collection(self, kind: str, scope: Scope) -> str:
        """The path at which resources of a kind are created in a scope."""
        case = Case(self._preparer.operation("create").id, kind, "setup")
        return self._preparer.prepare(case, scope=scope).path

    def shows_deleted_resources(self) -> bool:
        """Whether the provider lists what this process has created and deleted."""
        return any(True for _ in self._find_own())

    @property
    def is_empty(self) -> bool:
        """Whether nothing that this run created exists, and the provider lists nothing in its scope."""
        return not self._journal.leftovers and not any(True for _ in self.listing.resources_in())

    # what is created

    @property
    def has_room(self) -> bool:
        """Whether a further resource may exist beside those of this process."""
        return self._max_resources is None or len(self._journal.leftovers) < self._max_resources

    def send(
        self,
        prepared: PreparedRequest,
        limited: Callable[[Exchange], None] | None = None,
    ) -> tuple[int | None, Exchange]:
        """Send a request with the journal; returns it with the journal's number of an accepted create.

        `limited` receives each 429 that is waited out.

        Raises:
            PrerequisiteMissing: it is a create, and the run may create nothing more.
            ResponseLost: nothing responded; a create is then uncertain.
            TargetUnreachable, TargetTimedOut: the target has never responded.
            RequestUnsendable: HTTP forbids this request.
            KeyboardInterrupt: the user has asked to stop; nothing was sent.

        """
        if prepared.creates:
            self._require_room()
        marker = self._preparer.run_marker
        return send_with_journal(self._target, self._journal, prepared, marker, limited)

    def _require_room(self) -> None:
        """Make sure that the run may create a further resource, and has the requests to delete it.

        Raises:
            PrerequisiteMissing: it may not.
            BudgetExhausted: the requests of the run are used up.

        """
        if self._is_live and self._refusals_in_a_row >= _MOST_REFUSALS:
            raise PrerequisiteMissing(Reason.DELETES_REFUSED)
        if not self.has_room:
            raise PrerequisiteMissing(Reason.RESOURCE_BUDGET)
        self._target.pacer.keep_back(len(self._journal.leftovers) + 1)

    def try_create(self, scope: Scope, kind: str, use: Callable[[str], None] | None = None) -> Exchange:
        """Send an ordinary create, which nothing judges, and delete what it creates; returns its exchange.

        `use` is called with the id in between.

        Raises:
            PrerequisiteMissing, ResponseLost, TargetUnreachable, TargetTimedOut: as `send`.

        """
        body = self._family.ordinary_body(kind, self._preparer.run_marker)
        case = Case(self._preparer.operation("create").id, kind, "setup", body=body)
        prepared = self._preparer.prepare(case, scope=scope)
        number, exchange = self.send(prepared)
        identifier = self.record_response(number, exchange)
        if identifier is not None:
            if use is not None:
                use(identifier)
            self.delete(prepared.path, identifier)
        return exchange

    def record_attempt(self, prepared: PreparedRequest) -> int | None:
        """Record a create before it is sent; returns its number in the journal, None for another request.

        Raises:
            PrerequisiteMissing: the run may create nothing more.

        """
        if not prepared.creates:
            return None
        self._require_room()
        return self._journal.record_attempt(self._target.base_url, prepared.path, self._preparer.run_marker)

    def record_response(self, number: int | None, exchange: Exchange) -> str | None:
        """Record how a recorded attempt ended; returns the id of the new resource, None if there is none."""
        response = exchange.response
        if number is None or not record_status(self._journal, number, response.status):
            return None
        identifier = None if response.json is NOT_JSON else self._family.resource_id(response.json)
        identifier = identifier or next(self._find_own(), None)
        if identifier is None:
            self._journal.record_uncertainty(number)
        else:
            self._journal.record_creation(number, identifier)
            self._created.add(identifier)
        return identifier

    def _delete_own(self, collection: str, identifier: str) -> None:
        self._created.add(identifier)
        self.delete(collection, identifier)

    # what is deleted

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
        if status == 404 and self.settling is not None:
            status = self._delete_late(self.settling, prepared)
        self._statuses[identifier] = status
        if 200 <= status < 300 or status == 404 or self._is_gone(prepared):
            self._note_deletion(identifier)
            return True
        self._refused[identifier] = self._refused.get(identifier, 0) + 1
        self._refusals_in_a_row += 1
        return False

    def _is_gone(self, deletion: PreparedRequest) -> bool:
        """Whether a delete was done, whatever it was answered with: its resource cannot be read."""
        if self.read is None or not self._preparer.has_operation("get"):
            return False
        return self.read(deletion.path).response.status == 404

    def _delete_late(self, settling: Settling, prepared: PreparedRequest) -> int:
        """Delete again what is not found, as its create may not be visible yet; returns the last status."""
        status = settling.repeat(
            "delete of what this run created",
            lambda: self._target.send(prepared).response.status,
            lambda status: status != 404,
        )
        return status or 404

    def clean_up(self) -> None:
        """Delete all that this run created, but what the provider has refused to delete twice."""
        self.lost.recover()
        for entry in self._journal.leftovers:
            if entry.id is not None and self._refused.get(entry.id, 0) < _ATTEMPTS:
                self.delete(entry.path, entry.id)

    def finish(self) -> list[Leftover]:
        """Delete all that this run created, and return what could not be deleted."""
        self.lost.recover()
        self.lost.wait()
        self.lost.recover_late()
        remaining = [
            self._leftover(entry)
            for entry in self._journal.leftovers
            if entry.id is None or not self.delete(entry.path, entry.id)
        ]
        self._journal.close()
        return remaining

    def close(self) -> None:
        """Close the journal: its run has ended."""
        self._journal.close()

    def leftovers(self, reason: str) -> list[Leftover]:
        """What this run may have created and has not deleted, as something has ended it first."""
        return [self._leftover(entry, reason) for entry in self._journal.leftovers]

    def _leftover(self, entry: Entry, reason: str = "") -> Leftover:
        path = entry.path.partition("?")[0]
        if entry.id is None:
            unknown = "it is not known whether it was created"
            return Leftover(path, 0, f"{unknown}; {reason}" if reason else unknown)
        status = self._statuses.get(entry.id, 0)
        if not self._preparer.has_operation("delete"):
            reason = "the document describes no delete"
        return Leftover(f"{path}/{entry.id}", status, reason)
