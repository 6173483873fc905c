"""Merge rules about state: members that are not kept, stale responses, lists, versions, simultaneous requests."""

from __future__ import annotations

from storepact.model.flaw import FlawKind, SubjectKind
from storepact.record.causes.form_merges import is_missed, is_within
from storepact.record.causes.subjects import STORY, FindingView, Group

_NOT_KEPT = (SubjectKind.KEPT, SubjectKind.STALE)

#: Checks of writes that were not kept as they were sent: at once, or when they are read.
_OF_WRITES = frozenset({"SP601", "SP602"})

#: Checks of a write's response.
_OF_RESPONSE_TO_WRITE = frozenset({"SP601", "SP606"})

#: So many members that an update leaves unchanged: it does nothing at all.
_MANY_MEMBERS = 3


def same_nested_object(lead: Group, other: Group) -> bool:
    """Members of one nested object that one operation does not keep as they were written."""
    if lead.kind != SubjectKind.KEPT or "SP601" not in lead.codes or not lead.codes <= _OF_WRITES:
        return False
    if not lead.parent or not other.operations <= lead.operations:
        return False
    if other.kind == SubjectKind.ACCEPTED:
        return other.member == lead.parent and other.flaws == {FlawKind.ACCEPTED_INCOMPLETE}
    return other.kind == SubjectKind.KEPT and other.codes <= _OF_WRITES and other.parent == lead.parent


def patch_done_in_part(lead: Group, other: Group) -> bool:
    """A patch cannot be applied, because an earlier operation of it was not done."""
    return (
        lead.kind == SubjectKind.KEPT
        and other.kind == SubjectKind.ACCEPTED
        and other.flaws == {FlawKind.ACCEPTED_INAPPLICABLE}
        and all(is_within(member, lead.member) for view in other.views for member in view.finding.members)
    )


def deleted_still_present(lead: Group, other: Group) -> bool:
    """What is still there after its delete is listed, read and deleted again."""
    if "SP604" not in lead.codes:
        return False
    if other.kind == SubjectKind.LISTING:
        return other.subject.rule == FlawKind.LISTED
    return other.kind == SubjectKind.ORDER or (
        (other.kind, other.subject.rule) == (SubjectKind.ACCEPTED, "id")
    )


def existing_returns_404(lead: Group, other: Group) -> bool:
    """What is answered with 404 though it exists is missed by everything that looks for it."""
    if lead.kind != SubjectKind.REFUSED or lead.subject.status != "404":
        return False
    is_lost = other.subject.rule == "gone" and other.kind in ("SP602", "SP611", "SP612")
    is_unlisted = other.kind == SubjectKind.LISTING and other.subject.rule == FlawKind.NOT_LISTED
    return is_lost or is_unlisted or other.kind == SubjectKind.ORDER


def read_is_stale(lead: Group, other: Group) -> bool:
    """A response that shows an old state as a whole shows it in each member, in secrets, and after races, too."""
    if lead.kind == other.kind == SubjectKind.STALE:
        return True  # what is old wherever it is read was never written
    if other.kind not in _NOT_KEPT or not (other.operations <= lead.operations or other.codes == {"SP602"}):
        return False
    members = {view.member for view in lead.views if view.code == "SP602"}
    if lead.kind == SubjectKind.KEPT and (not members or (len(members) < 2 and "SP602" not in other.codes)):
        return False
    return other.codes <= {"SP302", "SP602", "SP605", "SP610", "SP611", "SP612"} and all(
        view.code != "SP610" or view.flaw is FlawKind.REDACTION for view in other.views
    )


def stale_version(lead: Group, other: Group) -> bool:
    """A stale read also shows an old version, so that preconditions on it wrongly pass."""
    return (
        lead.kind in _NOT_KEPT
        and bool(lead.codes & {"SP602", "SP603", "SP612"})
        and any(view.flaw in (FlawKind.OUTDATED, FlawKind.VERSION) for view in lead.views)
        and (is_version_kept(other) or other.kind == "SP609")
    )


def is_version_kept(group: Group) -> bool:
    """Whether the group is about the value of the version."""
    return group.kind == SubjectKind.KEPT and group.subject.rule == "version"


def update_not_done(lead: Group, other: Group) -> bool:
    """An update that is not done at all leaves every member as it was, and its version."""
    if lead.kind != SubjectKind.KEPT or "SP601" not in lead.codes:
        return False
    unchanged = {view.member for view in lead.views if view.code in _OF_RESPONSE_TO_WRITE}
    return (
        other.kind in (SubjectKind.KEPT, SubjectKind.ACCEPTED, "SP609")
        and len(unchanged) > _MANY_MEMBERS
        and other.operations <= lead.operations
    )


