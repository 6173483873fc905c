"""Clusters: groups of findings that have too much in common to be as many causes."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from storepact.model.flaw import PATH_RULES, FlawKind, SubjectKind
from storepact.model.values import lean_value
from storepact.record.causes.subjects import Group

#: So many groups of one kind that show in the same places are no accident.
CLUSTER = 3

_OF_MEMBERS = ("SP104", "SP105")
_GONE, _SCOPE = ("SP604", "gone"), ("SP302", "scope")


@lean_value(frozen=True)
class Clustering:
    """A kind of cluster: groups with the same `key` are one cause if there are at least `minimum` of them.

    The key is None where the kind does not apply. With `by_operation` their operations are counted instead.
    """

    key: Callable[[Group], Hashable]
    minimum: int = CLUSTER
    by_operation: bool = False


def ignores_path(group: Group) -> bool:
    """Whether requests are accepted though they are aimed at a wrong place."""
    if group.kind == SubjectKind.ACCEPTED:
        return group.subject.rule in PATH_RULES
    return (group.subject.code, group.subject.rule) in (_GONE, _SCOPE)


def _same_schema(group: Group) -> Hashable:
    """Members of one object that one schema describes, and that are wrong in one way."""
    flaws = _flaws(group)
    schemas = {view.finding.pointer for view in group.views if view.code == "SP104"}
    if len(flaws) != 1 or len(schemas) != 1 or flaws & {FlawKind.MISSING, FlawKind.UNDESCRIBED}:
        return None
    return ("schema", group.parent, *flaws, *schemas)


def _same_object(group: Group) -> Hashable:
    """Members of one object that are wrong in one way, in the same responses."""
    flaws = _flaws(group)
    places = frozenset((view.operation, view.status) for view in group.views if view.code in _OF_MEMBERS)
    return ("member", group.parent, *flaws, places) if len(flaws) == 1 else None


def _flaws(group: Group) -> set[FlawKind | None]:
    """The ways in which a member is wrong; none where the group is not about a member."""
    if group.kind != SubjectKind.MEMBER or group.member in ("", "/"):
        return set()
    return {view.flaw for view in group.views if view.code in _OF_MEMBERS}


def _same_request(group: Group) -> Hashable:
    """Required members of one object that may be left out."""
    if group.kind != SubjectKind.ACCEPTED or not group.member.startswith("/"):
        return None
    if group.flaws != {FlawKind.ACCEPTED_INCOMPLETE}:
        return None
    return "required", group.parent, group.operations


def _same_operation(group: Group) -> Hashable:
    """What one operation accepts, whatever place the request is aimed at."""
    return ("path", group.operations) if ignores_path(group) else None


def _any_operation(group: Group) -> Hashable:
    """What several operations accept, whatever place the request is aimed at."""
    return "any path" if ignores_path(group) else None


def _same_media_type(group: Group) -> Hashable:
    """Successes of several operations with the same wrong content type."""
    if group.kind != SubjectKind.MEDIA or not group.subject.operation or "SP103" not in group.codes:
        return None
    return ("media", *sorted({view.finding.value for view in group.views if view.code == "SP103"}))


def _same_bytes(group: Group) -> Hashable:
    """Bodies of several operations whose bytes are wrong in the same way, as a server in front makes them."""
    values = {view.finding.value for view in group.views if view.code == "SP106"}
    return ("bytes", *sorted(values)) if group.kind == SubjectKind.MEDIA and all(values) and values else None


#: In this order: an earlier one may make the groups that a later one counts.
CLUSTERINGS: tuple[Clustering, ...] = (
    Clustering(_same_schema, minimum=2),
    Clustering(_same_object),
    Clustering(_same_request),
    Clustering(_same_operation),
    Clustering(_any_operation, by_operation=True),
    Clustering(_same_media_type),
    Clustering(_same_bytes, minimum=2),
)


def cluster(groups: list[Group]) -> list[Group]:
    """Groups after all kinds of clusters are merged."""
    for clustering in CLUSTERINGS:
        groups = _merge_equal(groups, clustering)
    return groups


def _merge_equal(groups: list[Group], clustering: Clustering) -> list[Group]:
    by_key: dict[Hashable, list[Group]] = {}
    for group in groups:
        by_key.setdefault(clustering.key(group), []).append(group)
    merged = []
    for key, equal in by_key.items():
        operations = frozenset[str]().union(*(group.operations for group in equal))
        count = len(operations) if clustering.by_operation else len(equal)
        if key is None or len(equal) < 2 or count < clustering.minimum:
            merged += equal
        else:
            merged.append(equal[0].with_views(tuple(view for group in equal[1:] for view in group.views)))
    return merged
