"""Which consumers rely on which part of a response, and so which consumers a change affects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from storepact.model.values import lean_value
from storepact.openapi.document import Document, is_json
from storepact.openapi.members import SchemaView
from storepact.openapi.operation import Operation, ResponseSpec
from storepact.openapi.pointers import pointer_to
from storepact.pacts.contract import BINARY, NO_BODY, REQUEST, RESPONSE, Contract, Interaction
from storepact.pacts.matchers import EQUALITY, reliances


@lean_value(frozen=True, order=True)
class Place:
    """A part of a response: a `member` is a JSON pointer into its body, `header NAME`, or empty.

    Elements are `*`. A place with an empty status is a part of the request.
    """

    operation: str
    status: str
    member: str = ""


@lean_value(frozen=True)
class Use:
    """A place, and an interaction that relies on it."""

    place: Place
    interaction: Interaction
    is_open: bool = False
    """Whether it is an array of which the pact does not say what its elements are."""


#: How the locus of a finding begins if it is about a part of a response.
_LOCUS = re.compile(r"^(\d{3})(?: (/[^ ]*|[A-Za-z][A-Za-z0-9-]*-[A-Za-z0-9-]+|Allow|Location))?")


@lean_value(frozen=True)
class Impact:
    """The contracts with a provider, and its document."""

    contracts: tuple[Contract, ...]
    document: Document

    @cached_property
    def consumers(self) -> tuple[str, ...]:
        """The names of all consumers that have interactions, sorted."""
        return tuple(sorted({contract.consumer for contract in self.contracts if contract.interactions}))

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every place that an interaction relies on, in the order of the pacts."""
        return tuple(
            use
            for contract in self.contracts
            for interaction in contract.interactions
            for use in self._uses(interaction)
        )

    def _uses(self, interaction: Interaction) -> Iterator[Use]:
        operation = self._operation(interaction)
        if operation is None:
            return
        status = str(interaction.status)
        for member, is_open in _relied_members(interaction):
            yield Use(Place(operation.id, status, member), interaction, is_open)

    @cached_property
    def by_place(self) -> dict[Place, tuple[str, ...]]:
        """The consumers that rely on each place; places and names are sorted."""
        consumers: dict[tuple[str, str, str], set[str]] = {}
        for operation, interactions in self._by_operation.items():
            for interaction in interactions:
                status = str(interaction.status)
                for member, _ in _relied_members(interaction):
                    consumers.setdefault((operation, status, member), set()).add(interaction.consumer)
        return {Place(*place): tuple(sorted(names)) for place, names in sorted(consumers.items())}

    def dependents(self, operation: str, status: str | None, member: str | None) -> tuple[Interaction, ...]:
        """The interactions that rely on a part of a response, or on something below it.

        A `status` of None stands for any; a `member` of None for the response as a whole, `/` for its body.
        """
        return tuple(
            dict.fromkeys(
                use.interaction
                for use in self.uses
                if use.place.operation == operation
                and (status is None or use.place.status == status)
                and _affects(member, use.place.member)
            )
        )

    def affected_places(self, operation: str, locus: str) -> tuple[Place, ...]:
        """The places that a finding with this locus affects, of those that a consumer relies on."""
        status, member = parse_locus(locus)
        return tuple(
            place
            for place in self.by_place
            if place.operation == operation
            and (status is None or member is None or place.status == status)
            and _affects(member, place.member)
        )

    def affected_consumers(self, operation: str, locus: str) -> tuple[str, ...]:
        """The consumers that a finding with this locus affects, sorted by name."""
        status, member = parse_locus(locus)
        # A finding about a whole response means that consumers do not get the status that they rely on.
        interactions = self.dependents(operation, status if member is not None else None, member)
        return tuple(sorted({interaction.consumer for interaction in interactions}))

    def unaffected_consumers(self, operation: str, locus: str, affected: Iterable[str]) -> tuple[str, ...]:
        """The consumers of which it is known that a finding with this locus does not affect them.

        These are all but the `affected`, and those that rely on an array without describing its elements,
        if the finding is about an element.
        """
        status, member = parse_locus(locus)
        unknown = {
            use.interaction.consumer
            for use in self.uses
            if use.is_open
            and use.place.operation == operation
            and status in (None, use.place.status)
            and _is_below(member or "", use.place.member)
        }
        return tuple(name for name in self.consumers if name not in {*affected, *unknown})

    def callers(
        self, operation: str, member: str | None = None, *, without_member: bool = False
    ) -> tuple[str, ...]:
        """The consumers that call an operation, sorted by name.

        With a `member` of its request body: those that send it, or, `without_member`, those that do not.
        """
        consumers: set[str] = set()
        for interaction in self._by_operation.get(operation, ()):
            if member is None or (_generic(member) in _request_members(interaction)) != without_member:
                consumers.add(interaction.consumer)
        return tuple(sorted(consumers))

    @cached_property
    def unused_places(self) -> tuple[Place, ...]:
        """The parts of responses that no consumer relies on, outermost places only: safe to change."""
        return tuple(
            place
            for operation in self.document.operations.values()
            for status, spec in operation.responses.items()
            for place in self._unused_in_response(Place(operation.id, status), spec)
        )

    def _unused_in_response(self, response: Place, spec: ResponseSpec) -> Iterator[Place]:
        if response not in self.by_place:
            yield response
            return
        used = self._used_members[response.operation, response.status]
        for name in spec.headers:
            if f"header {name}".lower() not in used:
                yield Place(response.operation, response.status, f"header {name}")
        schema = next((pointer for media, pointer in spec.content.items() if is_json(media)), None)
        if schema is not None:
            yield from self._unused_members(schema, response, used)

    @cached_property
    def unused_in_requests(self) -> tuple[Place, ...]:
        """Operations that no consumer calls, and members of request bodies that none sends."""
        return tuple(
            place
            for operation in self.document.operations.values()
            for place in self._unused_in_request(operation)
        )

    def _unused_in_request(self, operation: Operation) -> Iterator[Place]:
        request = Place(operation.id, "")
        interactions = self._by_operation.get(operation.id, ())
        if not interactions:
            yield request
        elif operation.body_pointer is not None:
            bodies = [interaction.body(REQUEST) for interaction in interactions]
            rules = interactions[0].rules(REQUEST)
            used = {
                reliance.pointer.lower()
                for body in bodies
                if body is not NO_BODY and body is not BINARY
                for reliance in reliances(body, rules)
            }
            yield from self._unused_members(operation.body_pointer, request, used)

    def _unused_members(self, schema: str, parent: Place, used: set[str]) -> Iterator[Place]:
        """The members of a schema whose pointers (lower case) are not used; none below another one."""
        view = SchemaView(self.document, ((schema, True),))
        for path, _ in view.all_members(lambda path: pointer_to(path).lower() in used):
            if pointer_to(path).lower() not in used:
                yield Place(parent.operation, parent.status, pointer_to(path))

    @cached_property
    def _by_operation(self) -> dict[str, list[Interaction]]:
        """The interactions that call each operation."""
        by_operation: dict[str, list[Interaction]] = {}
        for contract in self.contracts:
            for interaction in contract.interactions:
                operation = self._operation(interaction)
                if operation is not None:
                    by_operation.setdefault(operation.id, []).append(interaction)
        return by_operation

    def _operation(self, interaction: Interaction) -> Operation | None:
        """The operation that an interaction calls; None of a message, or if it is not described."""
        return self.document.match(interaction.method, interaction.path) if interaction.is_http else None

    @cached_property
    def _used_members(self) -> dict[tuple[str, str], set[str]]:
        """The members that are relied on, in lower case, by operation and status."""
        used: dict[tuple[str, str], set[str]] = {}
        for place in self.by_place:
            used.setdefault((place.operation, place.status), set()).add(place.member.lower())
        return used