def members_of_wrapped_patch(lead: Group, other: Group) -> bool:
    """Members that only patches with a comment get wrong are wrong together, the version included."""
    return (
        lead.kind == other.kind == SubjectKind.KEPT
        and lead.codes <= _OF_RESPONSE_TO_WRITE
        and other.codes <= _OF_RESPONSE_TO_WRITE
        and lead.operations == other.operations
        and _are_wrapped(lead)
        and _are_wrapped(other)
    )


def wrapped_patch_ignored(lead: Group, other: Group) -> bool:
    """Where patches with a comment are ignored, wrong ones are accepted, too."""
    return (
        lead.kind == SubjectKind.KEPT
        and other.kind == SubjectKind.ACCEPTED
        and lead.codes <= _OF_RESPONSE_TO_WRITE
        and lead.operations == other.operations
        and _are_wrapped(lead)
        and _are_wrapped(other)
    )


def _are_wrapped(group: Group) -> bool:
    """Whether every patch on record is an object around the operations: only then it can have a comment."""
    return all(view.method == "PATCH" and view.sent.startswith("{") for view in group.views)


def built_on_lost_write(lead: Group, other: Group) -> bool:
    """What was returned and never written is missing in the next write, and in its preconditions."""
    if lead.kind != SubjectKind.STALE or not lead.codes >= {"SP602", "SP603"}:
        return False
    next_write = {"SP601", "SP602", "SP605", "SP606", "SP612"}
    is_next_write = other.kind == SubjectKind.KEPT and other.codes <= next_write
    is_conflict = (other.kind, other.subject.status) == (SubjectKind.REFUSED, "409")
    return other.operations <= lead.operations and (is_next_write or is_conflict)


def version_not_counted(lead: Group, other: Group) -> bool:
    """What is not done as it was requested is not counted either, where one response shows both."""
    requests = {(view.operation, view.sent) for view in lead.views}
    return (
        lead.kind == SubjectKind.KEPT
        and "SP601" in lead.codes
        and is_version_kept(other)
        and other.codes == {"SP606"}
        and all((view.operation, view.sent) in requests for view in other.views)
    )


def members_of_long_patches(lead: Group, other: Group) -> bool:
    """Members that only patches of several operations get wrong are wrong together."""
    return (
        lead.kind == other.kind == SubjectKind.KEPT
        and lead.operations == other.operations
        and all(map(_sends_long_patch, (*lead.views, *other.views)))
    )


def _sends_long_patch(view: FindingView) -> bool:
    return view.sent.startswith("[") and view.sent.count('"op"') > 1


def race_of_versions(lead: Group, other: Group) -> bool:
    """After simultaneous requests versions are wrong where updates are not done correctly without them."""
    return (
        is_version_kept(other)
        and other.codes == {"SP612"}
        and lead.kind == SubjectKind.KEPT
        and "SP601" in lead.codes
    )


def siblings_written(lead: Group, other: Group) -> bool:
    """What is written to another resource can be any member."""
    return all(group.kind in _NOT_KEPT and "SP611" in group.codes for group in (lead, other))


def refusal_leaves_trace(lead: Group, other: Group) -> bool:
    """Where refused requests are executed, resources are gone and passwords are changed."""
    if lead.kind not in _NOT_KEPT or "SP605" not in lead.codes:
        return False
    if other.kind == SubjectKind.KEPT:
        return other.codes == {"SP610"}
    is_gone = other.kind == SubjectKind.REFUSED and is_missed(other)
    return is_gone and any("permission" in view.finding.request_flaws for view in other.views)


def list_lags(lead: Group, other: Group) -> bool:
    """A list that lacks the newest resource shows the others as they were."""
    lacks = any(view.flaw is FlawKind.NOT_LISTED for view in lead.views)
    return lacks and other.kind == SubjectKind.STALE and other.operations <= lead.operations


def wrong_version(lead: Group, other: Group) -> bool:
    """Where versions are counted wrongly, preconditions hold that should not, and the other way round."""
    kinds = (SubjectKind.MEMBER, SubjectKind.KEPT, SubjectKind.ACCEPTED)
    is_version = lead.kind == "SP609" or (lead.kind in kinds and lead.subject.rule in ("version", "identity"))
    if not is_version:
        return False
    if other.kind in (SubjectKind.PACT_STATUS, SubjectKind.REFUSED):
        return other.subject.status == "409"
    is_refusal = (other.kind, other.subject.rule) == (SubjectKind.REFUSAL, "path")
    return other.kind == SubjectKind.ORDER or (is_refusal and other.subject.status == "409")


def race_of_broken(lead: Group, other: Group) -> bool:
    """Simultaneous requests show again what is wrong without them."""
    kinds = (*_NOT_KEPT, "SP604", SubjectKind.LISTING, SubjectKind.REFUSED)
    return other.kind == SubjectKind.ORDER and lead.kind in kinds and bool(lead.codes & STORY)
