"""The words of one API, as one frozen value: headers, members, path parameters and hosts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from storepact.model.tree import Json
from storepact.model.values import lean_value


@lean_value(frozen=True)
class Api:
    """The names of an API that code outside its family needs; every family has one such value."""

    resource: str
    """The noun for one resource, in messages."""
    headers: Mapping[str, str]
    """Headers that every request carries, and their values, where the document does not fix them."""
    id_member: str
    """The member of a resource that holds its id."""
    list_member: str
    """The member of the list's body that holds the resources."""
    id_parameter: str
    """The path parameter that names one resource."""
    kind_parameter: str | None = None
    """The path parameter that names the kind of resource, where there are several kinds."""
    scope_parameters: tuple[str, ...] = ()
    """The path parameters that a run's scope gives, in the order in which a scope is written."""
    default_scopes: tuple[tuple[str, ...], ...] = ((),)
    """Scopes that a run may work in where none is given, in order of preference; the mock has the first."""
    local_scopes: tuple[tuple[str, ...], ...] = ()
    """Further ones that are tried on this machine only."""
    mock_scopes: tuple[tuple[str, ...], ...] = ()
    """Every scope of the mock."""
    scope_nouns: tuple[str, ...] = ()
    """The nouns for what the scope parameters name, in messages."""
    version_member: str = ""
    """The member of a resource that counts its updates; empty where there is none."""
    secret_members: frozenset[str] = frozenset()
    """Members of bodies that hold secrets, beside those that the document marks."""
    placeholders: Mapping[str, str] = field(default_factory=dict)
    """Values that stand for path parameters while cases are generated."""
    parameter_aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other names that pacts use for path parameters, in lower case."""
    state_members: tuple[str, ...] = ()
    """Members of a resource that the parameters of a provider state may set."""
    summary_members: tuple[str, ...] = ()
    """Members of a resource that the one-line summary of a response shows."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Base URLs of the places where the API is served, by name."""
    error_statuses: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """The statuses that each code of an error belongs to."""
    error_members: frozenset[str] = frozenset()
    """The members that every error of the API has: a 5xx without them comes from what stands before it."""
    conflict_note: str = ""
    """Why a valid create may get a 409 beside another resource; empty where it may not."""

    def resources_in(self, body: Json) -> list[Json] | None:
        """The resources in the body of a list; None if it is no list."""
        items = body.get(self.list_member) if isinstance(body, Mapping) else None
        return items if isinstance(items, list) else None

    @property
    def article_and_resource(self) -> str:
        """Such as `an order`, `a widget`."""
        return f"{'an' if self.resource[0] in 'aeiou' else 'a'} {self.resource}"

    def role_of_member(self, member: str) -> str:
        """What the member at a JSON pointer means: `list`, `version`, `identity`, or empty."""
        roles = {self.list_member: "list", self.version_member: "version", self.id_member: "identity"}
        return roles.get(member.removeprefix("/"), "") if member.startswith("/") else ""

    def within_resource(self, pointer: str) -> str:
        """A JSON pointer into a response, without the list around the resource and the `-` of an append."""
        element = f"/{self.list_member}/*"
        if pointer == element:
            return pointer.removesuffix("/*")
        return pointer.removeprefix(element).removesuffix("/-")

    def parameter_of(self, name: str) -> str | None:
        """The path parameter that a pact gives this name, in any letter case; None if there is none."""
        names = (alias for alias, aliases in self.parameter_aliases.items() if name.lower() in aliases)
        return next(names, None)

    @property
    def state_parameters(self) -> tuple[str, ...]:
        """The parameters that a provider state of a pact may have; path parameters have other names, too."""
        return (*self.state_members, *self.parameter_aliases)

    def placeholder(self, parameter: str) -> str:
        """The value that stands for a path parameter while cases are generated."""
        return self.placeholders.get(parameter, "storepact")


@lean_value(frozen=True)
class Scope:
    """A place on the target that a run works in: the values of the API's scope parameters, in their order."""

    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "/".join(self.keys)
