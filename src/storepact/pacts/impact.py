"""Impact: which consumer relies on which part of an answer, and so whom a change hurts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from storepact.openapi.document import Document, is_json
from storepact.openapi.members import SchemaView
from storepact.openapi.pointers import pointer_to
from storepact.pacts.contract import NO_BODY, REQUEST, RESPONSE, Contract, Interaction
from storepact.pacts.matchers import reliances


@dataclass(frozen=True, order=True)
class Place:
    """A part of an answer: a member of its body (JSON pointer, `*` for elements), or `header NAME`, or the status alone."""

    operation: str
    status: str
    member: str = ""


@dataclass(frozen=True)
class Use:
    """An interaction, and a place that it relies on."""

    place: Place
    interaction: Interaction


#: How a finding's locus begins where it is about a part of an answer.
_LOCUS = re.compile(r"^(\d{3})(?: (/[^ ]*|[A-Za-z][A-Za-z0-9-]*-[A-Za-z0-9-]+|Allow|Location))?")


@dataclass(frozen=True)
class Impact:
    """The contracts of a provider, beside its document."""

    contracts: tuple[Contract, ...]
    document: Document

    @cached_property
    def consumers(self) -> tuple[str, ...]:
        """All of them, by name."""
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
        operation = self.document.match(interaction.method, interaction.path) if interaction.is_http else None
        if operation is None:
            return
        status = str(interaction.status)
        yield Use(Place(operation.id, status), interaction)
        for name in interaction.headers(RESPONSE):
            yield Use(Place(operation.id, status, f"header {name}"), interaction)
        body = interaction.body(RESPONSE)
        if body is not NO_BODY and body is not None:
            for reliance in reliances(body, interaction.rules(RESPONSE)):
                yield Use(Place(operation.id, status, reliance.pointer or "/"), interaction)

    @cached_property
    def by_place(self) -> dict[Place, tuple[str, ...]]:
        """The consumers that rely on each place, by name; places in order."""
        found: dict[Place, set[str]] = {}
        for use in self.uses:
            found.setdefault(use.place, set()).add(use.interaction.consumer)
        return {place: tuple(sorted(names)) for place, names in sorted(found.items())}

    def relying(self, operation: str, status: str | None, member: str | None) -> tuple[Interaction, ...]:
        """The interactions that a change at a place touches: those that rely on it, or on something below it.

        `status` None is any; `member` None is the answer as a whole, `/` its body.
        """
        found: dict[Interaction, None] = {}
        for use in self.uses:
            place = use.place
            if (
                place.operation == operation
                and (status is None or place.status == status)
                and _touches(member, place.member)
            ):
                found[use.interaction] = None
        return tuple(found)

    def places_hit(self, operation: str, locus: str) -> tuple[Place, ...]:
        """The places that a finding with this locus touches, of those that somebody relies on."""
        status, member = place_of(locus)
        return tuple(
            place
            for place in self.by_place
            if place.operation == operation
            and (status is None or member is None or place.status == status)
            and _touches(member, place.member)
        )

    def hurt(self, operation: str, locus: str) -> tuple[str, ...]:
        """The consumers that a finding with this locus hurts, by name."""
        status, member = place_of(locus)
        # an answer with another status than the one relied on is one that its consumers do not get
        found = self.relying(operation, status if member is not None else None, member)
        return tuple(sorted({each.consumer for each in found}))

    def asking(self, operation: str, member: str | None = None, *, without: bool = False) -> tuple[str, ...]:
        """The consumers that call an operation; with a member of its body, those that send it, or, `without`, those that do not."""
        found: set[str] = set()
        for interaction in self._interactions:
            called = self.document.match(interaction.method, interaction.path)
            if called is None or called.id != operation:
                continue
            body = interaction.body(REQUEST)
            sent = (
                set()
                if body is NO_BODY
                else {_general(reliance.pointer) for reliance in reliances(body, interaction.rules(REQUEST))}
            )
            if member is None or (_general(member) in sent) != without:
                found.add(interaction.consumer)
        return tuple(sorted(found))

    def spared(self, hurt: Iterable[str]) -> tuple[str, ...]:
        """All the others."""
        return tuple(name for name in self.consumers if name not in set(hurt))

    @cached_property
    def unused(self) -> tuple[Place, ...]:
        """What the document describes of its answers and no consumer relies on, the outermost places only: safe to change."""
        used = self.by_place.keys()
        found: list[Place] = []
        for operation in self.document.operations.values():
            for status, described in operation.responses.items():
                here = Place(operation.id, status)
                if here not in used:
                    found.append(here)
                    continue
                named = {
                    place.member.lower()
                    for place in used
                    if (place.operation, place.status) == (operation.id, status)
                }
                found += [
                    Place(operation.id, status, f"header {name}")
                    for name in described.headers
                    if f"header {name}".lower() not in named
                ]
                schema = next(
                    (pointer for media, pointer in described.content.items() if is_json(media)), None
                )
                if schema is not None:
                    found += _unused(
                        SchemaView(self.document, ((schema, True),)), Place(operation.id, status), named
                    )
        return tuple(found)

    @cached_property
    def unused_in_requests(self) -> tuple[Place, ...]:
        """Operations that nobody calls, and members of request bodies that nobody sends. The place's status is empty."""
        found: list[Place] = []
        for operation in self.document.operations.values():
            mine = [
                interaction
                for interaction in self._interactions
                if self.document.match(interaction.method, interaction.path) is operation
            ]
            if not mine:
                found.append(Place(operation.id, ""))
                continue
            bodies = [each.body(REQUEST) for each in mine]
            named = {
                reliance.pointer.lower()
                for body in bodies
                if body is not NO_BODY
                for reliance in reliances(body, mine[0].rules(REQUEST))
            }
            if operation.body_pointer is not None:
                found += _unused(
                    SchemaView(self.document, ((operation.body_pointer, True),)),
                    Place(operation.id, ""),
                    named,
                )
        return tuple(found)

    @property
    def _interactions(self) -> Iterator[Interaction]:
        return (
            interaction
            for contract in self.contracts
            for interaction in contract.interactions
            if interaction.is_http
        )


def _general(pointer: str) -> str:
    return "/".join("*" if token.isdigit() else token for token in pointer.split("/"))


def _unused(described: SchemaView, here: Place, named: set[str]) -> Iterator[Place]:
    silent: set[str] = set()
    for path, _ in described.all_members():
        pointer = pointer_to(path)
        above = pointer.rpartition("/")[0]
        if above in silent:
            silent.add(pointer)
        elif pointer.lower() not in named:
            silent.add(pointer)
            yield Place(here.operation, here.status, pointer)


def place_of(locus: str) -> tuple[str | None, str | None]:
    """Status and member that a finding's locus names: `200 /name …`, `429 X-Ratelimit-Reset`; None where it names none."""
    match = _LOCUS.match(locus)
    if match is None:
        return None, None
    status, member = match.groups()
    if member is None:
        return status, None
    return status, member if member.startswith("/") else f"header {member}"


def _touches(changed: str | None, relied: str) -> bool:
    if changed is None:
        return not relied  # the interaction as a whole
    if changed in ("", "/"):
        return relied.startswith("/")
    if changed.startswith("header "):
        return relied.lower() == changed.lower()
    tokens, others = (
        [("*" if token.isdigit() else token) for token in each.split("/")] for each in (changed, relied)
    )
    return others[: len(tokens)] == tokens
