"""What an exported file sends: requests with variables in place of ids, secrets and tokens, and claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from storepact.model.case import TOKEN_VARIABLE
from storepact.model.curl import FILTER_PATTERN, MOCK_URL
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.record.values import Finding, Record, RecordedStory, SentRequest
from storepact.record.values.base import MOCK_TARGET
from storepact.report.export.bodies import exported_body
from storepact.report.export.claims import Claim, claims_of, claims_of_steps

#: Headers that clients add themselves.
_OWN_HEADERS = frozenset({"user-agent", "host", "content-length", "connection"})

_TOKEN_REFUSED = 401

_TOKEN = re.compile(
    r"(?P<before>x)?\$\{?(?P<name>STOREPACT_[A-Z_]*TOKEN)(?:%(?P<cut>\?+))?\}?(?P<added> x|[x0_])?"
)
_FILTERED = re.compile(
    rf'\$\(printf %s "\$(?P<name>STOREPACT_[A-Z_]*TOKEN)" \| (?P<command>{FILTER_PATTERN})\)'
)


@lean_value(frozen=True)
class Token:
    """A token from the environment, without its last `cut` characters, with others `added` or `before` it.

    All of it may go through the command of a shell, one of `TOKEN_FILTERS`.
    """

    variable: str
    cut: int = 0
    added: str = ""
    before: str = ""
    command: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether it is another text than the token that the target knows."""
        return bool(self.cut or self.added or self.before or self.command)


@lean_value(frozen=True)
class ExportedRequest:
    """One request. Its texts hold `{{NAME}}` where a variable stands."""

    does: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    """Without the token."""
    token: Token | str | None
    """From the environment, a text that is no secret, or none."""
    body: str | None
    raw: bytes | None
    """The body where it is no text."""
    keeps: str
    """The variable for the id of the resource that it creates."""
    simultaneous: bool
    claims: tuple[Claim, ...] = ()
    recorded: SentRequest | None = None

    @property
    def creates(self) -> bool:
        """Whether it may create a resource that has to be deleted."""
        return self.recorded is not None and self.recorded.role == "create"

    @property
    def accepted_token(self) -> str:
        """The variable of a token that the target must know, where 401 was not its response in the run."""
        if not isinstance(self.token, Token) or self.token.is_changed:
            return ""
        is_refused = self.recorded is not None and self.recorded.status == _TOKEN_REFUSED
        return "" if is_refused else self.token.variable


@lean_value(frozen=True)
class ExportedStory:
    """The requests of one finding, or of a story without one."""

    name: str
    """Unique in the file, a name in every language."""
    title: str
    notes: tuple[str, ...]
    requests: tuple[ExportedRequest, ...]
    secrets: tuple[str, ...] = ()
    """The variables for secrets that it sends."""
    finding: Finding | None = None

    @property
    def further_tokens(self) -> tuple[str, ...]:
        """The variables of the tokens that it needs beside that of STOREPACT_TOKEN."""
        tokens = [request.token.variable for request in self.requests if isinstance(request.token, Token)]
        return tuple(sorted({*tokens} - {TOKEN_VARIABLE}))

    @property
    def has_claims(self) -> bool:
        """Whether anything is claimed about a response."""
        return any(request.claims for request in self.requests)


@lean_value(frozen=True)
class ExportSource:
    """The run that stories come from."""

    record: Record
    id_member: str
    list_member: str
    headers: tuple[tuple[str, str], ...] = ()
    """The headers that every request of the API has."""

    @property
    def base_url(self) -> str:
        """Where the files send their requests, unless STOREPACT_TARGET says otherwise."""
        is_mock = self.record.target == MOCK_TARGET or "://" not in self.record.base_url
        return MOCK_URL if is_mock else self.record.base_url

    def fill(self, template: str, further: Mapping[str, str]) -> str:
        """The text that a file begins with, its `@NAMES@` replaced: those of the run, and further ones."""
        values = {
            "@BASE_URL@": self.base_url,
            "@ID_MEMBER@": self.id_member,
            "@LIST_MEMBER@": self.list_member,
            "@STARTED@": self.record.started,
            **further,
        }
        for name, value in values.items():
            template = template.replace(name, value)
        return template