@lru_cache(maxsize=2)
def impact_of(contracts: tuple[Contract, ...], document: Document) -> Impact:
    """The impact of changes on these contracts; what it has worked out is kept for the next target."""
    return Impact(contracts, document)


def _relied_members(interaction: Interaction) -> Iterator[tuple[str, bool]]:
    """The members of its response as `Place` names them, and whether each is an open array."""
    yield "", False
    for name in interaction.headers(RESPONSE):
        yield f"header {name}", False
    body = interaction.body(RESPONSE)
    if body is not NO_BODY and body is not BINARY and body is not None:
        for reliance in reliances(body, interaction.rules(RESPONSE)):
            is_open = reliance.example == [] and EQUALITY not in reliance.matchers
            yield reliance.pointer or "/", is_open
    for pointer in interaction.strict_members:
        yield pointer, False


def _request_members(interaction: Interaction) -> set[str]:
    body = interaction.body(REQUEST)
    if body is NO_BODY or body is BINARY:
        return set()
    return {_generic(reliance.pointer) for reliance in reliances(body, interaction.rules(REQUEST))}


def _generic(pointer: str) -> str:
    return "/".join("*" if token.isdigit() else token for token in pointer.split("/"))


def parse_locus(locus: str) -> tuple[str | None, str | None]:
    """Status and member that a finding's locus names (`200 /name …`, `429 X-Ratelimit-Reset`), or None."""
    match = _LOCUS.match(locus)
    if match is None:
        return None, None
    status, member = match.groups()
    if member is None:
        return status, None
    return status, member if member.startswith("/") else f"header {member}"


def _affects(changed: str | None, relied: str) -> bool:
    """Whether a change of one member affects those who rely on another: the same, or one below it."""
    if changed is None:
        return not relied  # the interaction as a whole
    if changed in ("", "/"):
        return relied.startswith("/")
    if changed.startswith("header "):
        return relied.lower() == changed.lower()
    return changed == relied or _is_below(relied, changed)


def _is_below(member: str, ancestor: str) -> bool:
    """Whether a JSON pointer leads to an ancestor or below it, whatever the indexes of elements are."""
    tokens = _generic(ancestor).split("/")
    return _generic(member).split("/")[: len(tokens)] == tokens
