"""Checks of an answer against all that was done before: the oracle finds where they part, each rule has its check."""

from __future__ import annotations

from collections.abc import Iterator

from storepact.checks.evidence import Evidence, Observation
from storepact.checks.promise import accepted_though
from storepact.model.story import Divergence


def _told(evidence: Evidence, rule: str) -> Iterator[Observation]:
    for divergence in evidence.divergences:
        if divergence.rule == rule:
            place = f"{evidence.status} {divergence.member}".strip()
            yield Observation(
                f"{place} {divergence.detail}".strip(),
                _sentence(divergence),
                divergence.expected,
                divergence.actual,
                _pointer(evidence, divergence.member),
            )


def _sentence(divergence: Divergence) -> str:
    explanation = f": {divergence.explanation}" if divergence.explanation else ""
    others = ", ".join(divergence.members[1:])
    return f"{divergence.message}{explanation}" + (f" (so it is with {others})" if others else "")


def _pointer(evidence: Evidence, member: str) -> str:
    """Where the document describes a member of the answer, as near as it can be named."""
    described = evidence.documented_response
    if described is None or not member.startswith("/"):
        return ""
    schema = next(iter(described.content.values()), "")
    if not schema:
        return described.pointer
    pointer = evidence.document.settle(schema)
    for token in member.split("/")[1:]:
        deeper = f"{pointer}/items" if token == "*" else f"{pointer}/properties/{token}"
        try:
            pointer = evidence.document.settle(deeper)
        except (KeyError, IndexError, TypeError, ValueError):
            break
    return pointer


def write_is_kept_as_given(evidence: Evidence) -> Iterator[Observation]:
    """What a create or update accepts is kept as it was given, character for character, and nothing else changes with it."""
    yield from _told(evidence, "write_is_kept_as_given")


def read_shows_last_write(evidence: Evidence) -> Iterator[Observation]:
    """A get shows what the last accepted write answered."""
    yield from _told(evidence, "read_shows_last_write")


def list_shows_what_lives(evidence: Evidence) -> Iterator[Observation]:
    """The list shows every integration that lives, once, as it is, and none that does not."""
    yield from _told(evidence, "list_shows_what_lives")


def deleted_is_gone(evidence: Evidence) -> Iterator[Observation]:
    """An integration that was deleted is answered with 404, whatever is asked of it."""
    yield from accepted_though(evidence, lambda rule: rule == "gone")


def refused_changes_nothing(evidence: Evidence) -> Iterator[Observation]:
    """A request that is refused leaves everything as it was: a patch is done whole or not at all."""
    yield from _told(evidence, "refused_changes_nothing")


def version_counts_updates(evidence: Evidence) -> Iterator[Observation]:
    """A version begins at 1, and each update that has an effect counts one."""
    yield from _told(evidence, "version_counts_updates")


def identity_is_its_own(evidence: Evidence) -> Iterator[Observation]:
    """Every integration has an id of its own, and stays in the project, environment and kind that it was created in."""
    yield from _told(evidence, "identity_is_its_own")


def links_lead_there(evidence: Evidence) -> Iterator[Observation]:
    """A link leads where its name says."""
    yield from _told(evidence, "links_lead_there")


def precondition_holds(evidence: Evidence) -> Iterator[Observation]:
    """A patch whose `test` does not hold is refused."""
    yield from accepted_though(evidence, lambda rule: rule == "precondition")


def secret_survives(evidence: Evidence) -> Iterator[Observation]:
    """A secret stays as it is until it is written: neither a redacted value written back nor another change touches it."""
    yield from _told(evidence, "secret_survives")


def siblings_stay_untouched(evidence: Evidence) -> Iterator[Observation]:
    """What is done to one integration shows on no other."""
    yield from _told(evidence, "siblings_stay_untouched")


def writers_do_not_undo_each_other(evidence: Evidence) -> Iterator[Observation]:
    """Of requests at the same moment each is done whole or refused, and none that was accepted is lost."""
    yield from _told(evidence, "writers_do_not_undo_each_other")


def defaults_hold(evidence: Evidence) -> Iterator[Observation]:
    """A member that was not given is absent, or has the default that is documented."""
    yield from _told(evidence, "defaults_hold")


def scopes_are_apart(evidence: Evidence) -> Iterator[Observation]:
    """Nothing of one project, environment or kind is seen or changed through another."""
    yield from accepted_though(evidence, lambda rule: rule == "scope")
    yield from _told(evidence, "scopes_are_apart")


def access_tells_the_truth(evidence: Evidence) -> Iterator[Observation]:
    """`_access` allows what the token may do, and denies it nothing that it may."""
    yield from _told(evidence, "access_tells_the_truth")


def limits_count_down(evidence: Evidence) -> Iterator[Observation]:
    """What a limit leaves is never more than the limit, and does not grow within its window."""
    headers = evidence.exchange.response
    for scope in ("Global", "Route", "Auth-Token"):
        limit, left = (headers.header(f"X-Ratelimit-{scope}-{what}") or "" for what in ("Limit", "Remaining"))
        if limit.isdigit() and left.isdigit() and int(left) > int(limit):
            name = f"X-Ratelimit-{scope}-Remaining"
            yield Observation(
                f"{evidence.status} {name}", f"{left} calls are left of {limit}", f"at most {limit}", left
            )
    yield from _told(evidence, "limits_count_down")


def origin_is_allowed(evidence: Evidence) -> Iterator[Observation]:
    """A browser's origin is echoed, or any is allowed, in every answer alike."""
    yield from _told(evidence, "origin_is_allowed")
