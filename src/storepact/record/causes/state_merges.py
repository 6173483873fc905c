"""Merge rules about state: members that are not kept, stale responses, lists, versions, races."""

from __future__ import annotations

from storepact.model.flaw import FlawKind, SubjectKind
from storepact.record.causes.form_merges import is_within, misses_resources
from storepact.record.causes.subjects import STORY, FindingView, Group

_NOT_KEPT = (SubjectKind.KEPT, SubjectKind.STALE)

#: Checks of writes that were not kept as they were sent: at once, or when they are read.
_OF_WRITES = frozenset({"SP601", "SP602"})

#: Checks of a write's response.
_OF_RESPONSE_TO_WRITE = frozenset({"SP601", "SP606"})

#: So many members that an update leaves unchanged: it does nothing at all.
_MANY_MEMBERS = 3


def same_nested_object(lead: Group, group: Group) -> bool:
    """Members of one nested object that one operation does not keep as they were written."""
    if lead.kind != SubjectKind.KEPT or "SP601" not in lead.codes or not lead.codes <= _OF_WRITES:
        return False
    if not lead.parent or not group.operations <= lead.operations:
        return False
    if group.kind == SubjectKind.ACCEPTED:
        return group.member == lead.parent and group.flaws == {FlawKind.ACCEPTED_INCOMPLETE}
    return group.kind == SubjectKind.KEPT and group.codes <= _OF_WRITES and group.parent == lead.parent


def patch_done_in_part(lead: Group, group: Group) -> bool:
    """A patch cannot be applied, because an earlier operation of it was not done."""
    return (
        lead.kind == SubjectKind.KEPT
        and group.kind == SubjectKind.ACCEPTED
        and group.flaws == {FlawKind.ACCEPTED_INAPPLICABLE}
        and group.operations <= lead.operations
        and all(is_within(member, lead.member) for view in group.views for member in view.finding.members)
    )


def deleted_still_present(lead: Group, group: Group) -> bool:
    """What is still there after its delete is listed, read and deleted again."""
    if "SP604" not in lead.codes:
        return False
    if group.kind == SubjectKind.LISTING:
        return group.subject.rule == FlawKind.LISTED
    return group.kind == SubjectKind.ORDER or (
        (group.kind, group.subject.rule) == (SubjectKind.ACCEPTED, "id")
    )


def existing_returns_404(lead: Group, group: Group) -> bool:
    """What is answered with 404 though it exists is missed by everything that looks for it."""
    if lead.kind != SubjectKind.REFUSED or lead.subject.status != "404":
        return False
    is_never_readable = any(view.flaw is FlawKind.UNREADABLE for view in lead.views)
    kinds = (
        ("SP302", "SP602", "SP605", "SP611", "SP612") if is_never_readable else ("SP602", "SP611", "SP612")
    )
    is_lost = group.subject.rule == "gone" and group.kind in kinds
    is_unlisted = group.kind == SubjectKind.LISTING and group.subject.rule == FlawKind.NOT_LISTED
    return is_lost or is_unlisted or group.kind == SubjectKind.ORDER


def read_deletes(lead: Group, group: Group) -> bool:
    """A read that is answered as a delete is has deleted what is missing next."""
    is_gone = lead.kind == SubjectKind.REFUSED and misses_resources(lead) and FlawKind.GONE in lead.flaws
    return (
        is_gone
        and (group.kind, group.subject.status) == (SubjectKind.STATUS, "204")
        and group.operations <= lead.operations
    )


def gone_after_other_writes(lead: Group, group: Group) -> bool:
    """What a write to another place deletes is answered with 404 wherever it is used next."""
    is_gone = (lead.kind, lead.subject.rule) == ("SP302", "gone")
    is_refused = group.kind == SubjectKind.REFUSED and misses_resources(group)
    return is_gone and is_refused and lead.operations <= group.operations


def same_stale_state(lead: Group, group: Group) -> bool:
    """What is old wherever it is read was never written."""
    return lead.kind == group.kind == SubjectKind.STALE


