"""A family: everything about one API that the engines need, as one frozen value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from storepact.checks.explanations import CheckExample
from storepact.model.api import Api
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.model.errors import SetupFailed
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation
from storepact.model.story import Divergence
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.openapi.variants import Variant

if TYPE_CHECKING:
    from storepact.engines.story import Story

_T = TypeVar("_T")


@dataclass(frozen=True)
class Scope:
    """A place on the target that a run works in: the values of the API's scope parameters, in their order."""

    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "/".join(self.keys)


@dataclass(frozen=True)
class ProviderState:
    """A provider state that pacts may name."""

    name: str
    requires: Literal["", "scope", "resource", "deleted", "nothing"] = ""
    """What must be on the target: anything, the scope, a resource, a deleted resource, an empty list."""
    kind: str | None = None
    """The resource's kind; None for the one that the interaction's path names."""
    auth: Auth | None = None
    """The token that is sent; None for the interaction's own."""
    aliases: tuple[str, ...] = ()
    """Patterns of other names for the state."""


@dataclass(frozen=True)
class Action:
    """One request of a story, as the oracle sees it. `scope`, `kind` and `id` are those of its path.

    `body` may hold `redaction.Redacted`; `number` is different for every action; `mark` is a text that only
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


@dataclass(frozen=True)
class Oracle(Generic[_World, _Prediction]):
    """A pure model of the resource over time; it gets worlds and predictions back as it made them."""

    begin: Callable[..., _World]
    """(foreign=ids that exist already) → the world before a story."""
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
    """(world, get, exchange) → the world with the resource that a get shows and nobody has created here."""


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class JourneyRule:
    """One step that a journey may take: whether it is possible, and how it is done with drawn details."""

    name: str
    possible: Callable[[Story], bool]
    apply: Callable[[Story, Draw], None]


def _no_oracle(*arguments: Any, **options: Any) -> Any:
    raise SetupFailed("this API has no oracle: stories cannot be judged")


#: For families without scenarios.
NO_ORACLE: Oracle[Any, Any] = Oracle(_no_oracle, _no_oracle, _no_oracle, _no_oracle, _no_oracle)


def no_cases(operation: Operation, document: Document, variant: Variant) -> Iterator[Case]:
    """No cases: a family without probes, or without cases about tokens, has no questions about them."""
    return iter(())


def _same_body(body: Any, new_secret: Callable[[], str]) -> Any:
    return body


def _with_members(body: Any, members: Mapping[str, Any], marker: str) -> Any:
    return {**body, **members}


def _keep(body: Json, *details: Any) -> Json:
    return body


def _no_text() -> str:
    return ""


def _never(*arguments: Any) -> bool:
    return False


def _nothing(*arguments: Any) -> None:
    return None


@dataclass(frozen=True)
class Family:
    """One API: its words, its rules and its cases, as plain values and functions.

    Operations have roles (list, create, get, update, delete), whatever a document calls them. Fields without
    defaults are enough for the suites document, conformance and pacts.
    """

    name: str
    document: str
    """File name of its OpenAPI document, in openapi/."""
    provider: str
    """The provider's name in pacts."""
    api: Api
    """Headers, members, path parameters and hosts of the API."""
    role_of: Callable[[Operation], str | None]
    """(operation) → its role; None for an operation that is not tested."""
    kinds: tuple[str, ...]
    """The kinds of resource; the first is the usual one."""
    path_values: Callable[[Scope, str | None, str | None], Mapping[str, str]]
    """(scope, kind, id) → the value of every path parameter."""
    expect: Callable[[PreparedRequest, Operation, Document, Variant, Scope], Expectation]
    """What the documents promise about one request, without memory of earlier ones."""
    ordinary_body: Callable[[str, str], Json]
    """(kind, marker) → the body of a create that every provider must accept."""
    mark_body: Callable[[Json, str], Json]
    """(body of a create, marker) → the body with the marker in it, where there is room."""
    resource_id: Callable[[Json], str | None]
    """(resource as JSON) → its id, if it shows one."""
    belongs_to: Callable[[Json, Scope, str], bool]
    """(listed resource, scope, kind) → whether it lies in the scope and is of the kind."""
    probes: Callable[[Operation, Document, Variant], Iterator[Case]] = no_cases
    """Cases that no generator makes."""
    auth_cases: Callable[[Operation, Document, Variant], Iterator[Case]] = no_cases
    """Cases about tokens and required headers."""
    body_with_members: Callable[[Json, Mapping[str, Json], str], Json] = _with_members
    """(ordinary body, members, marker) → the body with exactly these members, and the marker elsewhere."""
    plant_secrets: Callable[[Json, Callable[[], str]], Json] = _same_body
    """(request body, maker of secrets) → the body with its secrets replaced by new ones."""
    mark_patch: Callable[[Json, str], Json] = _keep
    """(body of an update, marker) → the body with the marker in values that replace a marked one."""
    enables: Callable[[Json], bool] = _never
    """(request body) → whether it would switch a resource on."""
    without_enabling: Callable[[Json], Json] = _keep
    """(request body) → the body with `false` wherever it would switch a resource on."""
    needs_replacement: Callable[[Json], bool] = _never
    """(resource after an update) → whether later cases need a new one."""
    states: tuple[ProviderState, ...] = ()
    oracle: Oracle[Any, Any] = NO_ORACLE
    """Its worlds and predictions are of types of its own."""
    scenarios: tuple[Scenario, ...] = ()
    store_scenarios: tuple[Scenario, ...] = ()
    """Scenarios of the suite `store`, about what the target leaves in stores."""
    store_lacks: Callable[[], str] = _no_text
    """What these scenarios lack on this machine, as a sentence; empty for nothing."""
    journey_rules: tuple[JourneyRule, ...] = ()
    teardown: Callable[[Story], None] = _nothing
    """The end of a journey: what exists is deleted, and must not be listed any more."""
    examples: Mapping[str, CheckExample] = field(default_factory=dict)
    """By the code of a check, how a violation looks in this API."""
    decisions_by_member: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By the D-number of a decision, the members that it is about, as JSON pointers within a resource."""

    def state_of(self, name: str) -> tuple[ProviderState, str | None] | None:
        """The provider state of a name, and the kind of resource that the name mentions; None if unknown."""
        exact = next((state for state in self.states if state.name == name), None)
        if exact is not None:
            return exact, exact.kind
        plain = _plain(name)
        for state in self.states:
            if any(re.fullmatch(pattern, plain) for pattern in (_plain(state.name), *state.aliases)):
                return state, next((kind for kind in self.kinds if kind in plain.split()), state.kind)
        return None


def _plain(name: str) -> str:
    """A name without case, articles and punctuation."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return " ".join(word for word in words if word not in ("a", "an", "the"))
