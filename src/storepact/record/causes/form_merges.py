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


def is_within(place: str, container: str) -> bool:
    """Whether a place is the container, or is in it."""
    return place == container or is_inside(place, container)


def is_inside(place: str, container: str) -> bool:
    """Whether a place is below the container."""
    return place.startswith(f"{container.rstrip('/')}/")


def malformed_member_differs(lead: Group, group: Group) -> bool:
    """A malformed member is also not as it was written, if the malformed value is what differs."""
    members = {name.removesuffix("/*") for name in (lead.member, *(view.member for view in lead.views))}
    place = group.member or group.subject.rule
    if lead.kind != SubjectKind.MEMBER or place not in members:
        return False
    return group.kind == "SP607" or (
        group.kind == SubjectKind.KEPT and all(_shows_malformed_value(lead, view) for view in group.views)
    )


def _shows_malformed_value(lead: Group, view: FindingView) -> bool:
    """Whether a value that is not as it was written is the malformed one."""
    value = view.finding.value
    if view.flaw in _MALFORMED or (value and value in {malformed.finding.value for malformed in lead.views}):
        return True
    listed = [malformed.finding.allowed for malformed in lead.views if malformed.flaw is FlawKind.ENUM]
    return any(value not in allowed for allowed in listed)


def inside_malformed_member(lead: Group, group: Group) -> bool:
    """What is in a place that is missing, or of another type, cannot be right either, where both show."""
    return (
        lead.kind == group.kind == SubjectKind.MEMBER
        and lead.member not in ("", "/")
        and is_inside(group.member, lead.member)
        and group.places <= lead.places
    )


def whole_body_of_pact(lead: Group, group: Group) -> bool:
    """A pact that misses the body as a whole is about the members that are wrong."""
    return (
        (group.kind, group.member) == (SubjectKind.MEMBER, "/")
        and group.codes <= {"SP401"}
        and lead.kind in (SubjectKind.MEMBER, SubjectKind.MEDIA)
        and bool(group.operations & lead.operations)
    )


def secret_changes_place(lead: Group, group: Group) -> bool:
    """A secret that is shown at a place changes what is there."""
    return (
        lead.kind == SubjectKind.LEAK
        and group.kind in (SubjectKind.KEPT, SubjectKind.MEMBER)
        and is_within(group.member, lead.member)
    )


def same_secret(lead: Group, group: Group) -> bool:
    """A secret that is shown in a body that cannot be read is the one that is shown where it can."""
    return (
        lead.kind == group.kind == SubjectKind.LEAK
        and lead.member.startswith("/")
        and group.member == "body"
        and group.operations <= lead.operations
    )


def copied_secret(lead: Group, group: Group) -> bool:
    """A secret that patches copy or move shows wherever they put it."""
    return lead.kind == group.kind == SubjectKind.LEAK and _copies_secret(lead) and _copies_secret(group)


def _copies_secret(group: Group) -> bool:
    """Whether every patch whose response shows the secret moves or copies something."""
    patches = [view.sent for view in group.views if view.method == "PATCH"]
    return bool(patches) and all('"from"' in sent for sent in patches)


def renamed_member(lead: Group, group: Group) -> bool:
    """A member that is missing where an undescribed one appears was renamed, or wrapped in it."""
    if not lead.kind == group.kind == SubjectKind.MEMBER:
        return False
    if "SP105" not in lead.codes or "SP104" not in group.codes or lead.parent != group.parent:
        return False
    missing = [view for view in group.views if view.code == "SP104"]
    if any(view.flaw is not FlawKind.MISSING for view in missing) or not group.places <= lead.places:
        return False
    if len({view.member for view in missing}) >= CLUSTER:
        return True  # the object as a whole was wrapped
    if lead.places == group.places and len(lead.places) == 1:
        return True  # this is the one place where either shows
    new, old = lead.member.rpartition("/")[2], group.member.rpartition("/")[2]
    return _are_alike(new.lower(), old.lower()) or any(
        member.rpartition("/")[2] == old
        for view in lead.views
        if view.code == "SP105"
        for member in view.finding.members
    )


