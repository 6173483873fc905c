"""Merge rules about statuses: failures, refusals, what is accepted though it must be refused, statuses of pacts."""

from __future__ import annotations

from storepact.model.flaw import FlawKind, SubjectKind
from storepact.record.causes.clusters import is_path_ignored
from storepact.record.causes.form_merges import is_inside, is_within
from storepact.record.causes.subjects import FindingView, Group

#: Kinds of findings that can come along with a status that is not described.
_ALONG_WITH_STATUS = frozenset(
    {
        "SP113",
        "SP107",
        "SP109",
        "SP110",
        "SP111",
        SubjectKind.HEADER,
        SubjectKind.LIMITS,
        SubjectKind.MEDIA,
        SubjectKind.MEMBER,
    }
)

_REFUSING = (SubjectKind.STATUS, SubjectKind.REFUSED, SubjectKind.REFUSAL, SubjectKind.FAILURE)

#: Checks that report that a wrong request is accepted.
_ACCEPTING = frozenset({"SP202", "SP203", "SP204", "SP205", "SP206", "SP302", "SP604", "SP609"})


def failure_whatever_else(lead: Group, other: Group) -> bool:
    """Failing over an unreadable body, a wrong path, or anything, happens whatever else is wrong."""
    if not lead.kind == other.kind == SubjectKind.FAILURE or lead.subject.status != other.subject.status:
        return False
    if lead.subject.rule == "json":
        return all(view.sends_no_structure for view in other.views)
    if lead.subject.rule == "path":
        is_same_race = all("conflict" in view.finding.request_flaws for view in other.views)
        return (other.operations <= lead.operations and is_same_race) or all(
            view.breaks_path_rule for view in other.views
        )
    return fails_always(lead) and other.operations <= lead.operations


def fails_always(group: Group) -> bool:
    """Whether the server fails over requests that nothing is wrong with."""
    return any(view.code == "SP101" and view.is_sent_as_expected for view in group.views)


def along_with_status(lead: Group, other: Group) -> bool:
    """What shows only with an undescribed status, or with a wrong refusal, comes along with it."""
    if lead.kind not in (SubjectKind.STATUS, SubjectKind.REFUSAL):
        return False
    kinds = frozenset({"SP113"}) if lead.kind == SubjectKind.REFUSAL else _ALONG_WITH_STATUS
    places = {(operation, lead.subject.status) for operation in lead.operations}
    return other.kind in kinds and other.places <= places


def status_of_pact(lead: Group, other: Group) -> bool:
    """A pact that gets another status than it relies on says what a check of that operation says."""
    if other.kind != SubjectKind.PACT_STATUS or lead.kind == SubjectKind.PACT_STATUS:
        return False
    if not other.operations & lead.operations:
        return False
    status = other.subject.status
    if lead.kind in _REFUSING:
        return status in lead.wrong_statuses or status == lead.subject.status
    return status.startswith("2") and bool(lead.codes & _ACCEPTING)


def same_status_of_pact(lead: Group, other: Group) -> bool:
    """Pacts get the same status in place of the same one, in several operations."""
    return (
        lead.kind == other.kind == SubjectKind.PACT_STATUS
        and lead.subject.status == other.subject.status
        and lead.subject.expected_status == other.subject.expected_status
    )


def refused_whatever_else(lead: Group, other: Group) -> bool:
    """Where valid requests are refused with a status, wrong ones are refused with it, too."""
    return (
        lead.kind == SubjectKind.REFUSED
        and other.kind in (SubjectKind.REFUSAL, SubjectKind.STATUS)
        and other.subject.status == lead.subject.status
        and other.operations <= lead.operations
    )


def refusal_undescribed(lead: Group, other: Group) -> bool:
    """A status that is not described is also none of those that were expected."""
    return (
        lead.kind == SubjectKind.STATUS
        and other.kind in (SubjectKind.REFUSAL, SubjectKind.REFUSED)
        and other.subject.status == lead.subject.status
        and other.operations <= lead.operations
    )


