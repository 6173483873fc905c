"""A family: all that the generic machinery has to be told about one API, as one frozen value of functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storepact.model.case import Bound, Case
from storepact.model.expectation import Expectation
from storepact.spec.fragment import Fragment, Operation
from storepact.spec.variants import Variant


@dataclass(frozen=True)
class Scope:
    """Where on the target a run works."""

    project: str
    environment: str


@dataclass(frozen=True)
class State:
    """A provider state that pacts may ask for by name.

    `needs` says which ingredients to bring: an integration of a kind, a deleted one, a token in some condition …
    """

    name: str
    needs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """One API. Roles are the family's own words for its operations, whatever a document calls them."""

    name: str
    document: str
    """File name of its fragment, in openapi/."""
    provider: str
    """The provider's name in pacts."""
    role_of: Callable[[Operation], str | None]
    kinds: tuple[str, ...]
    path_values: Callable[[Scope, str | None, str | None], Mapping[str, str]]
    """(scope, kind, id) → the value of every path parameter."""
    expect: Callable[[Bound, Operation, Fragment, Variant, Scope], Expectation]
    probes: Callable[[Operation, Fragment, Variant], Iterator[Case]]
    """Cases that everybody would ask and no generator does."""
    ordinary_body: Callable[[str, str], Any]
    """(kind, mark) → the body of a create that every provider must accept."""
    marked: Callable[[Any, str], Any]
    """(body of a create, mark) → the same body, recognisable as ours."""
    planted: Callable[[Any, Callable[[], str]], Any]
    """(request body, maker of secrets) → the same body with its secrets replaced by ones that can be found again."""
    identity: Callable[[Any], str | None]
    """The id in the answer to a create, if one can be found in it."""
    belongs: Callable[[Any, Scope, str], bool]
    """Whether a listed item lies in the scope and is of the kind."""
    worn: Callable[[Any], bool]
    """Whether an answered integration has been changed so much that another should be used for further cases."""
    states: Mapping[str, State]
    consistent: Callable[[int, Any], str | None]
    """(status, error body) → how the two contradict each other, or None."""
