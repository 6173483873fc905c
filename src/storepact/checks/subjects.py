"""Subjects: what findings are about, wherever they show. Findings with one subject have one cause."""

from __future__ import annotations

from storepact.checks.evidence import Report
from storepact.model.flaw import PATH_RULES, FlawKind, Subject, SubjectKind

#: Rules about whether a body can be read at all.
_BODY_RULES = frozenset({"json", "media"})


def of_check(report: Report) -> Subject:
    """The check itself and the locus without its status: findings of one place, in all operations."""
    place = (
        report.observation.locus.removeprefix(f"{report.status} ")
        if report.status
        else report.observation.locus
    )
    return Subject(SubjectKind.CHECK, code=report.code, rule=place)


def of_rule(report: Report) -> Subject:
    """The check itself and the documented rule that the request breaks, whichever member it names."""
    return Subject(SubjectKind.CHECK, code=report.code, rule=report.observation.request_rule)


def of_member(report: Report) -> Subject:
    """The member whose form is wrong, or the header; the body as a whole is `/`."""
    member = report.observation.member
    if member and not member.startswith("/"):
        return Subject(SubjectKind.HEADER, member=member)
    return Subject(SubjectKind.MEMBER, member=member or "/", rule=report.api.role_of_member(member))


def of_media(report: Report) -> Subject:
    """Errors have one form, whatever the operation; each operation's success has its own."""
    is_error = report.status.startswith(("4", "5"))
    return Subject(SubjectKind.MEDIA, operation="" if is_error else report.operation)


def of_limits(report: Report) -> Subject:
    """The headers of limits are one subject."""
    return Subject(SubjectKind.LIMITS)


def of_leak(report: Report) -> Subject:
    """The place that shows a secret: a member, a header or `body`."""
    return Subject(SubjectKind.LEAK, member=report.observation.member or "body")


def of_failure(report: Report) -> Subject:
    """A status of 5xx over an unreadable body, over a wrong path, or over anything else."""
    rule = _first_word(report.observation.request_rule)
    group = "json" if rule in _BODY_RULES else "path" if rule in PATH_RULES else ""
    return Subject(SubjectKind.FAILURE, status=report.status, rule=group)


def of_status(report: Report) -> Subject:
    """An operation and a status that it does not describe."""
    return Subject(SubjectKind.STATUS, operation=report.operation, status=report.status)


def of_valid_request(report: Report) -> Subject:
    """The status with which valid requests are refused."""
    return Subject(SubjectKind.REFUSED, status=report.status)


def of_refusal(report: Report) -> Subject:
    """The wrong status, and the kind of request that it refuses; wrong paths are one kind."""
    rule = _first_word(report.observation.request_rule)
    return Subject(SubjectKind.REFUSAL, rule="path" if rule in PATH_RULES else rule, status=report.status)


def of_invalid_request(report: Report) -> Subject:
    """The member that is accepted with a wrong value, or the operation and the rule that is not enforced."""
    member = report.observation.member
    if member:
        return Subject(SubjectKind.ACCEPTED, member=member, rule=report.api.role_of_member(member))
    rule = _first_word(report.observation.request_rule)
    return Subject(SubjectKind.ACCEPTED, operation=report.operation, rule=rule)


def of_value(report: Report) -> Subject:
    """The member that is not as it was written; what is about no member has a group of its own."""
    member = report.observation.member
    if not member:
        return of_check(report)
    return Subject(SubjectKind.KEPT, member=member, rule=report.api.role_of_member(member))


def of_read(report: Report) -> Subject:
    """An operation that shows an earlier version as a whole; else the member, as `of_value`."""
    observation = report.observation
    if observation.flaw is FlawKind.OUTDATED and len(observation.members) == 1:
        return Subject(SubjectKind.STALE, operation=report.operation)
    return of_value(report)


def of_list(report: Report) -> Subject:
    """What the list lacks, or shows though it does not exist; else as `of_read`."""
    flaw = report.observation.flaw
    if flaw in (FlawKind.LISTED, FlawKind.NOT_LISTED):
        return Subject(SubjectKind.LISTING, rule=str(flaw))
    return of_read(report)


def of_race(report: Report) -> Subject:
    """What the list lacks or a read shows after a race; else the operation that the requests were sent to."""
    observation = report.observation
    if observation.flaw is FlawKind.NOT_LISTED:
        return of_list(report)
    return of_read(report) if observation.member else Subject(SubjectKind.ORDER, operation=report.operation)


def of_pact(report: Report) -> Subject:
    """The status that a pact relies on, its media type, or one member or header."""
    observation = report.observation
    if observation.flaw is FlawKind.STATUS:
        return Subject(
            SubjectKind.PACT_STATUS,
            operation=report.operation,
            status=report.status,
            expected_status=observation.expected_status,
        )
    if observation.flaw is FlawKind.MEDIA:
        return of_media(report)
    return of_member(report)


def _first_word(rule: str) -> str:
    return rule.partition(" ")[0]
