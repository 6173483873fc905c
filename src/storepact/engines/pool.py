"""The pool: one resource of each kind that cases share, created when it is needed and deleted at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from storepact.engines.capacity import Capacity
from storepact.engines.inventory import Inventory
from storepact.engines.prepare import Preparer
from storepact.engines.send import Sender
from storepact.model.case import Case
from storepact.model.errors import PrerequisiteMissing, SetupFailed
from storepact.model.outcome import Reason
from storepact.model.tree import Json

if TYPE_CHECKING:
    from storepact.transport.client import Target


class ResourcePool:
    """Lends the ids of resources by kind. On a read-only target it lends what the provider lists."""

    def __init__(
        self,
        target: Target,
        preparer: Preparer,
        inventory: Inventory,
        sender: Sender,
        capacity: Capacity,
    ) -> None:
        self._capacity = capacity
        self._target, self._preparer, self._inventory, self._sender = target, preparer, inventory, sender
        self._family = preparer.family
        self._lent: dict[str, str] = {}
        self._deleted: dict[str, str] = {}
        self.one_at_a_time = False
        """Whether resources are kept one at a time, as the provider has refused a further one."""

    @property
    def is_empty(self) -> bool:
        """Whether no resource is kept."""
        return not self._lent

    def lends(self, identifier: str) -> bool:
        """Whether this resource is kept."""
        return identifier in self._lent.values()

    def borrow(self, kind: str, members: Mapping[str, Json] | None = None) -> str:
        """The id of a resource of this kind that exists; one is created if need be, with these members.

        Raises:
            SetupFailed: the provider creates none, or does not report its id.
            PrerequisiteMissing: the target is read-only and lists none, or has no room for one.

        """
        if not self._target.writable:
            return self._borrow_from_list(kind)
        if kind not in self._lent:
            self._lent[kind] = self.create(kind, members)
        return self._lent[kind]

    def _borrow_from_list(self, kind: str) -> str:
        scope = self._preparer.scope
        for item in self._inventory.listing.resources_in():
            identifier = self._family.resource_id(item)
            if identifier is not None and self._family.belongs_to(item, scope, kind):
                return identifier
        raise PrerequisiteMissing(
            Reason.NOTHING_TO_READ,
            f"the target is read-only and lists no {kind} {self._family.api.resource} in {scope}",
        )

    def borrow_deleted_id(self, kind: str) -> str:
        """The id of a resource of this kind that has been deleted."""
        if kind not in self._deleted:
            self._deleted[kind] = self.borrow(kind)
            self.discard(kind)
        return self._deleted[kind]

    def create(self, kind: str, members: Mapping[str, Json] | None = None) -> str:
        """Create a resource of this kind and return its id; the end of the run deletes it.

        Raises:
            SetupFailed: the provider refuses, or does not report the id.
            PrerequisiteMissing: the provider has no room for it.

        """
        if self.one_at_a_time:
            self.clear()
        prepared = self._preparer.prepare(self._creation(kind, members))
        exchange, _, identifier = self._sender.send(prepared, "conformance")
        status, resource = exchange.response.status, self._family.api.resource
        if self._capacity.may_repeat(prepared, exchange) and self.allow_one_at_a_time():
            return self.create(kind, members)
        if self._capacity.is_full(exchange):
            raise self._capacity.missing_room(self._preparer.scope)
        if not 200 <= status < 300:
            raise SetupFailed(f"no {kind} {resource} could be created: the provider answered {status}")
        if identifier is None:
            raise SetupFailed(
                f"a {kind} {resource} was created, but neither the response nor the list has its id"
            )
        self._sender.reproducer.keep_create(identifier, exchange)
        return identifier

    def _creation(self, kind: str, members: Mapping[str, Json] | None) -> Case:
        marker = self._preparer.run_marker
        operation, body = self._preparer.operation("create"), self._family.ordinary_body(kind, marker)
        if not members:
            return Case(operation.id, kind, "setup", body=body)
        body = self._family.body_with_members(body, members, marker)
        return Case(operation.id, kind, "arranged", body=body)

    def allow_one_at_a_time(self) -> bool:
        """Keep one resource at a time from now on; returns whether a refused create is to be repeated."""
        repeat = not self.one_at_a_time and not self.is_empty
        self.one_at_a_time = self.one_at_a_time or repeat
        return repeat

    def drop_deleted_id(self, kind: str, identifier: str) -> None:
        """Note that a case deleted a resource of the pool."""
        if self._lent.get(kind) == identifier:
            self._deleted[kind] = self._lent.pop(kind)

    def discard(self, kind: str) -> None:
        """Delete the resource of this kind, if the pool keeps one."""
        identifier = self._lent.pop(kind, None)
        if identifier is not None:
            self._inventory.delete(self._preparer.collection(kind), identifier)

    def forget(self) -> None:
        """Delete every resource that the pool keeps, and lend none that was deleted: as at the start."""
        self.clear()
        self._deleted.clear()

    def clear(self) -> None:
        """Delete every resource that the pool keeps."""
        for kind in list(self._lent):
            self.discard(kind)