@dataclass
class _Variables:
    """The variables of one story."""

    ids: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def add_id(self, identifier: str) -> str:
        return self.ids.setdefault(identifier, _letters(len(self.ids)))

    def add_secret(self, name: str) -> str:
        return self.secrets.setdefault(name, f"STOREPACT_SECRET_{len(self.secrets) + 1}")

    def in_text(self, text: str) -> str:
        """A text with variables in place of the ids that it holds."""
        for identifier in sorted(self.ids, key=len, reverse=True):
            pattern = rf"(?<![\w-]){re.escape(identifier)}(?![\w-])"
            text = re.sub(pattern, f"{{{{{self.ids[identifier]}}}}}", text)
        return text


def _letters(index: int) -> str:
    return chr(ord("A") + index % 26) + (str(index // 26) if index >= 26 else "")


def stories_of_findings(findings: Sequence[Finding]) -> Iterator[ExportedStory]:
    """The stories of findings; those without requests have none."""
    for finding in findings:
        if finding.requests and not any(request.left_out for request in finding.requests):
            variables = _Variables()
            requests = [_export(request, variables) for request in finding.requests]
            place = place_of_exchange(finding)
            if place is not None:
                requests[place] = _with_claims(requests[place], claims_of(finding, variables.in_text))
            yield ExportedStory(
                f"{finding.code.lower()}_{_word(finding.operation)}_{finding.fingerprint}",
                f"{finding.code} {finding.operation} [{finding.fingerprint}]",
                tuple(filter(None, (finding.rule, f"Recorded: {finding.message}"))),
                tuple(requests),
                tuple(variables.secrets.values()),
                finding,
            )


def place_of_exchange(finding: Finding) -> int | None:
    """The index of the request whose response the finding is about; None if it is none of them."""
    if finding.exchange is None:
        return None
    request, status = finding.exchange.request, finding.exchange.response.status
    about = (request.method, request.path, status)
    for index in range(len(finding.requests) - 1, -1, -1):
        recorded = finding.requests[index]
        if (recorded.method, recorded.path, recorded.status) == about:
            return index
    return None


def stories_of_run(stories: Sequence[RecordedStory]) -> Iterator[ExportedStory]:
    """The stories of tests that passed: each status is as it was recorded."""
    for number, story in enumerate(stories, 1):
        if not any(request.left_out for request in story.requests):
            variables = _Variables()
            requests = [
                _with_claims(_export(request, variables), claims_of_steps(steps))
                for steps in _moments(story.requests)
                for request in steps
            ]
            name = f"story_{number}_{_word(story.name)}"
            yield ExportedStory(name, story.name, (), tuple(requests), tuple(variables.secrets.values()))


def _moments(requests: Sequence[SentRequest]) -> Iterator[list[SentRequest]]:
    """The requests of a story; those that are sent at the same moment together."""
    for is_simultaneous, group in groupby(requests, lambda request: request.simultaneous):
        steps = list(group)
        yield from [steps] if is_simultaneous else ([step] for step in steps)


def _word(text: str) -> str:
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()[:60]


def _with_claims(request: ExportedRequest, claims: Sequence[Claim]) -> ExportedRequest:
    return ExportedRequest(**{**_fields(request), "claims": tuple(claims)})


def _fields(request: ExportedRequest) -> dict[str, Json]:
    return {name: getattr(request, name) for name in request.__dataclass_fields__}


def _export(request: SentRequest, variables: _Variables) -> ExportedRequest:
    path = variables.in_text(request.path)
    body, raw = exported_body(request, variables.add_secret, variables.in_text)
    token = next((value for name, value in request.headers if name.lower() == "authorization"), None)
    keeps = variables.add_id(request.created) if request.created else ""
    return ExportedRequest(
        request.does or f"{request.method} {path.partition('?')[0]}",
        request.method,
        path,
        tuple(
            (name, value)
            for name, value in request.headers
            if name.lower() not in _OWN_HEADERS | {"authorization"}
        ),
        _token(token),
        body,
        raw,
        keeps,
        request.simultaneous,
        recorded=request,
    )


def _token(value: str | None) -> Token | str | None:
    filtered = _FILTERED.fullmatch(value or "")
    if filtered is not None:
        return Token(filtered["name"], command=filtered["command"])
    match = _TOKEN.fullmatch(value or "")
    if match is None:
        return value
    return Token(match["name"], len(match["cut"] or ""), match["added"] or "", match["before"] or "")


def divide(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of a text, each with whether it is the name of a variable."""
    for index, part in enumerate(re.split(r"\{\{(\w+)\}\}", text)):
        yield part, bool(index % 2)
