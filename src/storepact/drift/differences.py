"""Differences between two documents, each listed once with every place where it shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from storepact.drift.alternatives import Alternatives
from storepact.drift.rules import RULES, Breaks, Rule
from storepact.drift.schemas import SchemaChange, compare_schemas
from storepact.drift.subset import ANY_SCHEMA
from storepact.openapi.document import Document

#: How the ids of rules begin that are about a status as a whole.
_ABOUT_A_STATUS = ("response-success", "response-error", "response-body", "response-media")


@dataclass(frozen=True)
class Place:
    """A place in an operation. `part` is request, parameter, response or operation.

    `member` is a JSON pointer into the body, `header NAME`, the name of a parameter, or a host.
    """

    operation: str
    part: str
    status: str = ""
    member: str = ""


@dataclass(frozen=True)
class Change:
    """One difference at one place. `pointer` is where our document describes it."""

    rule: Rule
    place: Place
    ours: str = ""
    theirs: str = ""
    pointer: str = ""

    @property
    def where(self) -> str:
        """The place without its operation and status, which is the same wherever one schema is used."""
        place = self.place
        if place.part == "operation":
            return place.member or place.operation
        where = place.member if place.part == "parameter" else place.member.removeprefix("/items/*")
        about_status = place.part == "response" and self.rule.id.startswith(_ABOUT_A_STATUS)
        return place.status if about_status and not where else where


@dataclass(frozen=True)
class Difference:
    """One difference, and every place where it shows. `where` is its place without operation and status."""

    rule: Rule
    where: str
    ours: str
    theirs: str
    pointer: str
    places: tuple[Place, ...]

    @property
    def breaks(self) -> Breaks:
        """Who has to react to it."""
        return self.rule.breaks


@dataclass(frozen=True)
class SchemaPlace:
    """A schema of a document, by its JSON pointer. Where nothing is described, anything is allowed."""

    document: Document
    pointer: str

    @property
    def alternatives(self) -> Alternatives:
        """The ways to fit the schema."""
        try:
            self.document.at(self.pointer)
        except (KeyError, IndexError):
            return Alternatives.at(self.document, ANY_SCHEMA)
        return Alternatives.at(self.document, self.pointer)


def change(rule: str, place: Place, ours: object = "", theirs: object = "", pointer: str = "") -> Change:
    """A change by its rule's id."""
    return Change(RULES[rule], place, str(ours), str(theirs), pointer)


def compare_schema_places(
    ours: SchemaPlace, theirs: SchemaPlace, place: Place, *, hidden: str = "", nested: bool = True
) -> Iterator[Change]:
    """Every difference of two schemas that describe `place`.

    `hidden` excludes members that do not travel in this direction: `readOnly` in requests, `writeOnly` in
    responses. Without `nested`, changes below the place are reported at the place itself.
    """
    for step in compare_schemas(ours.alternatives, theirs.alternatives, hidden):
        member = f"{place.member}{step.member}" if nested else place.member
        yield _place_change(step, replace(place, member=member))


def _place_change(step: SchemaChange, place: Place) -> Change:
    name = step.change
    if name == "optional-member-removed" and place.part != "response":
        name = "member-removed"
    # only schema rules exist for all parts; members of a parameter's schema are like those of a request
    ids = (name, f"{place.part}-{name}", f"request-{name}")
    rule = next(identifier for identifier in ids if identifier in RULES)
    return change(rule, place, step.ours, step.theirs, step.pointer)


def group_changes(changes: Iterable[Change]) -> list[Difference]:
    """The differences that changes amount to, breaking ones first.

    One schema that several operations use changes in all of them at once: that is one difference.
    """
    groups: dict[tuple[str, str, str, str], list[Change]] = {}
    for item in changes:
        groups.setdefault((item.rule.id, item.where, item.ours, item.theirs), []).append(item)
    differences = [
        Difference(
            members[0].rule,
            where,
            ours,
            theirs,
            members[0].pointer,
            tuple(dict.fromkeys(item.place for item in members)),
        )
        for (_, where, ours, theirs), members in groups.items()
    ]
    rank = {breaks: index for index, breaks in enumerate(Breaks)}
    return sorted(
        differences,
        key=lambda item: (rank[item.breaks], item.rule.id, item.where, item.ours, item.theirs),
    )
