"""Differences between two documents, each listed once with every place where it shows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace

from storepact.drift.alternatives import Alternatives
from storepact.drift.constructs import Omission, Omitted
from storepact.drift.equality import Equality
from storepact.drift.graph import SchemaGraph
from storepact.drift.rules import RULES, Breaks, Rule
from storepact.drift.schema_pairs import Pair, SchemaChange
from storepact.model.values import lean_value
from storepact.openapi.document import Document

#: How the ids of rules begin that are about a status as a whole.
_ABOUT_A_STATUS = ("response-success", "response-error", "response-body", "response-media")


@lean_value(frozen=True)
class Place:
    """A place in an operation. `part` is request, parameter, response or operation.

    `member` is a JSON pointer into the body, `header NAME`, the name of a parameter, or a host. `title` is
    the operation's method and path.
    """

    operation: str
    part: str
    status: str = ""
    member: str = ""
    title: str = ""


@lean_value(frozen=True)
class Change:
    """One difference at one place. `pointer` is where our document describes it, `their_pointer` theirs."""

    rule: Rule
    place: Place
    ours: str = ""
    theirs: str = ""
    pointer: str = ""
    their_pointer: str = ""
    source: Hashable = None
    """What is the same wherever one difference of two schemas shows; None of other differences."""

    @property
    def where(self) -> str:
        """The place without its operation and status, which is the same wherever one schema is used."""
        return where_of(self.rule, self.place)


def where_of(rule: Rule, place: Place) -> str:
    """A place of a difference without its operation and status."""
    if place.part == "operation":
        return place.member or place.operation
    where = place.member if place.part == "parameter" else place.member.removeprefix("/items/*")
    about_status = place.part == "response" and rule.id.startswith(_ABOUT_A_STATUS)
    return place.status if about_status and not where else where


@lean_value(frozen=True)
class Difference:
    """One difference, and every place where it shows. `where` is its place without operation and status."""

    rule: Rule
    where: str
    ours: str
    theirs: str
    pointer: str
    places: tuple[Place, ...]
    their_pointer: str = ""

    @property
    def breaks(self) -> Breaks:
        """Who has to react to it."""
        return self.rule.breaks


@lean_value(frozen=True)
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
            return Alternatives.anything(self.document)
        return Alternatives.at(self.document, self.pointer)


@lean_value(frozen=True)
class SchemaRoot:
    """Two schemas that describe one place, to be compared with all others at once.

    `hidden` excludes members that do not travel in this direction: `readOnly` in requests, `writeOnly` in
    responses. Without `nested`, changes below the place are reported at the place itself.
    """

    place: Place
    ours: SchemaPlace
    theirs: SchemaPlace
    hidden: str = ""
    nested: bool = True
    is_text: bool = False
    """Whether values are serialized as text without quotes, so that any number is a text as well."""
    is_xml: bool = False

    @property
    def pair(self) -> Pair:
        """The pair that a comparison starts at."""
        return Pair(self.ours.alternatives.branches, self.theirs.alternatives.branches)


Observation = Change | SchemaRoot | Omission


def change(rule: str, place: Place, *columns: object) -> Change:
    """A change by its rule's id. `columns` are the two texts, and the pointers in the two documents."""
    return Change(RULES[rule], place, *map(str, columns))


def compare_roots(equality: Equality, roots: Iterable[SchemaRoot]) -> Iterator[Change | Omission]:
    """Every difference of the schemas of many places; a pair of schemas is compared once."""
    by_direction: dict[str, list[SchemaRoot]] = {}
    for root in roots:
        by_direction.setdefault(root.hidden, []).append(root)
    graphs = {hidden: SchemaGraph(equality, hidden) for hidden in by_direction}
    omissions: dict[str, list[Omission]] = {}
    for hidden, some in by_direction.items():
        graph = graphs[hidden]
        pairs = [root.pair for root in some]
        places = graph.places(pairs)
        for root, start in zip(some, pairs, strict=True):
            for member, step, pair in places[start]:
                # a schema is reached in several pairs where it is one of several alternatives
                is_located = bool(step.pointer and step.their_pointer)
                yield _place_change(root, member, step, (hidden, None if is_located else pair, step))
        omissions[hidden] = list(graph.omissions(pairs))
    schemas = {hidden: graph.schemas for hidden, graph in graphs.items()}
    for hidden, listed in omissions.items():
        others = frozenset[str]().union(*(some for name, some in schemas.items() if name != hidden))
        yield from (omission for omission in listed if not _has_comparison(omission, others))


def _has_comparison(omission: Omission, schemas: frozenset[str]) -> bool:
    """Whether a member of one direction is compared in the other one, with the schema that it is in."""
    if omission.what is not Omitted.OTHER_DIRECTION:
        return False
    return bool({omission.pointer, omission.pointer.rpartition("/properties/")[0]} & schemas)


def _place_change(root: SchemaRoot, member: str, step: SchemaChange, source: Hashable) -> Change:
    place = root.place
    if root.nested and member:
        place = replace(place, member=f"{place.member}{member}")
    rule = RULES[_rule_id(root, step.change)]
    return Change(rule, place, step.ours, step.theirs, step.pointer, step.their_pointer, (rule.id, source))


def _rule_id(root: SchemaRoot, name: str) -> str:
    part = root.place.part
    if name == "optional-member-removed" and part != "response":
        name = "member-removed"
    if name == "type-changed-to-text":
        name = "type-widened" if root.is_text else "type-changed"
    if name == "type-changed-from-text":
        name = "type-narrowed" if root.is_text else "type-changed"
    if name == "xml-changed" and not root.is_xml:
        return name
    # only schema rules exist for all parts; members of a parameter's schema are like those of a request
    ids = (f"{part}-{name}", f"request-{name}", name)
    return next(identifier for identifier in ids if identifier in RULES)


def group_changes(changes: Iterable[Change]) -> list[Difference]:
    """The differences that changes amount to, breaking ones first.

    One schema that several operations use changes in all of them at once: that is one difference, at its
    shortest place. The same change at the same place of several schemas is one difference as well.
    """
    sources: dict[Hashable, list[Change]] = {}
    for number, item in enumerate(changes):
        sources.setdefault(number if item.source is None else item.source, []).append(item)
    groups: dict[tuple[str, str, str, str], list[Change]] = {}
    for members in sources.values():
        first = min(members, key=lambda item: item.where.count("/"))
        key = (first.rule.id, first.where, first.ours, first.theirs)
        groups.setdefault(key, []).extend([first, *(item for item in members if item is not first)])
    differences = [
        Difference(
            members[0].rule,
            where,
            ours,
            theirs,
            members[0].pointer,
            tuple(dict.fromkeys(item.place for item in members)),
            members[0].their_pointer,
        )
        for (_, where, ours, theirs), members in groups.items()
    ]
    rank = {breaks: index for index, breaks in enumerate(Breaks)}
    return sorted(
        differences,
        key=lambda item: (rank[item.breaks], item.rule.id, item.where, item.ours, item.theirs),
    )
