"""What an earlier run exercised and a later one did not: operations, statuses, members."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from storepact.model.outcome import Reason
from storepact.record.status_changes import LIMITED, replaced_statuses
from storepact.record.values import Cause, Loss, Record

#: How many responses of one kind a run needs before their shape says anything.
ENOUGH = 3

#: The member or parameter that a keyword of the document belongs to.
_OWNER = re.compile(r".*/(?:properties|parameters)/[^/]+")

#: Checks of a status, or of a response as a whole: where they find something, other responses do not come.
_RESPONSE_CHECKS = frozenset(
    {f"SP{number}" for number in (101, 102, 103, 106, 201, 202, 203, 204, 205, 206, 207, 604)}
)


def find_losses(base: Record, run: Record) -> list[Loss]:
    """Return what `base` exercised and `run` did not.

    What `base` should not have shown is no loss: the document does not describe it, or a finding that is gone
    was about it.
    """
    fingerprints = {finding.fingerprint for finding in run.findings}
    return [loss for loss in _losses(base, run) if not _was_wrong(loss, base, fingerprints)]


def _losses(base: Record, run: Record) -> Iterator[Loss]:
    for operation, counts in base.coverage.items():
        statuses = run.coverage.get(operation, {})
        if not any(statuses.values()):
            yield Loss(what="operation", operation=operation, status="", member="", was=sum(counts.values()))
            continue
        replaced = replaced_statuses(base, run, operation)
        for status, count in counts.items():
            if status in replaced:
                continue
            if count and not statuses.get(status):
                yield Loss(what="status", operation=operation, status=status, member="", was=count)
            elif count:
                yield from _lost_members(base, run, operation, status)
        yield from _lost_request_members(base, run, operation)


def _lost_request_members(base: Record, run: Record, operation: str) -> Iterator[Loss]:
    """Members of requests that are no longer sent, valid or not, though the document still has them."""
    before, after = (_sent_members(record, operation) for record in (base, run))
    for pointer, was_sent in before.items():
        if was_sent and after.get(pointer) is False:
            yield Loss(what="request member", operation=operation, status="", member=pointer, was=0)


def _sent_members(record: Record, operation: str) -> dict[str, bool]:
    """Whether any keyword of each member or parameter of an operation was tried, by the member's pointer."""
    members: dict[str, bool] = {}
    for keyword in record.keywords:
        match = _OWNER.match(keyword.pointer)
        if keyword.operation == operation and match:
            member = match.group(0)
            members[member] = members.get(member, False) or keyword.kept or keyword.broken
    return members


def _lost_members(base: Record, run: Record, operation: str, status: str) -> Iterator[Loss]:
    before, after = (record.observed.get(f"{operation} {status}") for record in (base, run))
    if before is None or after is None or after.answers < ENOUGH:
        return
    for pointer, member in before.members.items():
        parent = pointer.rpartition("/")[0]
        if pointer not in after.members and parent in after.members and member.seen >= ENOUGH:
            yield Loss(what="member", operation=operation, status=status, member=pointer, was=member.seen)


def _was_wrong(loss: Loss, base: Record, fingerprints: Collection[str]) -> bool:
    """Whether the base should not have shown it: a repaired provider has lost nothing."""
    if loss.what == "status":
        rows = [row for row in base.rows if (row.operation, row.status) == (loss.operation, loss.status)]
        return bool(rows) and all(row.outcome == "not described" for row in rows)
    if loss.what != "member":
        return False
    repaired = _members_of_findings(base, gone_from=fingerprints)
    return any(_is_within(_of_one_item(loss), member) for member in repaired)


def _members_of_findings(record: Record, gone_from: Collection[str]) -> Iterator[str]:
    """The members of findings that are gone; of the cause, where an earlier version recorded no member."""
    members_of = {name: cause.members for cause in record.causes for name in cause.fingerprints}
    for finding in record.findings:
        if finding.fingerprint not in gone_from:
            members = members_of[finding.fingerprint] if finding.subject is None else (finding.member,)
            yield from (member for member in members if member)


def _of_one_item(loss: Loss) -> str:
    """The lost member as a pointer into one resource, also where a list showed it."""
    return loss.member.removeprefix("/items/*")


def _is_within(pointer: str, member: str) -> bool:
    return pointer == member or pointer.startswith(f"{member}/")


def explains(cause: Cause, loss: Loss) -> bool:
    """Return whether a cause is why something is no longer exercised."""
    if loss.what == "member":
        members = [member.rstrip("/") for member in cause.members if member.startswith("/")]
        return any(_is_within(_of_one_item(loss), member) for member in members)
    return loss.operation in cause.operations and bool(_RESPONSE_CHECKS & set(cause.codes))


def split_out_of_reach(losses: Sequence[Loss], base: Record, run: Record) -> tuple[list[Loss], list[Loss]]:
    """Return the losses, and apart from them the statuses that the run's target cannot be brought to.

    These are what only the base's target, a mock, can show, and what another live run shows by chance.
    """
    if run.target == "mock":
        return list(losses), []
    reasons = {(row.operation, row.status): row.reason_code for row in run.rows if row.reason_code}
    apart = [
        loss
        for loss in losses
        if loss.what == "status"
        and (reason := reasons.get((loss.operation, loss.status))) is not None
        and reason.depends_on_mock
        and (base.target == "mock" or _comes_by_chance(loss, reason))
    ]
    return [loss for loss in losses if loss not in apart], apart


def _comes_by_chance(loss: Loss, reason: Reason) -> bool:
    """Whether a live target shows a status depending on what others do at the same moment."""
    return reason is Reason.CONCURRENT_REQUESTS and (loss.status == LIMITED or loss.was < ENOUGH)


def group_losses(losses: Iterable[Loss]) -> list[tuple[Loss, ...]]:
    """Return losses in groups: a member of one resource is one group, wherever it was."""
    groups: dict[tuple[str, ...], list[Loss]] = {}
    for loss in losses:
        is_member = loss.what in ("member", "request member")
        key = (loss.what, _of_one_item(loss)) if is_member else (loss.what, loss.operation, loss.status)
        groups.setdefault(key, []).append(loss)
    return [tuple(group) for group in groups.values()]