def _are_alike(new: str, old: str) -> bool:
    return difflib.SequenceMatcher(None, new, old).ratio() > _LIKENESS or new in old or old in new


def malformed_list(lead: Group, group: Group) -> bool:
    """A response of the list that has no list lacks all its elements."""
    is_malformed = lead.kind == SubjectKind.MEMBER and lead.subject.rule == "list"
    is_unreadable = lead.kind == SubjectKind.MEDIA and any(
        status.startswith("2") for operation, status in lead.places if operation in group.operations
    )
    return (
        (is_malformed or is_unreadable)
        and group.kind == SubjectKind.LISTING
        and group.operations <= lead.operations
    )


def object_of_another_kind(lead: Group, group: Group) -> bool:
    """Undescribed members in a nested object, and those missing there, make an object of another kind."""
    return (
        lead.kind == group.kind == SubjectKind.MEMBER
        and bool(lead.parent)
        and lead.parent == group.parent
        and "SP105" in lead.codes
        and group.places <= lead.places
        and group.flaws <= _UNEQUAL_OBJECTS
    )


def same_undescribed_name(lead: Group, group: Group) -> bool:
    """An undescribed member of one name in several objects."""
    return (
        lead.kind == group.kind == SubjectKind.MEMBER
        and lead.codes | group.codes == {"SP105"}
        and lead.member.rpartition("/")[2] == group.member.rpartition("/")[2]
    )


def limit_without_headers(lead: Group, group: Group) -> bool:
    """A 429 without headers lacks the ones that pacts rely on."""
    statuses = {status for _, status in group.places}
    return lead.kind == "SP111" and group.kind == SubjectKind.HEADER and statuses == {"429"}


def value_of_pact(lead: Group, group: Group) -> bool:
    """A pact that gets another value than was written says what the oracle says of that response."""
    return (
        group.kind == SubjectKind.MEMBER
        and group.codes == {"SP401"}
        and group.flaws == {FlawKind.VALUE}
        and lead.kind == SubjectKind.KEPT
        and "SP601" in lead.codes
        and group.operations <= lead.operations
    )


def created_without_id(lead: Group, group: Group) -> bool:
    """What was created without a body in the response cannot be requested: its id is not known."""
    statuses = {status for _, status in lead.places}
    return (
        lead.kind == SubjectKind.MEDIA
        and "SP106" in lead.codes
        and bool(statuses)
        and statuses <= {"201", ""}
        and (misses_resources(group) or _shows_unknown_id(group))
    )


def _shows_unknown_id(group: Group) -> bool:
    """Whether the list shows what was created under an id that no readable response has named."""
    return group.codes == {"SP603"} and group.flaws == {FlawKind.IDENTITY}


def misses_resources(group: Group) -> bool:
    """Whether resources that exist are refused with 404, or not listed."""
    if group.kind == SubjectKind.LISTING:
        return group.subject.rule == FlawKind.NOT_LISTED
    return group.kind == SubjectKind.REFUSED and group.subject.status == "404"


def wrong_identity(lead: Group, group: Group) -> bool:
    """A resource with a wrong id or place is not found at its own, and another one is found there."""
    if lead.kind != "SP607":
        return False
    if misses_resources(group) or group.kind in ("SP611", SubjectKind.ORDER):
        return True
    if (group.subject.code, group.subject.rule) == ("SP302", "scope"):
        return group.flaws == {FlawKind.ACCEPTED_OTHER_KIND}
    if group.kind == SubjectKind.KEPT and group.codes == {"SP603"}:
        return group.flaws <= {FlawKind.IDENTITY, FlawKind.DUPLICATE}
    is_nested = group.kind == SubjectKind.MEMBER and bool(group.parent)
    return is_nested and all(view.code != "SP104" or view.flaw in _UNEQUAL_OBJECTS for view in group.views)
