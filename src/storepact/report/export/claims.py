"""Claims: what a response has to be like for a finding to be gone, as data that every language can check."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from storepact.model.exchange import MASK, BodyFlaw
from storepact.model.flaw import FlawKind, SubjectKind
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.record.values import Finding, SentRequest

ClaimKind = Literal[
    "status",
    "or status",
    "json",
    "not empty",
    "hidden",
    "is",
    "is not",
    "type is not",
    "length is not",
    "present",
    "absent",
    "header present",
    "header absent",
    "header is not",
    "header length is not",
    "listed",
    "not listed",
    "listed once",
]


@lean_value(frozen=True)
class Claim:
    """One claim about a response. `member` is a JSON pointer within each resource, or a header's name."""

    kind: ClaimKind
    member: str = ""
    value: str = ""
    """A JSON text (may hold `{{NAME}}`), its length, a type of JSON, or the text of a header."""
    statuses: tuple[int, ...] = ()
    """The statuses that are right; of `or status` those with which nothing else is claimed."""


_OF_STATUS = frozenset(
    {
        FlawKind.CRASH,
        FlawKind.CUT_OFF,
        FlawKind.STATUS,
        FlawKind.REFUSED,
        FlawKind.ACCEPTED,
        FlawKind.ACCEPTED_INCOMPLETE,
        FlawKind.ACCEPTED_OTHER_KIND,
        FlawKind.ACCEPTED_INAPPLICABLE,
        FlawKind.ACCEPTED_FAILED_TEST,
        FlawKind.GONE,
        FlawKind.UNREADABLE,
    }
)

#: The check that compares how a secret is redacted in two responses.
_REDACTION_CHECK = "SP610"

_FIRST_REFUSAL = 400

#: Claims that hold of any response without the member, such as an error.
_ALSO_WITHOUT_MEMBER = frozenset({"is not", "type is not", "length is not", "absent"})

#: The check of bodies that are missing.
_BODY_CHECK = "SP106"

#: Statuses from here on are refusals; their bodies are errors.
_REFUSED = 400

#: What a locus says about a member: the status, and a pointer into the body.
_BODY_LOCUS = re.compile(r"\d+ (/\S*)")

#: So many digits have moments, in seconds or milliseconds of the epoch: they differ from run to run.
_DIGITS_OF_MOMENT = 9

_OF_LIST: dict[FlawKind, ClaimKind] = {
    FlawKind.LISTED: "not listed",
    FlawKind.NOT_LISTED: "listed",
    FlawKind.DUPLICATE: "listed once",
}

_JSON_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def claims_of_steps(requests: Sequence[SentRequest]) -> tuple[Claim, ...]:
    """The claim about responses that were as the documents promise: their status.

    Of requests that are sent at the same moment another one may win: each may get any status of them. Nothing
    is claimed of a refused request with a masked secret, which may be the reason.
    """
    if any(request.secrets and request.status >= _FIRST_REFUSAL for request in requests):
        return ()
    statuses = tuple(sorted({request.status for request in requests if request.status}))
    return (Claim("status", statuses=statuses),) if statuses else ()


def claims_of(finding: Finding, with_variables: Callable[[str], str]) -> tuple[Claim, ...]:
    """The claims that a finding breaks; none where it cannot be said without storepact.

    After simultaneous requests several values may be right, and what an exported file sends for a redacted
    secret is no longer what a response has shown.
    """
    if finding.code == _REDACTION_CHECK or _writes_redacted_value(finding.requests):
        return ()
    claims = tuple(_claims(finding, with_variables))
    is_race = any(request.simultaneous for request in finding.requests)
    claims = tuple(claim for claim in claims if not (is_race and claim.kind in ("is", "is not")))
    return *_before_claims(finding, claims), *claims


def _writes_redacted_value(requests: Sequence[SentRequest]) -> bool:
    """Whether a redacted secret is written back as a response has shown it."""
    names: set[str] = set()
    for request in requests:
        if not names.isdisjoint(name for _, name in request.secrets):
            return True
        names.update(name for _, name in request.shows)
    return False


def _before_claims(finding: Finding, claims: Sequence[Claim]) -> Iterator[Claim]:
    """What has to hold of the status, so that no claim about a member holds by chance."""
    status = finding.exchange.response.status if finding.exchange else 0
    if status not in finding.statuses or not claims:
        return
    if any(claim.kind in _ALSO_WITHOUT_MEMBER for claim in claims):
        yield Claim("status", statuses=finding.statuses)
    others = _statuses_of_other_bodies(finding, status)
    if others:
        yield Claim("or status", statuses=others)


def _statuses_of_other_bodies(finding: Finding, status: int) -> tuple[int, ...]:
    """Where both a success and a refusal are right: those that the recorded response is not like."""
    return tuple(
        promised for promised in finding.statuses if (promised < _REFUSED) is not (status < _REFUSED)
    )


