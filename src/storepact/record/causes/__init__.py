"""Causes: findings that one change of the provider has brought about, as one entry.

A member that is wrong is so in every operation, every suite and every pact that relies on it; a resource
that vanishes is answered with 404, not listed, and missing after a write. Each finding has a subject;
findings with one subject are one group (`subjects`). Groups that are much alike are one cause (`clusters`),
and groups that follow from another one belong to it (`merges`). What no rule merges stays apart: two entries
for one cause do less harm than one entry for two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from storepact.model.counts import many
from storepact.model.finding import Severity
from storepact.model.flaw import FlawKind, Subject, SubjectKind
from storepact.record.causes.clusters import cluster
from storepact.record.causes.merges import merge
from storepact.record.causes.state_merges import read_is_stale
from storepact.record.causes.status_merges import fails_always
from storepact.record.causes.subjects import FindingView, Group
from storepact.record.values import Cause, Finding

#: Characters of a message that a title keeps.
_LONGEST_MESSAGE = 180

#: Characters of the description of a request that a title keeps.
_LONGEST_MUTATION = 100


#: What findings are about that vanish when the same read is sent a little later.
_STALE_READS = Subject(SubjectKind.CHECK, rule="stale reads")


def group_findings(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """The causes of the findings, the worst first; every finding belongs to one of them."""
    views: dict[Subject, list[FindingView]] = {}
    stale: list[FindingView] = []
    for finding in sorted(findings, key=lambda finding: finding.fingerprint):
        view = FindingView(finding)
        same = stale if finding.stale else views.setdefault(view.subject, [])
        same.append(view)
    groups = merge(cluster([Group(subject, tuple(same)) for subject, same in views.items()]))
    causes = [_to_cause(group) for group in (_join_stale(groups, stale) if stale else groups)]
    return tuple(sorted(causes, key=_order))


def _join_stale(groups: Sequence[Group], stale: Sequence[FindingView]) -> list[Group]:
    """The groups with one of all late reads, and of what else a late read shows, such as a lost write."""
    lead = Group(Subject(SubjectKind.STALE), tuple(stale))
    joined = [group for group in groups if read_is_stale(lead, group)]
    views = (*stale, *(view for group in joined for view in group.views))
    return [*(group for group in groups if group not in joined), Group(_STALE_READS, views)]


def _order(cause: Cause) -> tuple[int, int, int, tuple[str, ...], tuple[str, ...], str]:
    """The worst severity first, then the cause that affects most consumers, then the one that shows most."""
    counts = (-len(cause.consumers), -len(cause.fingerprints))
    return (cause.severity.rank, *counts, cause.operations, cause.members, cause.id)


def _to_cause(group: Group) -> Cause:
    lead = min(group.views, key=lambda view: (_distance(view), view.subject != group.subject, *_rank(view)))
    findings = [view.finding for view in group.views]
    others = sorted(finding.fingerprint for finding in findings if finding is not lead.finding)
    return Cause(
        id=lead.finding.fingerprint,
        title=_title(group, lead),
        severity=min((finding.severity for finding in findings), key=lambda severity: severity.rank),
        operations=tuple(sorted(group.operations - {""})),
        members=tuple(sorted({view.member for view in group.views} - {""})),
        codes=tuple(sorted(group.codes)),
        consumers=tuple(sorted({name for finding in findings for name in finding.consumers})),
        fingerprints=(lead.finding.fingerprint, *others),
    )


def _distance(view: FindingView) -> int:
    """How far a finding is from its cause: 1 for staleness attributed to another scope, 2 for a pact's.

    Nothing is nearer than a resource that is not readable right after its create.
    """
    if view.flaw is FlawKind.UNREADABLE:
        return -1
    if view.code in ("SP401", "SP402"):
        return 2
    return 1 if view.code == "SP302" and view.flaw in (FlawKind.STALE, FlawKind.OUTDATED) else 0


def _rank(view: FindingView) -> tuple[int, bool, bool, int, int, str, str, str, str]:
    """The finding that shows a cause best has the least rank.

    It is the worst, not a pact's, can be reproduced on a fresh target, has the shortest story and the
    simplest request.
    """
    finding = view.finding
    is_unprepared_read = view.method == "GET" and not finding.creates  # what it reads was deleted since
    wrong = len(finding.request_flaws) if view.code == "SP101" else 0
    names = (finding.code, finding.operation, finding.source, finding.fingerprint)
    severity = Severity(finding.severity).rank
    return (severity, finding.code == "SP401", is_unprepared_read, len(finding.story), wrong, *names)


def _title(group: Group, lead: FindingView) -> str:
    """The cause in a sentence."""
    message = " ".join(lead.finding.message.split())
    if group.subject == _STALE_READS:
        message = "reads are stale after writes: a little later the same read shows the new state"
    if len(message) > _LONGEST_MESSAGE:  # without the middle of the value that makes it long
        message = f"{message[: _LONGEST_MESSAGE // 2]} … {message[-_LONGEST_MESSAGE // 3 :]}"
    if group.kind == SubjectKind.FAILURE:
        message += _circumstance(group, lead)
    operation = f"{lead.operation}: " if lead.operation else ""
    is_about_member = group.kind in (SubjectKind.MEMBER, SubjectKind.KEPT) and lead.member.startswith("/")
    is_named = lead.code != "SP401" and lead.flaw not in (FlawKind.MISSING, FlawKind.UNDESCRIBED)
    member = f"{lead.member}: " if is_about_member and not is_named else ""
    others = len(group.operations) - 1
    more = f" (and in {many(others, 'other operation')})" if others > 0 else ""
    return f"{operation}{member}{message}{more}"


def _circumstance(group: Group, lead: FindingView) -> str:
    """The requests that the server fails over."""
    if fails_always(group):
        return " over requests that nothing is wrong with"
    if group.subject.rule == "json":
        return " over a body that cannot be read"
    if group.subject.rule == "path":
        return " over a path that is wrong"
    mutation = " ".join((lead.finding.mutation or "").split())
    return f", sent: {mutation[:_LONGEST_MUTATION]}" if mutation else ""