def list_lacks_lost_write(lead: Group, group: Group) -> bool:
    """What a write has lost in several members is missing in the list, as a whole."""
    members = {view.member for view in lead.views if view.code == "SP602"}
    is_lost = lead.kind == SubjectKind.KEPT and "SP612" in lead.codes and len(members) > 1
    return is_lost and group.kind == SubjectKind.STALE and group.codes == {"SP603"}


def lost_before_validation(lead: Group, group: Group) -> bool:
    """What is lost on the way to a member is not validated there either."""
    return (
        lead.kind == SubjectKind.KEPT
        and "SP601" in lead.codes
        and group.kind == SubjectKind.ACCEPTED
        and is_within(group.member, lead.member)
        and group.operations <= lead.operations
    )


def read_is_stale(lead: Group, group: Group) -> bool:
    """A response that shows an old state as a whole shows it in every member, in secrets and after races."""
    if same_stale_state(lead, group):
        return True
    if group.kind not in _NOT_KEPT:
        return False
    if not (group.operations <= lead.operations or group.codes == {"SP602"} or _is_read_beside(lead, group)):
        return False
    members = {view.member for view in lead.views if view.code == "SP602"}
    if lead.kind == SubjectKind.KEPT and (not members or (len(members) < 2 and "SP602" not in group.codes)):
        return False
    codes = {"SP302", "SP602", "SP605", "SP610", "SP611", "SP612"}
    if _is_read_beside(lead, group):
        codes.add("SP603")
    return group.codes <= codes and all(
        view.code != "SP610" or view.flaw is FlawKind.REDACTION for view in group.views
    )


def _is_read_beside(lead: Group, group: Group) -> bool:
    """Whether a group shows old states by an operation of the lead, and by further ones, such as the list."""
    return group.kind == SubjectKind.STALE and bool(group.operations & lead.operations)


def stale_version(lead: Group, group: Group) -> bool:
    """A stale read also shows an old version, so that preconditions on it wrongly pass."""
    return (
        lead.kind in _NOT_KEPT
        and bool(lead.codes & {"SP602", "SP603", "SP612"})
        and any(view.flaw in (FlawKind.OUTDATED, FlawKind.VERSION) for view in lead.views)
        and (concerns_version(group) or group.kind == "SP609")
    )


def concerns_version(group: Group) -> bool:
    """Whether the group is about the value of the version."""
    return group.kind == SubjectKind.KEPT and group.subject.rule == "version"


def update_without_effect(lead: Group, group: Group) -> bool:
    """An update that is not done at all leaves every member as it was, and its version."""
    if lead.kind != SubjectKind.KEPT or "SP601" not in lead.codes:
        return False
    unchanged = {view.member for view in lead.views if view.code in _OF_RESPONSE_TO_WRITE}
    return (
        group.kind in (SubjectKind.KEPT, SubjectKind.ACCEPTED, "SP609")
        and len(unchanged) > _MANY_MEMBERS
        and group.operations <= lead.operations
    )


def members_of_wrapped_patch(lead: Group, group: Group) -> bool:
    """Members that only patches with a comment get wrong are wrong together, the version included."""
    return (
        lead.kind == group.kind == SubjectKind.KEPT
        and lead.codes <= _OF_RESPONSE_TO_WRITE
        and group.codes <= _OF_RESPONSE_TO_WRITE
        and lead.operations == group.operations
        and _wrap_patches(lead)
        and _wrap_patches(group)
    )


def ignored_wrapped_patch(lead: Group, group: Group) -> bool:
    """Where patches with a comment are ignored, wrong ones are accepted, too."""
    return (
        lead.kind == SubjectKind.KEPT
        and group.kind == SubjectKind.ACCEPTED
        and lead.codes <= _OF_RESPONSE_TO_WRITE
        and lead.operations == group.operations
        and _wrap_patches(lead)
        and _wrap_patches(group)
    )


