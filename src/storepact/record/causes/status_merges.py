"""Merge rules about statuses: failures, refusals, requests that are accepted wrongly, statuses of pacts."""

from __future__ import annotations

from storepact.model.flaw import FlawKind, SubjectKind
from storepact.record.causes.clusters import ignores_path
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


def failure_whatever_else(lead: Group, group: Group) -> bool:
    """Failing over an unreadable body, a wrong path, or anything, happens whatever else is wrong."""
    if not lead.kind == group.kind == SubjectKind.FAILURE or lead.subject.status != group.subject.status:
        return False
    if lead.subject.rule == "json":
        return all(view.sends_no_structure for view in group.views)
    if lead.subject.rule == "path":
        is_same_race = all("conflict" in view.finding.request_flaws for view in group.views)
        return (group.operations <= lead.operations and is_same_race) or all(
            view.breaks_path_rule for view in group.views
        )
    return fails_always(lead) and group.operations <= lead.operations


def failure_after_others(lead: Group, group: Group) -> bool:
    """A failure over an unknown id that shows only after other requests: alone, that id does not fail.

    What fails then is the request that follows the one that the lead fails over, whatever it is.
    """
    return (
        lead.kind == group.kind == SubjectKind.FAILURE
        and lead.subject.status == group.subject.status
        and group.subject.rule == "path"
        and all(_is_late_read(view) for view in group.views)
    )


def _is_late_read(view: FindingView) -> bool:
    is_unknown = view.finding.request_flaws == ("id",)
    return view.method == "GET" and is_unknown and len(view.finding.story) > 1


def fails_always(group: Group) -> bool:
    """Whether the server fails over requests that nothing is wrong with."""
    return any(view.code == "SP101" and view.is_valid_request for view in group.views)


def along_with_status(lead: Group, group: Group) -> bool:
    """What shows only with an undescribed status, or with a wrong refusal, comes along with it."""
    if lead.kind not in (SubjectKind.STATUS, SubjectKind.REFUSAL):
        return False
    kinds = frozenset({"SP113"}) if lead.kind == SubjectKind.REFUSAL else _ALONG_WITH_STATUS
    places = {(operation, lead.subject.status) for operation in lead.operations}
    return group.kind in kinds and group.places <= places


def status_of_pact(lead: Group, group: Group) -> bool:
    """A pact that gets another status than it relies on says what a check of that operation says."""
    if group.kind != SubjectKind.PACT_STATUS or lead.kind == SubjectKind.PACT_STATUS:
        return False
    if not group.operations & lead.operations:
        return False
    status = group.subject.status
    if lead.kind in _REFUSING:
        return status in lead.wrong_statuses or status == lead.subject.status
    return status.startswith("2") and bool(lead.codes & _ACCEPTING)


def same_status_of_pact(lead: Group, group: Group) -> bool:
    """Pacts get the same status in place of the same one, in several operations."""
    return (
        lead.kind == group.kind == SubjectKind.PACT_STATUS
        and lead.subject.status == group.subject.status
        and lead.subject.expected_status == group.subject.expected_status
    )


def refused_whatever_else(lead: Group, group: Group) -> bool:
    """Where valid requests are refused with a status, wrong ones are refused with it, too."""
    return (
        lead.kind == SubjectKind.REFUSED
        and group.kind in (SubjectKind.REFUSAL, SubjectKind.STATUS)
        and group.subject.status == lead.subject.status
        and group.operations <= lead.operations
    )


def undescribed_refusal(lead: Group, group: Group) -> bool:
    """A status that is not described is also none of those that were expected."""
    return (
        lead.kind == SubjectKind.STATUS
        and group.kind in (SubjectKind.REFUSAL, SubjectKind.REFUSED)
        and group.subject.status == lead.subject.status
        and group.operations <= lead.operations
    )


