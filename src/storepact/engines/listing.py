"""What a target lists: the resources of all, those in some scopes, and those that show a text."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from storepact.engines.prepare import Preparer
from storepact.model.api import Scope
from storepact.model.case import Case
from storepact.model.tree import Json

if TYPE_CHECKING:
    from storepact.transport.client import Target


class Listing:
    """Reads the list of a target; nothing judges the responses."""

    def __init__(self, target: Target, preparer: Preparer) -> None:
        self._target, self._preparer, self._family = target, preparer, preparer.family

    @property
    def foreign(self) -> frozenset[str] | None:
        """The ids of others' resources, where the list is large; None where it is not."""
        lists = self._target.delivery.lists
        return None if lists is None else lists.foreign

    def read(self) -> list[Json]:
        """Everything that the provider lists, those of others included, as parsed JSON.

        Raises:
            SetupFailed: the document describes no list.

        """
        case = Case(self._preparer.operation("list").id, source="setup")
        body = self._target.send(self._preparer.prepare(case)).response.json
        return self._family.api.resources_in(body) or []

    def count(self) -> int:
        """How many resources the provider lists, those of others included.

        Raises:
            SetupFailed: the document describes no list.

        """
        return len(self.read())

    def resources_in(self, *scopes: Scope) -> Iterator[Json]:
        """The resources that the provider lists in these scopes, or in the run's own; none without a list."""
        if not self._preparer.has_operation("list"):
            return
        for item in self.read():
            if any(
                self._family.belongs_to(item, scope, kind)
                for scope in scopes or (self._preparer.scope,)
                for kind in self._family.kinds
            ):
                yield item

    def find(self, text: str, *, excluded: Collection[str | None] = ()) -> Iterator[str]:
        """The ids of the listed resources that show a text, except some."""
        items = self.read() if self._preparer.has_operation("list") else ()
        left_out = {*excluded, *(self.foreign or ())}
        for item in items:
            identifier = self._family.resource_id(item)
            if identifier is not None and identifier not in left_out and text in json.dumps(item):
                yield identifier
