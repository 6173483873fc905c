"""A family: everything about one API that the engines need, as one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from storepact.engines.family_rules import FamilyRules
from storepact.engines.story import Story
from storepact.model.values import lean_value

_T = TypeVar("_T")


@lean_value(frozen=True)
class Scenario:
    """One story of a suite. `needs` are what a run may lack: writes, reads, reader, stores."""

    suite: str
    name: str
    run: Callable[[Story], None]
    needs: frozenset[str]
    concurrent: bool = False
    """Whether responses depend on which of several simultaneous requests comes first."""
    apart: str = ""
    """The scope parameter that is the first to differ between the two scopes that it needs; empty for one."""


class Draw(Protocol):
    """The source of a journey's details. Simple values come first, so that shortening ends with them."""

    def choice(self, values: Sequence[_T]) -> _T:
        """One of the values; the first is the simplest."""

    def flag(self) -> bool:
        """False is simpler."""

    def number(self, low: int, high: int) -> int:
        """Both ends included; low is simpler."""


@lean_value(frozen=True)
class JourneyRule:
    """One step that a journey may take: whether it is possible, and how it is done with drawn details."""

    name: str
    possible: Callable[[Story], bool]
    apply: Callable[[Story, Draw], None]


def _nothing(*arguments: Any) -> None:
    return None


def _no_text() -> str:
    return ""


@lean_value(frozen=True)
class Family(FamilyRules):
    """One API: what its requests and responses are, and the stories that test it."""

    scenarios: tuple[Scenario, ...] = ()
    store_scenarios: tuple[Scenario, ...] = ()
    """Scenarios of the suite `store`, about what the target leaves in stores."""
    store_lacks: Callable[[], str] = _no_text
    """What these scenarios lack on this machine, as a sentence; empty for nothing."""
    journey_rules: tuple[JourneyRule, ...] = ()
    teardown: Callable[[Story], None] = _nothing
    """The end of a journey: what exists is deleted, and must not be listed any more."""
