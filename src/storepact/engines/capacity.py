"""Capacity: a provider may hold so many resources in a scope, and refuse further creates with any status.

Such a refusal is recognised by an experiment: an ordinary create in the same place is refused in the same
way. If it is accepted, the refusal has another reason, and the checks report it.
"""

from __future__ import annotations

from enum import Enum, auto

from storepact.engines.inventory import Inventory
from storepact.engines.prepare import Preparer
from storepact.model.api import Scope
from storepact.model.case import Auth, PreparedRequest
from storepact.model.counts import many
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange, Response
from storepact.model.expectation import Expectation, Promise
from storepact.model.outcome import Reason

#: Statuses with which a create may be refused because its scope is full; those of the second set also have
#: many other reasons, and count in the form of the API's errors only.
_OF_CONFLICTS, _OF_REQUESTS = frozenset({409, 422}), frozenset({400, 403})
FULL_STATUSES = _OF_CONFLICTS | _OF_REQUESTS

#: After so many experiments without any limit, further ones are made only with more resources than before.
_EXPERIMENTS = 3

_Place = tuple[Scope, str]


class Room(Enum):
    """What is known of the place of a create that was refused."""

    FREE = auto()
    """There was room: the refusal has another reason."""
    CHANGED = auto()
    """There is room now, and others use the place, too: it may have been full."""
    FULL = auto()


class Capacity:
    """Finds out whether refused creates were refused for want of room; one per process."""

    def __init__(self, preparer: Preparer, inventory: Inventory, *, shares_scopes: bool = False) -> None:
        """`shares_scopes` is whether other processes of this run create resources, too."""
        self._preparer, self._inventory = preparer, inventory
        self._shares_scopes = shares_scopes
        self._limits: dict[_Place, int] = {}
        self._accepted: dict[_Place, int] = {}
        """How many resources were beside an ordinary create that was accepted."""
        self._most_own: dict[_Place, int] = {}
        """How many of them were this process' own."""
        self._experiments = 0
        self._explained: Exchange | None = None

    def is_full(self, exchange: Exchange) -> bool:
        """Whether this exchange, the last one, is a create that was refused for want of room."""
        return exchange is self._explained

    def may_repeat(self, prepared: PreparedRequest, exchange: Exchange) -> bool:
        """Whether a create may succeed once this run has fewer resources."""
        is_conflict = exchange.response.status == 409 and prepared.creates
        return self.is_full(exchange) or (is_conflict and prepared.case.auth is Auth.WRITER)

    def missing_room(self, scope: Scope) -> PrerequisiteMissing:
        """The reason why a create in a scope cannot be verified."""
        most = max((count for place, count in self._limits.items() if place[0] == scope), default=0)
        resource = self._preparer.family.api.resource
        holds = f"at most {many(most, resource)}" if most else f"no further {resource}"
        where = f" in {scope}" if scope.keys else ""
        return PrerequisiteMissing(Reason.SCOPE_FULL, f"the provider holds {holds}{where}")

    def allow(self, exchange: Exchange, expectation: Expectation) -> Expectation:
        """The expectation of a create that was refused for want of room: any answer to it is right."""
        self._explained = exchange
        statuses = expectation.statuses | {exchange.response.status}
        note = self._preparer.family.api.conflict_note
        return Expectation(Promise.SILENT, note, statuses, "conflict", expectation.flaws)

    def allow_conflict(
        self, prepared: PreparedRequest, exchange: Exchange, expectation: Expectation
    ) -> Expectation:
        """Allow a 409 to a valid create beside another resource, if the family leaves that open."""
        is_conflict = exchange.response.status == 409 and prepared.creates
        is_open = bool(self._preparer.family.api.conflict_note) and expectation.promise is Promise.ACCEPT
        if is_conflict and is_open and not self._inventory.is_empty:
            return self.allow(exchange, expectation)
        return expectation

    def may_be_full(
        self, prepared: PreparedRequest, response: Response, expectation: Expectation, scope: Scope
    ) -> bool:
        """Whether it is worth while to find out if a create was refused for want of room."""
        status, api = response.status, self._preparer.family.api
        if not api.conflict_note or not prepared.creates or prepared.case.auth is not Auth.WRITER:
            return False
        body = response.json
        has_form = isinstance(body, dict) and api.error_members <= body.keys()
        if status not in FULL_STATUSES or (status in _OF_REQUESTS and not has_form):
            return False
        if status not in expectation.statuses:
            return True
        if expectation.promise is not Promise.SILENT:
            return False
        place, own = self._place_of(prepared, scope), self._inventory.count_own(scope)
        return bool(own) and (place in self._limits or own > self._most_own.get(place, 0))

    def _place_of(self, prepared: PreparedRequest, scope: Scope) -> _Place:
        kinds = self._preparer.family.kinds
        return scope, prepared.case.variant if prepared.case.variant in kinds else kinds[0]

    def examine(self, prepared: PreparedRequest, response: Response, scope: Scope) -> Room:
        """Find out whether a create was refused for want of room."""
        place = self._place_of(prepared, scope)
        count, is_shared = self._inventory.count_in(scope)
        is_shared |= self._shares_scopes
        if not count and not is_shared:
            return Room.FREE
        if count and count >= self._limits.get(place, count + 1):
            return Room.FULL
        if not self._limits and self._experiments >= _EXPERIMENTS and count <= self._accepted.get(place, -1):
            return Room.FREE
        self._experiments += 1
        if self._try(place, response) is Room.FREE:
            self._accepted[place] = max(count, self._accepted.get(place, 0))
            own = self._inventory.count_own(scope)
            self._most_own[place] = max(own, self._most_own.get(place, 0))
        elif count:
            self._limits[place] = max(count, self._limits.get(place, 1))
            return Room.FULL
        return Room.CHANGED if is_shared else Room.FREE

    def _try(self, place: _Place, refusal: Response) -> Room:
        """Send an ordinary create to a place, and delete it; full if it is refused as another one was."""
        scope, kind = place
        try:
            response = self._inventory.try_create(scope, kind).response
        except PrerequisiteMissing:  # it cannot be found out, so nothing can be verified
            return Room.FULL
        is_same = response.status == refusal.status and _code_of(response) == _code_of(refusal)
        return Room.FULL if is_same else Room.FREE


def _code_of(response: Response) -> object:
    """The code of an error; None where it has none."""
    body = response.json
    return body.get("code") if isinstance(body, dict) else None
