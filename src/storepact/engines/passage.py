"""Whether ordinary writes still reach the API, where something on the way answers one of them each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storepact.engines.inventory import Inventory
from storepact.engines.prepare import Preparer
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Case
from storepact.model.errors import PrerequisiteMissing, ResponseLost

if TYPE_CHECKING:
    from storepact.transport.client import Target

#: Which ordinary request has the same method.
_ROLES = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


class Passage:
    """Sends ordinary writes, which nothing judges, to one scope of a target."""

    def __init__(self, target: Target, preparer: Preparer, inventory: Inventory, scope: Scope) -> None:
        self._target, self._preparer, self._inventory, self._scope = target, preparer, inventory, scope

    def is_open(self, method: str) -> bool:
        """Whether the API answers an ordinary write with this method; True where none can be sent.

        A resource is created, changed and deleted, as far as the method needs it.
        """
        role = _ROLES.get(method)
        family = self._preparer.family
        patch = family.ordinary_patch(self._preparer.run_marker)
        if role is None or (role == "update" and patch is NOTHING):
            return True
        is_answered = False

        def use(identifier: str) -> None:
            nonlocal is_answered
            if role == "update":
                case = Case(self._preparer.operation(role).id, family.kinds[0], "setup", body=patch)
                self._target.send(self._preparer.prepare(case, identifier, self._scope))
            is_answered = role != "delete"

        try:
            self._inventory.try_create(self._scope, family.kinds[0], use)
        except ResponseLost:
            return is_answered
        except PrerequisiteMissing:
            return True
        return True
