"""What a key of a Redis store may hold in place of a string."""

from __future__ import annotations

from enum import Enum

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.judge import StoreObservation
from storepact.model.flaw import FlawKind
from storepact.model.values import lean_value


class Unreadable(Enum):
    """A key that the user may not read."""

    UNREADABLE = "unreadable"


UNREADABLE = Unreadable.UNREADABLE


@lean_value(frozen=True)
class WrongType:
    """A key that holds another type than a string."""

    place: str
    name: str

    @property
    def observation(self) -> StoreObservation:
        """What is wrong."""
        return "SP706", Observation(
            self.place,
            f"{self.place} is {self.name}, not a string: SDKs cannot read it; delete it, and let the "
            "writer synchronize again",
            FlawKind.TYPE,
            expected="a string",
            actual=self.name,
        )
