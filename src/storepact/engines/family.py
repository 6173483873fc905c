"""A family: all that the generic machinery has to be told about one API, as one frozen value of functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storepact.model.api import Api
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation
from storepact.model.story import Divergence
from storepact.openapi.document import Document, Operation
from storepact.openapi.variants import Variant


@dataclass(frozen=True)
class Scope:
    """Where on the target a run works."""

    project: str
    environment: str

    def __str__(self) -> str:
        return f"{self.project}/{self.environment}"


@dataclass(frozen=True)
class ProviderState:
    """A provider state that pacts may ask for by name.

    `wants` is what must be on the target: environment, integration, deleted, nothing; `kind` that integration's kind, None
    for the one that the interaction speaks of; `auth` whose token is used. `words` are patterns of other names for it.
    """

    name: str
    requires: str = ""
    kind: str | None = None
    auth: Auth | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Action:
    """One request of a story, as the oracle sees it. `scope`, `kind` and `id` are those of the path.

    `body` may hold `secrets.Redacted`; `number` is another one for each act; `mark` is a text that only this act's body holds.
    """

    role: str
    scope: Scope
    kind: str | None = None
    id: str | None = None
    body: Any = None
    number: int = 0
    mark: str = ""


@dataclass(frozen=True)
class Oracle:
    """A pure model of the resource over time. Worlds are its own; nobody else looks into them."""

    begin: Callable[..., Any]
    """(foreign=ids that are there already) → the world before a story."""
    predict: Callable[[Any, Action, Expectation, frozenset[int]], Any]
    """(world, act, what the documents say without memory, success statuses) → a prediction."""
    judge: Callable[[Any, Action, Any, Exchange], tuple[Any, tuple[Divergence, ...]]]
    """(world, act, prediction, exchange) → the world afterwards, and where the answer parts from the prediction."""
    concurrent: Callable[[Any, Sequence[Action], Sequence[Any], Sequence[Exchange]], list[Any]]
    """The worlds that answers to simultaneous requests may have led to; none if nothing explains them."""
    is_recoverable: Callable[[Divergence], bool]
    """Whether a story goes on after it, with what the provider has shown."""


@dataclass(frozen=True)
class Scenario:
    """One story that is told to a provider. `needs` are means that a run may lack: writes, reader, second scope, mock."""

    suite: str
    name: str
    claim: str
    run: Callable[[Any], None]
    needs: frozenset[str]


@dataclass(frozen=True)
class JourneyRule:
    """One thing that a journey may do next. `make` draws its details, and does it."""

    name: str
    possible: Callable[[Any], bool]
    apply: Callable[[Any, Any], None]


@dataclass(frozen=True)
class Family:
    """One API. Roles are the family's own words for its operations, whatever a document calls them."""

    name: str
    document: str
    """File name of its document, in openapi/."""
    provider: str
    """The provider's name in pacts."""
    api: Api
    """Headers, members, path parameters and hosts of the API."""
    role_of: Callable[[Operation], str | None]
    kinds: tuple[str, ...]
    path_values: Callable[[Scope, str | None, str | None], Mapping[str, str]]
    """(scope, kind, id) → the value of every path parameter."""
    expect: Callable[[PreparedRequest, Operation, Document, Variant, Scope], Expectation]
    probes: Callable[[Operation, Document, Variant], Iterator[Case]]
    """Cases that everybody would ask and no generator does."""
    ordinary_body: Callable[[str, str], Any]
    """(kind, mark) → the body of a create that every provider must accept."""
    mark_body: Callable[[Any, str], Any]
    """(body of a create, mark) → the same body, recognisable as ours."""
    body_with_members: Callable[[Any, Mapping[str, Any], str], Any]
    """(ordinary body, members, marker) → the body with exactly these members, recognisable as ours by another one."""
    plant_secrets: Callable[[Any, Callable[[], str]], Any]
    """(request body, maker of secrets) → the same body with its secrets replaced by ones that can be found again."""
    resource_id: Callable[[Any], str | None]
    """The id in the answer to a create, if one can be found in it."""
    belongs_to: Callable[[Any, Scope, str], bool]
    """Whether a listed item lies in the scope and is of the kind."""
    needs_replacement: Callable[[Any], bool]
    """Whether an answered integration has been changed so much that another should be used for further cases."""
    states: tuple[ProviderState, ...]
    error_contradiction: Callable[[int, Any], str | None]
    """(status, error body) → how the two contradict each other, or None."""
    oracle: Oracle
    scenarios: tuple[Scenario, ...]
    journey_rules: tuple[JourneyRule, ...]
    teardown: Callable[[Any], None]
    """How a journey ends: what lives is deleted, and looked for."""
    auth_cases: Callable[[Operation, Document, Variant], Iterator[Case]]
    """Cases about tokens and the version header."""

    def state_of(self, name: str) -> tuple[ProviderState, str | None] | None:
        """The provider state that a name means, and the kind of integration that it names; None if nobody knows it."""
        exact = next((state for state in self.states if state.name == name), None)
        if exact is not None:
            return exact, exact.kind
        said = _plain(name)
        for state in self.states:
            if any(re.fullmatch(words, said) for words in (_plain(state.name), *state.aliases)):
                return state, next((kind for kind in self.kinds if kind in said.split()), state.kind)
        return None


def _plain(name: str) -> str:
    """A name without case, articles and punctuation."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return " ".join(word for word in words if word not in ("a", "an", "the"))