def same_refusal(lead: Group, other: Group) -> bool:
    """What is refused with the same wrong status and the same message is refused by the same piece of code."""
    if other.kind != SubjectKind.REFUSAL or lead.subject.status != other.subject.status:
        return False
    messages = {view.finding.refusal for view in (*lead.views, *other.views)}
    return lead.operations == other.operations and len(messages) == 1 and "" not in messages


def gate_inverted(lead: Group, other: Group) -> bool:
    """SP205 together with 403 on valid requests of one operation: the version check is inverted."""
    return (
        lead.kind == "SP205"
        and (other.kind, other.subject.status) == (SubjectKind.REFUSED, "403")
        and other.operations <= lead.operations
    )


def tests_ignored(lead: Group, other: Group) -> bool:
    """Where the `test` operations of patches are ignored, malformed ones are accepted, too."""
    return (
        lead.kind == "SP609"
        and other.kind == SubjectKind.ACCEPTED
        and not other.member
        and other.operations <= lead.operations
        and all('"test"' in view.sent for view in other.views)
    )


def undescribed_in_unchecked(lead: Group, other: Group) -> bool:
    """An object that is not validated is shown with what nobody described."""
    return (
        _accepts_member(lead)
        and other.kind == SubjectKind.MEMBER
        and other.codes == {"SP105"}
        and is_inside(other.member, lead.member)
    )


def shown_as_sent(lead: Group, other: Group) -> bool:
    """A wrong value that is accepted is shown as it was sent."""
    if not _accepts_member(lead) or other.kind not in (SubjectKind.MEMBER, SubjectKind.LEAK):
        return False
    is_same = is_within(lead.member, other.member) or (
        other.kind == SubjectKind.LEAK and is_within(other.member, lead.member)
    )
    return is_same and all(view.finding.mutation for view in other.views if view.code != "SP401")


def only_where_accepted(lead: Group, other: Group) -> bool:
    """What is wrong only with responses to requests that must be refused follows from accepting them."""
    if lead.kind != "SP206" and not is_path_ignored(lead):
        return False
    if other.kind not in (SubjectKind.MEMBER, SubjectKind.STATUS, SubjectKind.MEDIA):
        return False
    return other.operations <= lead.operations and all(
        view.finding.mutation or view.is_refusal for view in other.views if view.code != "SP401"
    )


def accepted_incomplete(lead: Group, other: Group) -> bool:
    """A required member that may be left out is missing, and a `test` of what may be anything does not hold."""
    if not _accepts_member(lead):
        return False
    if other.kind == SubjectKind.MEMBER:
        is_incomplete = FlawKind.ACCEPTED_INCOMPLETE in lead.flaws
        return is_incomplete and is_inside(other.member, lead.member) and other.flaws == {FlawKind.MISSING}
    return other.kind == "SP609" and all(lead.member in view.finding.members for view in other.views)


def accepted_within(lead: Group, other: Group) -> bool:
    """Where a member is not validated, the members in it are not validated either."""
    return (
        _accepts_member(lead) and other.kind == SubjectKind.ACCEPTED and is_inside(other.member, lead.member)
    )


def loose_patch(lead: Group, other: Group) -> bool:
    """A patch that is not validated is accepted in many forms."""
    if not lead.kind == other.kind == SubjectKind.ACCEPTED or other.member:
        return False
    return lead.operations == other.operations and any(map(_is_wrong_body, lead.views))


def _is_wrong_body(view: FindingView) -> bool:
    return view.code == "SP202" and view.request_rule in ("patch", "body")


def any_kind_accepted(lead: Group, other: Group) -> bool:
    """Where the kind in a path is ignored, one that does not exist is accepted, and so is the other one."""
    return (
        (lead.kind, lead.subject.rule) == (SubjectKind.ACCEPTED, "kind")
        and lead.operations == other.operations
        and (other.subject.code, other.subject.rule) == ("SP302", "scope")
        and other.flaws == {FlawKind.ACCEPTED_OTHER_KIND}
    )


def _accepts_member(group: Group) -> bool:
    return group.kind == SubjectKind.ACCEPTED and group.member.startswith("/")