def _wrap_patches(group: Group) -> bool:
    """Whether every patch on record is an object around the operations: only then it can have a comment."""
    return all(view.method == "PATCH" and view.sent.startswith("{") for view in group.views)


def built_on_lost_write(lead: Group, group: Group) -> bool:
    """What was returned and never written is missing in the next write, and in its preconditions."""
    if lead.kind != SubjectKind.STALE or not lead.codes >= {"SP602", "SP603"}:
        return False
    next_write = {"SP601", "SP602", "SP605", "SP606", "SP612"}
    is_next_write = group.kind == SubjectKind.KEPT and group.codes <= next_write
    is_conflict = (group.kind, group.subject.status) == (SubjectKind.REFUSED, "409")
    return group.operations <= lead.operations and (is_next_write or is_conflict)


def uncounted_version(lead: Group, group: Group) -> bool:
    """What is not done as it was requested is not counted either, where one response shows both."""
    requests = {(view.operation, view.sent) for view in lead.views}
    return (
        lead.kind == SubjectKind.KEPT
        and "SP601" in lead.codes
        and concerns_version(group)
        and group.codes == {"SP606"}
        and all((view.operation, view.sent) in requests for view in group.views)
    )


def members_of_long_patches(lead: Group, group: Group) -> bool:
    """Members that only patches of several operations get wrong are wrong together."""
    return (
        lead.kind == group.kind == SubjectKind.KEPT
        and lead.operations == group.operations
        and all(map(_sends_long_patch, (*lead.views, *group.views)))
    )


def _sends_long_patch(view: FindingView) -> bool:
    return view.sent.startswith("[") and view.sent.count('"op"') > 1


def race_of_versions(lead: Group, group: Group) -> bool:
    """After simultaneous requests versions are wrong where updates are not done correctly without them."""
    return (
        concerns_version(group)
        and group.codes == {"SP612"}
        and lead.kind == SubjectKind.KEPT
        and "SP601" in lead.codes
    )


def sibling_writes(lead: Group, group: Group) -> bool:
    """What is written to another resource can be any member."""
    return all(candidate.kind in _NOT_KEPT and "SP611" in candidate.codes for candidate in (lead, group))


def refusal_leaves_trace(lead: Group, group: Group) -> bool:
    """Where refused requests are executed, resources are gone and passwords are changed."""
    if lead.kind not in _NOT_KEPT or "SP605" not in lead.codes:
        return False
    if group.kind == SubjectKind.KEPT:
        return group.codes == {"SP610"}
    is_gone = group.kind == SubjectKind.REFUSED and misses_resources(group)
    return is_gone and any("permission" in view.finding.request_flaws for view in group.views)


def list_lags(lead: Group, group: Group) -> bool:
    """A list that lacks the newest resource shows the others as they were."""
    lacks = any(view.flaw is FlawKind.NOT_LISTED for view in lead.views)
    return lacks and group.kind == SubjectKind.STALE and group.operations <= lead.operations


def wrong_version(lead: Group, group: Group) -> bool:
    """Where versions are counted wrongly, preconditions hold that should not, and the reverse."""
    kinds = (SubjectKind.MEMBER, SubjectKind.KEPT, SubjectKind.ACCEPTED)
    is_version = lead.kind == "SP609" or (lead.kind in kinds and lead.subject.rule in ("version", "identity"))
    if not is_version:
        return False
    if group.kind in (SubjectKind.PACT_STATUS, SubjectKind.REFUSED):
        return group.subject.status == "409"
    is_refusal = (group.kind, group.subject.rule) == (SubjectKind.REFUSAL, "path")
    return group.kind == SubjectKind.ORDER or (is_refusal and group.subject.status == "409")


def race_of_broken(lead: Group, group: Group) -> bool:
    """Simultaneous requests show again what is wrong without them."""
    kinds = (*_NOT_KEPT, "SP604", SubjectKind.LISTING, SubjectKind.REFUSED)
    return group.kind == SubjectKind.ORDER and lead.kind in kinds and bool(lead.codes & STORY)