def _claims(finding: Finding, with_variables: Callable[[str], str]) -> Iterator[Claim]:
    flaw, is_whole = finding.flaw, not finding.member.strip("/")
    if flaw in _OF_STATUS or (is_whole and flaw is FlawKind.VALUE):
        yield from _of_status(finding)
    elif flaw in (FlawKind.MEDIA, FlawKind.EXPOSED) or (flaw is FlawKind.MISSING and is_whole):
        yield from _of_body(finding)
    elif flaw in _OF_LIST:
        yield Claim(_OF_LIST[flaw])
    elif finding.member.startswith("/"):
        if _is_within_list(finding) and not _is_of_element(finding):
            return
        yield from _of_member(finding, with_variables)
    elif finding.member and flaw is not FlawKind.CONTRADICTION:  # its values differ from run to run
        yield from _of_header(finding, finding.member)


def _of_status(finding: Finding) -> Iterator[Claim]:
    """The status, unless the recorded one is allowed: then something else about the response is wrong."""
    status = finding.exchange.response.status if finding.exchange else 0
    if finding.statuses and status not in finding.statuses:
        yield Claim("status", statuses=finding.statuses)


def _of_body(finding: Finding) -> Iterator[Claim]:
    if finding.flaw is FlawKind.MEDIA:
        yield Claim("json")
        if finding.value == BodyFlaw.CODING:
            yield from _of_header(finding, "content-encoding")
    elif finding.flaw is FlawKind.EXPOSED:
        if finding.subject is not None and finding.subject.kind is SubjectKind.LEAK:
            yield Claim("hidden")
    elif finding.code == _BODY_CHECK:
        yield Claim("not empty")


def _of_header(finding: Finding, member: str) -> Iterator[Claim]:
    if finding.flaw is FlawKind.MISSING:
        yield Claim("header present", member)
    elif finding.flaw in (FlawKind.UNDESCRIBED, FlawKind.EXTRA):
        yield Claim("header absent", member)
    else:
        headers = finding.exchange.response.headers if finding.exchange else ()
        for name, value in headers:
            if name.lower() == member:
                is_moment = value.isdigit() and len(value) >= _DIGITS_OF_MOMENT
                if not (is_moment or _is_stable(value)):
                    continue
                yield Claim(
                    "header length is not" if is_moment else "header is not",
                    member,
                    str(len(value)) if is_moment else value,
                )


def _is_within_list(finding: Finding) -> bool:
    """Whether the response is a list of resources."""
    is_list = bool(finding.requests) and finding.requests[-1].role == "list"
    return is_list and finding.exchange is not None and finding.exchange.response.status < _REFUSED


def _is_of_element(finding: Finding) -> bool:
    """Whether a member is that of an element, for which claims are made, and not one of the list itself."""
    match = _BODY_LOCUS.match(finding.touches) or _BODY_LOCUS.match(finding.locus)
    pointer, member = (match.group(1) if match else ""), finding.member.rstrip("/")
    return pointer.rstrip("/") != member and pointer.rstrip("/").endswith(member)


def _of_member(finding: Finding, with_variables: Callable[[str], str]) -> Iterator[Claim]:
    member, value = finding.member.rstrip("/"), _recorded_value(finding)
    if finding.flaw is FlawKind.MISSING:
        yield Claim("present", member)
    elif finding.flaw in (FlawKind.UNDESCRIBED, FlawKind.EXTRA):
        yield Claim("absent", member)
    elif finding.right:
        yield Claim("is", member, with_variables(finding.right))
    elif finding.flaw is FlawKind.TYPE and value is not _NOTHING:
        yield Claim("type is not", member, _JSON_TYPES.get(type(value), "null"))
    elif isinstance(value, int) and len(str(value)) >= _DIGITS_OF_MOMENT:
        yield Claim("length is not", member, str(len(json.dumps(value))))
    elif value is not _NOTHING and _is_stable(text := with_variables(json.dumps(value))):
        yield Claim("is not", member, text)


def _is_stable(text: str) -> bool:
    """Whether a wrong value would be the same in another run: it holds no id and no moment."""
    return not re.search(r"[0-9a-f]{12}|[0-9]{9}|[0-9]{4}-[0-9]{2}-[0-9]{2}", text)


def _recorded_value(finding: Finding) -> Json:
    """What the member holds in the recorded response; `_NOTHING` where that is not known."""
    value = _parse(finding.value)
    if value is not _NOTHING or finding.exchange is None or _is_within_list(finding):
        return value
    value = _parse(finding.exchange.response.body)
    for name in finding.member.split("/")[1:]:
        value = value.get(name, _NOTHING) if isinstance(value, dict) else _NOTHING
    return _NOTHING if value == MASK else value


_NOTHING = object()


def _parse(text: str) -> Json:
    try:
        return json.loads(text) if text else _NOTHING
    except ValueError:
        return _NOTHING
