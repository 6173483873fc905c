"""Evidence: what a check may look at, what it reports, and the row that every check has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from storepact.checks.explanations import EXPLANATIONS, Explanation
from storepact.model.api import Api
from storepact.model.case import PreparedRequest
from storepact.model.exchange import NOT_JSON, BodyFlaw, Exchange
from storepact.model.expectation import Expectation
from storepact.model.finding import Severity
from storepact.model.flaw import FlawKind, Subject
from storepact.model.story import Divergence
from storepact.model.values import lean_value
from storepact.openapi.document import Document, is_json
from storepact.openapi.operation import Operation, ResponseSpec
from storepact.openapi.validators import Violation, compile_schema

#: Refusals that belong to HTTP itself, by a server in front of the provider: they need not be documented.
OF_HTTP = frozenset({408, 411, 413, 414, 417, 421, 426, 429, 431})

#: What may be a number with a fraction or an exponent; inside of a text it may be anything else.
_FLOAT = re.compile(rb"[:\[,\s]-?[0-9]+(?:\.[0-9]|[eE])")


@lean_value(frozen=True)
class Evidence:
    """One exchange, the request that was prepared for it, and what the documents promise about it."""

    prepared: PreparedRequest
    operation: Operation
    exchange: Exchange
    expectation: Expectation
    document: Document
    api: Api
    divergences: tuple[Divergence, ...] = ()
    """Where the response differs from what the oracle predicted from earlier steps."""

    @property
    def status(self) -> int:
        """The response's status; 0 where the connection was cut instead."""
        return self.exchange.response.status

    @cached_property
    def documented_response(self) -> ResponseSpec | None:
        """What the document says about this status; any other refusal has the common form of errors."""
        described = self.operation.response(self.status)
        if self.status in OF_HTTP and self.status != 429:
            return None
        if described is None and 400 <= self.status < 500:
            return self.operation.response(400) or self.operation.response(404)
        return described

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        """Where the body is not as the schema of the response describes it, once for each locus."""
        described, response = self.documented_response, self.exchange.response
        if described is None or not described.content or response.json is NOT_JSON:
            return ()
        if response.flaw is BodyFlaw.CONSTANT:
            return ()  # the numbers have no value that a schema could be about
        pointer = next((schema for media, schema in described.content.items() if is_json(media)), None)
        if pointer is None:
            return ()
        first: dict[str, Violation] = {}
        validator = compile_schema(self.document, pointer)
        violations = validator.violations(response.json)
        if _FLOAT.search(response.body):
            violations += validator.violations_by_spelling(response.json)
        for violation in violations:
            first.setdefault(violation.locus, violation)
        return tuple(first.values())

    @property
    def request_flaws(self) -> tuple[str, ...]:
        """The documented rules that the request breaks or may break, the deciding one first."""
        rules = (self.expectation.rule, *(flaw.rule for flaw in self.expectation.flaws))
        return tuple(dict.fromkeys(rule for rule in rules if rule))

    @property
    def refusal(self) -> str:
        """The error message in the response, cut at 160 characters; empty if it has none."""
        body = self.exchange.response.json
        message = body.get("message") if isinstance(body, dict) else None
        return message[:160] if isinstance(message, str) else ""


@lean_value(frozen=True)
class Observation:
    """What a check reports; the rest of the finding is known from the exchange.

    `locus` is the stable place of the finding, and part of its fingerprint. `member`, `members`, `value`,
    `allowed` and `refusal` are those of `storepact.model.finding.Finding`; `request_rule` is the documented
    rule that the request breaks, `former_locus` the locus without the member, as earlier versions had it.
    """

    locus: str
    message: str
    flaw: FlawKind
    expected: str = ""
    actual: str = ""
    pointer: str = ""
    severity: Severity | None = None
    member: str = ""
    members: tuple[str, ...] = ()
    value: str = ""
    allowed: tuple[str, ...] = ()
    refusal: str = ""
    request_rule: str = ""
    expected_status: str = ""
    touches: str = ""
    former_locus: str = ""
    right: str = ""


@lean_value(frozen=True)
class Report:
    """An observation, and where it was made: what the subject of a finding is determined from.

    `status` is the one of the response as text, empty where there is none.
    """

    code: str
    operation: str
    status: str
    observation: Observation
    api: Api


@lean_value(frozen=True)
class Check:
    """One rule. `code` is never renumbered and never used again for another rule.

    `judge` reads an exchange; it is None where an engine of its own makes the findings. `subject` determines
    what a finding is about, wherever it shows.
    """

    code: str
    name: str
    severity: Severity
    rule: str
    judge: Callable[[Evidence], Iterator[Observation]] | None
    subject: Callable[[Report], Subject]

    @property
    def explanation(self) -> Explanation:
        """The suite that looks for a violation, and why the rule matters."""
        return EXPLANATIONS[self.code]
