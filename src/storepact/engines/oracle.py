"""The oracle of a family: what it knows at one point of a story, and what it predicts of a response."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from storepact.model.api import Scope
from storepact.model.errors import SetupFailed
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation
from storepact.model.story import Divergence
from storepact.model.tree import Json
from storepact.model.values import lean_value


@lean_value(frozen=True)
class Action:
    """One request of a story, as the oracle sees it. `scope`, `kind` and `id` are those of its path.

    `body` may hold `form.Redacted`; `number` is different for every action; `mark` is a text that only
    this action's body contains.
    """

    role: str
    scope: Scope
    kind: str | None = None
    id: str | None = None
    body: Json = None
    number: int = 0
    mark: str = ""


class ResourceState(Protocol):
    """What the oracle expects of one resource."""

    @property
    def version(self) -> int:
        """The version that it must have."""


class World(Protocol):
    """What the oracle knows at one point of a story; anything else about it is the oracle's own."""

    @property
    def existing(self) -> Mapping[str, ResourceState]:
        """The resources that exist, by id."""

    @property
    def deleted(self) -> frozenset[str]:
        """The ids of those that were deleted."""


class Prediction(Protocol):
    """What the oracle predicts of one response; anything else about it is the oracle's own."""

    @property
    def expectation(self) -> Expectation:
        """What may be answered."""


_World = TypeVar("_World", bound=World)


_Prediction = TypeVar("_Prediction", bound=Prediction)


def _same_world(world: _World, *arguments: object) -> _World:
    return world


@lean_value(frozen=True)
class Oracle(Generic[_World, _Prediction]):
    """A pure model of the resource over time; it gets worlds and predictions back as it made them."""

    begin: Callable[..., _World]
    """(foreign=ids that exist already, deleted=ids of this run that do not exist any more) → the world before
    a story."""
    predict: Callable[[_World, Action, Expectation, frozenset[int]], _Prediction]
    """(world, action, what the documents promise without memory, success statuses) → a prediction."""
    judge: Callable[[_World, Action, _Prediction, Exchange], tuple[_World, tuple[Divergence, ...]]]
    """(world, action, prediction, exchange) → the world afterwards, and where the response differs."""
    concurrent: Callable[[_World, Sequence[Action], Sequence[_Prediction], Sequence[Exchange]], list[_World]]
    """The worlds that simultaneous requests may have led to; none if nothing explains the responses."""
    is_recoverable: Callable[[Divergence], bool]
    """Whether a story can go on after a divergence, with what the provider has shown."""
    forget: Callable[[_World, str], _World] = _same_world
    """(world, id) → the world in which nothing is known of a resource any more."""
    adopt: Callable[[_World, Action, Exchange], _World] = _same_world
    """(world, get, exchange) → the world with the resource that a get shows and no step has created."""


def _no_oracle(*arguments: Any, **options: Any) -> Any:
    raise SetupFailed("this API has no oracle: stories cannot be judged")


#: For families without scenarios.
NO_ORACLE: Oracle[Any, Any] = Oracle(_no_oracle, _no_oracle, _no_oracle, _no_oracle, _no_oracle)
