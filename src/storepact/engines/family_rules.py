"""What the engines need of one API to prepare a request and to judge its response."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from storepact.checks.explanations import CheckExample
from storepact.engines.oracle import NO_ORACLE, Oracle
from storepact.model.api import Api, Scope
from storepact.model.case import NOTHING, Auth, Case, PreparedRequest
from storepact.model.expectation import Expectation
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.openapi.variants import Variant


@lean_value(frozen=True)
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


def no_cases(operation: Operation, document: Document, variant: Variant) -> Iterator[Case]:
    """No cases: a family without probes, or without cases about tokens, has no questions about them."""
    return iter(())


def _same_body(body: Any, new_secret: Callable[[], str]) -> Any:
    return body


def _with_members(body: Any, members: Mapping[str, Any], marker: str) -> Any:
    return {**body, **members}


def _keep(body: Json, *details: Any) -> Json:
    return body


def _nothing(marker: str) -> Json:
    return NOTHING


def _no_text() -> str:
    return ""


def _never(*arguments: Any) -> bool:
    return False


@lean_value(frozen=True)
class FamilyRules:
    """One API without its stories: its words, its rules and its cases, as plain values and functions.

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
    ordinary_patch: Callable[[str], Json] = _nothing
    """(marker) → the body of an update that every provider must accept; NOTHING if there is none."""
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