def same_refusal(lead: Group, group: Group) -> bool:
    """What is refused with the same wrong status and message is refused by the same piece of code."""
    if group.kind != SubjectKind.REFUSAL or lead.subject.status != group.subject.status:
        return False
    messages = {view.finding.refusal for view in (*lead.views, *group.views)}
    return lead.operations == group.operations and len(messages) == 1 and "" not in messages


def inverted_gate(lead: Group, group: Group) -> bool:
    """SP205 together with 403 on valid requests of one operation: the version check is inverted."""
    return (
        lead.kind == "SP205"
        and (group.kind, group.subject.status) == (SubjectKind.REFUSED, "403")
        and group.operations <= lead.operations
    )


def ignored_tests(lead: Group, group: Group) -> bool:
    """Where the `test` operations of patches are ignored, malformed ones are accepted, too."""
    return (
        lead.kind == "SP609"
        and group.kind == SubjectKind.ACCEPTED
        and not group.member
        and group.operations <= lead.operations
        and all('"test"' in view.sent for view in group.views)
    )


def undescribed_in_loose_object(lead: Group, group: Group) -> bool:
    """An object that is not validated is shown with members that are not described."""
    return (
        _accepts_member(lead)
        and group.kind == SubjectKind.MEMBER
        and group.codes == {"SP105"}
        and is_inside(group.member, lead.member)
    )


def echoes_request(lead: Group, group: Group) -> bool:
    """A wrong value that is accepted is shown as it was sent."""
    if not _accepts_member(lead) or group.kind not in (SubjectKind.MEMBER, SubjectKind.LEAK):
        return False
    is_same = is_within(lead.member, group.member) or (
        group.kind == SubjectKind.LEAK and is_within(group.member, lead.member)
    )
    return is_same and all(view.finding.mutation for view in group.views if view.code != "SP401")


def only_after_acceptance(lead: Group, group: Group) -> bool:
    """What is wrong only with responses to requests that must be refused follows from accepting them."""
    if lead.kind != "SP206" and not ignores_path(lead):
        return False
    if group.kind not in (SubjectKind.MEMBER, SubjectKind.STATUS, SubjectKind.MEDIA):
        return False
    return group.operations <= lead.operations and all(
        view.finding.mutation or view.is_refusal for view in group.views if view.code != "SP401"
    )


def accepted_incomplete(lead: Group, group: Group) -> bool:
    """A required member that may be left out is missing, and a `test` of it does not hold."""
    if not _accepts_member(lead):
        return False
    if group.kind == SubjectKind.MEMBER:
        is_incomplete = FlawKind.ACCEPTED_INCOMPLETE in lead.flaws
        return is_incomplete and is_inside(group.member, lead.member) and group.flaws == {FlawKind.MISSING}
    return group.kind == "SP609" and all(lead.member in view.finding.members for view in group.views)


def accepted_within(lead: Group, group: Group) -> bool:
    """Where a member is not validated, the members in it are not validated either."""
    return (
        _accepts_member(lead) and group.kind == SubjectKind.ACCEPTED and is_inside(group.member, lead.member)
    )


def loose_patch(lead: Group, group: Group) -> bool:
    """A patch that is not validated is accepted in many forms."""
    if not lead.kind == group.kind == SubjectKind.ACCEPTED or group.member:
        return False
    return lead.operations == group.operations and any(map(_is_wrong_body, lead.views))


def _is_wrong_body(view: FindingView) -> bool:
    return view.code == "SP202" and view.request_rule in ("patch", "body")


def accepts_any_kind(lead: Group, group: Group) -> bool:
    """Where the kind in a path is ignored, one that does not exist is accepted, and so is the other one."""
    return (
        (lead.kind, lead.subject.rule) == (SubjectKind.ACCEPTED, "kind")
        and lead.operations == group.operations
        and (group.subject.code, group.subject.rule) == ("SP302", "scope")
        and group.flaws == {FlawKind.ACCEPTED_OTHER_KIND}
    )


def _accepts_member(group: Group) -> bool:
    return group.kind == SubjectKind.ACCEPTED and group.member.startswith("/")
