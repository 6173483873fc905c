"""Groups of findings with one subject, and what the rules that merge groups may ask about them."""

from __future__ import annotations

import json
from functools import cached_property

from storepact.model.exchange import BODY_LIMIT
from storepact.model.flaw import PATH_RULES, FlawKind, Subject, SubjectKind
from storepact.model.values import lean_value
from storepact.record.values import Finding

#: Checks that compare a response with earlier steps.
STORY = frozenset({"SP302", "SP601", "SP602", "SP603", "SP605", "SP606", "SP610", "SP611", "SP612", "SP613"})

#: Flaws of the status of a response.
_OF_STATUS = frozenset(
    {FlawKind.CRASH, FlawKind.STATUS, FlawKind.REFUSED, FlawKind.GONE, FlawKind.UNREADABLE}
    | {flaw for flaw in FlawKind if flaw.startswith("accepted")}
)

_WITH_BODY = ("POST", "PATCH", "PUT")


@lean_value(frozen=True)
class FindingView:
    """A finding, and what follows from its fields."""

    finding: Finding

    @property
    def code(self) -> str:
        """The code of the check."""
        return self.finding.code

    @property
    def operation(self) -> str:
        """The operationId."""
        return self.finding.operation

    @property
    def member(self) -> str:
        """The member or header that it is about; empty for the whole."""
        return self.finding.member

    @property
    def flaw(self) -> FlawKind | None:
        """In which way the response is wrong."""
        return self.finding.flaw

    @cached_property
    def subject(self) -> Subject:
        """What it is about; a finding of an older record is about the cause that it was recorded with."""
        recorded = self.finding.subject
        if recorded is None:
            return Subject(SubjectKind.CHECK, rule=self.finding.cause or self.finding.fingerprint)
        return Subject(
            recorded.kind,
            recorded.code,
            recorded.operation,
            recorded.member,
            recorded.rule,
            recorded.status,
            recorded.expected_status,
        )

    @property
    def method(self) -> str:
        """The method of the request; empty where there is no exchange."""
        exchange = self.finding.exchange
        return "" if exchange is None else exchange.request.method

    @property
    def sent(self) -> str:
        """The body of the request, cut where it is long; empty where there is none."""
        exchange = self.finding.exchange
        return "" if exchange is None else exchange.request.body or ""

    @property
    def status(self) -> str:
        """The status of the response; empty where there is no exchange."""
        exchange = self.finding.exchange
        return "" if exchange is None else str(exchange.response.status)

    @property
    def wrong_status(self) -> str:
        """The status of the response, where that is what is wrong; else empty."""
        return self.status if self.flaw in _OF_STATUS else ""

    @cached_property
    def is_refusal(self) -> bool:
        """Whether the response has the form of an error, whatever its status."""
        exchange = self.finding.exchange
        try:
            value = json.loads(exchange.response.body) if exchange is not None else None
        except ValueError:
            return False
        return isinstance(value, dict) and {"code", "message"} <= value.keys()

    @cached_property
    def sends_no_structure(self) -> bool:
        """Whether the body of the request is no JSON object or array, as far as it is on record."""
        if not self.sent:
            return self.method in _WITH_BODY
        try:
            return not isinstance(json.loads(self.sent), dict | list)
        except ValueError:
            return len(self.sent) <= BODY_LIMIT  # of a longer one only a part is on record

    @property
    def is_valid_request(self) -> bool:
        """Whether the request keeps every documented rule."""
        return not self.finding.request_flaws

    @property
    def request_rule(self) -> str:
        """The first word of the rule that decides what the response has to be: `body`, `patch`, `id`, …"""
        return next(iter(self.finding.request_flaws), "").partition(" ")[0]

    @property
    def breaks_path_rule(self) -> bool:
        """Whether the request is aimed at a wrong place, whatever else is wrong with it."""
        return any(rule.partition(" ")[0] in PATH_RULES for rule in self.finding.request_flaws)


@lean_value(frozen=True)
class Group:
    """Findings with one cause, as far as is known."""

    subject: Subject
    views: tuple[FindingView, ...]

    def with_views(self, more: tuple[FindingView, ...]) -> Group:
        """The same cause, with further findings."""
        return Group(self.subject, self.views + more)

    @property
    def kind(self) -> str:
        """The kind of the subject, or the code of the check that alone is about it."""
        return self.subject.code or str(self.subject.kind)

    @property
    def member(self) -> str:
        """The member, header or other place that the subject is about."""
        return self.subject.member

    @cached_property
    def parent(self) -> str:
        """The object that holds the member; empty for members at the top."""
        return self.subject.member.rpartition("/")[0]

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of all checks that report it."""
        return frozenset(view.code for view in self.views)

    @cached_property
    def flaws(self) -> frozenset[FlawKind | None]:
        """The flaws of all its findings."""
        return frozenset(view.flaw for view in self.views)

    @cached_property
    def operations(self) -> frozenset[str]:
        """The operations that show it."""
        return frozenset(view.operation for view in self.views)

    @cached_property
    def places(self) -> frozenset[tuple[str, str]]:
        """The operations and statuses of responses that show it."""
        return frozenset((view.operation, view.status) for view in self.views)

    @cached_property
    def wrong_statuses(self) -> frozenset[str]:
        """The statuses of responses whose status is wrong."""
        return frozenset(view.wrong_status for view in self.views) - {""}
