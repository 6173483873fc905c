"""Merge rules: which groups of findings follow from which others; one table, the surest rules first."""

from __future__ import annotations

from collections.abc import Callable

from storepact.model.flaw import SubjectKind
from storepact.model.values import lean_value
from storepact.record.causes import form_merges as form
from storepact.record.causes import state_merges as state
from storepact.record.causes import status_merges as status
from storepact.record.causes.subjects import Group

_NOT_KEPT = (SubjectKind.KEPT, SubjectKind.STALE)


@lean_value(frozen=True)
class Merge:
    """A rule: whether a group follows from a lead. `kinds` are those of the leads; none: any."""

    follows: Callable[[Group, Group], bool]
    kinds: frozenset[str]


def _merge(follows: Callable[[Group, Group], bool], *kinds: str) -> Merge:
    return Merge(follows, frozenset(kinds))


#: The order matters: what an earlier rule merges is part of the lead of a later one.
MERGES: tuple[Merge, ...] = (
    _merge(form.malformed_member_differs, SubjectKind.MEMBER),
    _merge(status.failure_whatever_else, SubjectKind.FAILURE),
    _merge(status.failure_after_others, SubjectKind.FAILURE),
    _merge(form.same_secret, SubjectKind.LEAK),
    _merge(form.copied_secret, SubjectKind.LEAK),
    _merge(status.along_with_status, SubjectKind.STATUS, SubjectKind.REFUSAL),
    _merge(form.malformed_list, SubjectKind.MEMBER, SubjectKind.MEDIA),
    _merge(form.inside_malformed_member, SubjectKind.MEMBER),
    _merge(form.secret_changes_place, SubjectKind.LEAK),
    _merge(form.renamed_member, SubjectKind.MEMBER),
    _merge(status.undescribed_in_loose_object, SubjectKind.ACCEPTED),
    _merge(form.object_of_another_kind, SubjectKind.MEMBER),
    _merge(form.same_undescribed_name, SubjectKind.MEMBER),
    _merge(form.whole_body_of_pact, SubjectKind.MEMBER, SubjectKind.MEDIA),
    _merge(form.limit_without_headers, "SP111"),
    _merge(status.inverted_gate, "SP205"),
    _merge(status.ignored_tests, "SP609"),
    _merge(state.same_nested_object, SubjectKind.KEPT),
    _merge(state.patch_done_in_part, SubjectKind.KEPT),
    _merge(state.lost_before_validation, SubjectKind.KEPT),
    _merge(status.echoes_request, SubjectKind.ACCEPTED),
    _merge(status.accepts_any_kind, SubjectKind.ACCEPTED),
    _merge(form.value_of_pact, SubjectKind.KEPT),
    _merge(status.only_after_acceptance, SubjectKind.ACCEPTED, "SP206", "SP604", "SP302"),
    _merge(status.accepted_incomplete, SubjectKind.ACCEPTED),
    _merge(status.accepted_within, SubjectKind.ACCEPTED),
    _merge(status.loose_patch, SubjectKind.ACCEPTED),
    _merge(state.members_of_wrapped_patch, SubjectKind.KEPT),
    _merge(state.uncounted_version, SubjectKind.KEPT),
    _merge(state.members_of_long_patches, SubjectKind.KEPT),
    _merge(state.sibling_writes, *_NOT_KEPT),
    _merge(state.list_lags, SubjectKind.LISTING, SubjectKind.MEMBER),
    _merge(state.ignored_wrapped_patch, SubjectKind.KEPT),
    _merge(state.update_without_effect, SubjectKind.KEPT),
    _merge(status.refused_whatever_else, SubjectKind.REFUSED),
    _merge(status.undescribed_refusal, SubjectKind.STATUS),
    _merge(status.status_of_pact),
    _merge(state.existing_returns_404, SubjectKind.REFUSED),
    _merge(state.read_deletes, SubjectKind.REFUSED),
    _merge(state.gone_after_other_writes, "SP302"),
    _merge(state.refusal_leaves_trace, *_NOT_KEPT),
    _merge(status.same_refusal, SubjectKind.REFUSAL),
    _merge(form.created_without_id, SubjectKind.MEDIA),
    _merge(form.wrong_identity, "SP607"),
    _merge(state.deleted_still_present, "SP604", SubjectKind.ACCEPTED, "SP302"),
    _merge(status.status_of_pact),
    _merge(status.same_status_of_pact, SubjectKind.PACT_STATUS),
    _merge(state.same_stale_state, SubjectKind.STALE),
    _merge(state.read_is_stale, *_NOT_KEPT),
    _merge(state.list_lacks_lost_write, SubjectKind.KEPT),
    _merge(state.stale_version, *_NOT_KEPT),
    _merge(state.built_on_lost_write, SubjectKind.STALE),
    _merge(state.wrong_version, SubjectKind.MEMBER, SubjectKind.KEPT, SubjectKind.ACCEPTED, "SP609"),
    _merge(state.race_of_versions, SubjectKind.KEPT),
    _merge(state.race_of_broken, *_NOT_KEPT, "SP604", SubjectKind.LISTING, SubjectKind.REFUSED),
)


def merge(groups: list[Group]) -> list[Group]:
    """Groups after all rules, each applied to every pair until it merges nothing more."""
    for rule in MERGES:
        merged = _merge_once(groups, rule)
        while merged is not None:
            groups, merged = merged, _merge_once(merged, rule)
    return groups


def _merge_once(groups: list[Group], rule: Merge) -> list[Group] | None:
    """The groups after the first lead has taken in all that follows from it; None where nothing follows."""
    for lead in groups:
        if rule.kinds and lead.kind not in rule.kinds:
            continue
        following = [group for group in groups if group is not lead and rule.follows(lead, group)]
        if following:
            whole = lead.with_views(tuple(view for group in following for view in group.views))
            merged = {id(group) for group in following}
            return [whole if kept is lead else kept for kept in groups if id(kept) not in merged]
    return None
