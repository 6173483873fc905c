"""Merge rules about the form of responses: members, headers, media types, secrets that are shown."""

from __future__ import annotations

import difflib

from storepact.model.flaw import FlawKind, SubjectKind
from storepact.record.causes.clusters import CLUSTER
from storepact.record.causes.subjects import FindingView, Group

_UNEQUAL_OBJECTS = frozenset({FlawKind.MISSING, FlawKind.UNDESCRIBED})
_MALFORMED = frozenset({FlawKind.MISSING, FlawKind.TYPE})

#: Names that are more alike than this are one name that was changed.
_LIKENESS = 0.5


def is_within(place: str, other: str) -> bool:
    """Whether a place is another one, or lies in it."""
    return place == other or place.startswith(f"{other.rstrip('/')}/")


def is_inside(place: str, other: str) -> bool:
    """Whether a place lies in another one."""
    return place.startswith(f"{other.rstrip('/')}/")


def malformed_member_not_kept(lead: Group, other: Group) -> bool:
    """A malformed member is also not as it was written, if that is how it shows."""
    members = {member.removesuffix("/*") for member in (lead.member, *(view.member for view in lead.views))}
    place = other.member or other.subject.rule
    if lead.kind != SubjectKind.MEMBER or place not in members:
        return False
    return other.kind == "SP607" or (
        other.kind == SubjectKind.KEPT and all(_shows_malformed(lead, view) for view in other.views)
    )


def _shows_malformed(lead: Group, view: FindingView) -> bool:
    """Whether a value that is not as it was written is the malformed one."""
    value = view.finding.value
    if view.flaw in _MALFORMED or (value and value in {each.finding.value for each in lead.views}):
        return True
    return any(each.flaw is FlawKind.ENUM and value not in each.finding.allowed for each in lead.views)


def inside_malformed(lead: Group, other: Group) -> bool:
    """What lies in a place that is missing, or of another type, cannot be right either, wherever both show."""
    return (
        lead.kind == other.kind == SubjectKind.MEMBER
        and lead.member not in ("", "/")
        and is_inside(other.member, lead.member)
        and other.places <= lead.places
    )


def whole_body_of_pact(lead: Group, other: Group) -> bool:
    """A pact that misses the body as a whole speaks of the members that are wrong."""
    return (
        (other.kind, other.member) == (SubjectKind.MEMBER, "/")
        and other.codes <= {"SP401"}
        and lead.kind in (SubjectKind.MEMBER, SubjectKind.MEDIA)
        and bool(other.operations & lead.operations)
    )


def secret_changes_place(lead: Group, other: Group) -> bool:
    """A secret that is shown at a place changes what is there."""
    return (
        lead.kind == SubjectKind.LEAK
        and other.kind in (SubjectKind.KEPT, SubjectKind.MEMBER)
        and is_within(other.member, lead.member)
    )


def same_secret(lead: Group, other: Group) -> bool:
    """A secret that is shown in a body that cannot be read is the one that is shown where it can."""
    return (
        lead.kind == other.kind == SubjectKind.LEAK
        and lead.member.startswith("/")
        and other.member == "body"
        and other.operations <= lead.operations
    )


def member_renamed(lead: Group, other: Group) -> bool:
    """A member that is missing where an undescribed one appears, alike or around it, was renamed or wrapped."""
    if not lead.kind == other.kind == SubjectKind.MEMBER:
        return False
    if "SP105" not in lead.codes or "SP104" not in other.codes or lead.parent != other.parent:
        return False
    missing = [view for view in other.views if view.code == "SP104"]
    if any(view.flaw is not FlawKind.MISSING for view in missing) or not other.places <= lead.places:
        return False
    if len({view.member for view in missing}) >= CLUSTER:
        return True  # the object as a whole was wrapped
    if lead.places == other.places and len(lead.places) == 1:
        return True  # this is the one place where either shows
    new, old = lead.member.rpartition("/")[2], other.member.rpartition("/")[2]
    return _are_alike(new.lower(), old.lower()) or any(
        member.rpartition("/")[2] == old
        for view in lead.views
        if view.code == "SP105"
        for member in view.finding.members
    )


def _are_alike(new: str, old: str) -> bool:
    return difflib.SequenceMatcher(None, new, old).ratio() > _LIKENESS or new in old or old in new


def list_malformed(lead: Group, other: Group) -> bool:
    """A response of the list that has no list lacks all its elements."""
    is_malformed = lead.kind == SubjectKind.MEMBER and lead.subject.rule == "list"
    return (
        (is_malformed or lead.kind == SubjectKind.MEDIA)
        and other.kind == SubjectKind.LISTING
        and other.operations <= lead.operations
    )


def object_of_another_kind(lead: Group, other: Group) -> bool:
    """Undescribed members in a nested object, and those missing there, make an object of another kind."""
    return (
        lead.kind == other.kind == SubjectKind.MEMBER
        and bool(lead.parent)
        and lead.parent == other.parent
        and "SP105" in lead.codes
        and other.places <= lead.places
        and other.flaws <= _UNEQUAL_OBJECTS
    )


def same_undescribed_name(lead: Group, other: Group) -> bool:
    """An undescribed member of one name in several objects."""
    return (
        lead.kind == other.kind == SubjectKind.MEMBER
        and lead.codes | other.codes == {"SP105"}
        and lead.member.rpartition("/")[2] == other.member.rpartition("/")[2]
    )


def limit_without_headers(lead: Group, other: Group) -> bool:
    """A 429 without headers lacks the ones that pacts rely on."""
    statuses = {status for _, status in other.places}
    return lead.kind == "SP111" and other.kind == SubjectKind.HEADER and statuses == {"429"}


def value_of_pact(lead: Group, other: Group) -> bool:
    """A pact that gets another value than was written says what the oracle says of that response."""
    return (
        other.kind == SubjectKind.MEMBER
        and other.codes == {"SP401"}
        and other.flaws == {FlawKind.VALUE}
        and lead.kind == SubjectKind.KEPT
        and "SP601" in lead.codes
        and other.operations <= lead.operations
    )


def created_without_id(lead: Group, other: Group) -> bool:
    """What was created without a body in the response cannot be requested: its id is not known."""
    statuses = {status for _, status in lead.places}
    return (
        lead.kind == SubjectKind.MEDIA
        and "SP106" in lead.codes
        and bool(statuses)
        and statuses <= {"201", ""}
        and is_missed(other)
    )


def is_missed(group: Group) -> bool:
    """Whether resources that exist are refused with 404, or not listed."""
    if group.kind == SubjectKind.LISTING:
        return group.subject.rule == FlawKind.NOT_LISTED
    return group.kind == SubjectKind.REFUSED and group.subject.status == "404"


def wrong_identity(lead: Group, other: Group) -> bool:
    """A resource with another id or place than its own is not found at its own, and another one is found there."""
    if lead.kind != "SP607":
        return False
    if is_missed(other) or other.kind in ("SP611", SubjectKind.ORDER):
        return True
    if (other.subject.code, other.subject.rule) == ("SP302", "scope"):
        return other.flaws == {FlawKind.ACCEPTED_OTHER_KIND}
    if other.kind == SubjectKind.KEPT and other.codes == {"SP603"}:
        return other.flaws <= {FlawKind.IDENTITY, FlawKind.DUPLICATE}
    is_nested = other.kind == SubjectKind.MEMBER and bool(other.parent)
    return is_nested and all(view.code != "SP104" or view.flaw in _UNEQUAL_OBJECTS for view in other.views)
