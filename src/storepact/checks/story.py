"""Checks of a response against all earlier steps: each rule by which the oracle finds divergences is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from storepact.checks.evidence import Evidence, Observation
from storepact.checks.promise import accepted_against
from storepact.model.api import Api
from storepact.model.flaw import FlawKind
from storepact.model.story import Divergence
from storepact.model.whole_numbers import read_whole_number

#: Flaws of the list as a whole: no member of a resource is wrong.
_OF_WHOLE_LIST = (FlawKind.LISTED, FlawKind.NOT_LISTED)


Judge = Callable[[Evidence], Iterator[Observation]]

_BY_ORACLE: set[Judge] = set()


def by_oracle(rule: str) -> Judge:
    """The check that reports the oracle's divergences by one rule."""

    def judge(evidence: Evidence) -> Iterator[Observation]:
        for divergence in evidence.divergences:
            if divergence.rule == rule:
                yield _observe(evidence, divergence)

    _BY_ORACLE.add(judge)
    return judge


_judge_scopes, _judge_limits = by_oracle("scopes_are_apart"), by_oracle("limits_count_down")


def is_by_oracle(judge: Judge | None) -> bool:
    """Whether a check only reports divergences."""
    return judge in _BY_ORACLE


def check_after_delete(evidence: Evidence) -> Iterator[Observation]:
    """Every request to a resource that was deleted is answered with 404."""
    yield from accepted_against(evidence, lambda rule: rule == "gone")


def check_precondition(evidence: Evidence) -> Iterator[Observation]:
    """A patch whose `test` does not hold is refused."""
    yield from accepted_against(evidence, lambda rule: rule == "precondition")


def check_scopes(evidence: Evidence) -> Iterator[Observation]:
    """Nothing of one project, environment or kind is seen or changed through another."""
    yield from accepted_against(evidence, lambda rule: rule == "scope")
    yield from _judge_scopes(evidence)


def check_limits(evidence: Evidence) -> Iterator[Observation]:
    """What a limit leaves is never more than the limit, and does not grow within its window."""
    headers = evidence.exchange.response
    for scope in ("Global", "Route", "Auth-Token"):
        limit, left = (headers.header(f"X-Ratelimit-{scope}-{what}") or "" for what in ("Limit", "Remaining"))
        most, rest = read_whole_number(limit), read_whole_number(left)
        if most is not None and rest is not None and rest > most:
            name = f"X-Ratelimit-{scope}-Remaining"
            yield Observation(
                f"{evidence.status} {name}",
                f"{left} calls are left of {limit}",
                FlawKind.CONTRADICTION,
                f"at most {limit}",
                left,
                member=name.lower(),
            )
    yield from _judge_limits(evidence)


def _observe(evidence: Evidence, divergence: Divergence) -> Observation:
    return Observation(
        _locus(evidence.status, divergence.member, divergence.detail),
        _sentence(divergence),
        divergence.flaw,
        divergence.expected,
        divergence.actual,
        _pointer(evidence, divergence.member),
        member=_member_of(divergence, evidence.api),
        members=divergence.members[1:],
        value=divergence.value,
        right=divergence.right,
        former_locus=_former_locus(evidence.status, divergence),
    )


def _locus(status: int, *parts: str) -> str:
    return " ".join((str(status), *filter(None, parts)))


def _former_locus(status: int, divergence: Divergence) -> str:
    """The locus without the member, where the resource as a whole is compared."""
    if not divergence.members:
        return ""
    return _locus(status, divergence.member.removesuffix(divergence.members[0]), divergence.detail)


def _sentence(divergence: Divergence) -> str:
    """The divergence in words: what differs, why it may not, and what else differs with it."""
    reason = f": {divergence.explanation}" if divergence.explanation else ""
    further = ", ".join(divergence.members[1:])
    return f"{divergence.message}{reason}" + (f" (also {further})" if further else "")


def _member_of(divergence: Divergence, api: Api) -> str:
    """The first member of the resource that differs; empty where it is about the resource as a whole."""
    if divergence.members:
        return divergence.members[0]
    if divergence.flaw in _OF_WHOLE_LIST:
        return ""
    member = api.within_resource(divergence.member)
    return member if member.startswith("/") else ""


def _pointer(evidence: Evidence, member: str) -> str:
    """Where the document describes a member of the response, as near as it can be named."""
    described = evidence.documented_response
    if described is None or not member.startswith("/"):
        return ""
    schema = next(iter(described.content.values()), "")
    if not schema:
        return described.pointer
    pointer = evidence.document.settle(schema)
    for name in member.split("/")[1:]:
        deeper = f"{pointer}/items" if name == "*" else f"{pointer}/properties/{name}"
        try:
            pointer = evidence.document.settle(deeper)
        except (KeyError, IndexError, TypeError, ValueError):
            break
    return pointer
