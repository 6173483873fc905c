"""Judge traffic by the pacts: the response to a request that an interaction describes is what it relies on.

A provider state that an exchange does not show is no reason for a finding: the interaction is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from storepact.engines.family import Family
from storepact.engines.pact_mismatches import Mismatch, MismatchReader
from storepact.engines.pact_relay import RelayedExchange
from storepact.engines.traffic.recognize import Recognized
from storepact.model.exchange import Exchange, Request
from storepact.model.expectation import Expectation
from storepact.model.finding import Finding
from storepact.openapi.document import Document
from storepact.pacts import Interaction
from storepact.pacts.contract import REQUEST
from storepact.pacts.matching import Difference, RecordedResponses, is_request_of
from storepact.transport.redaction import Secrets


@dataclass(frozen=True)
class KnownState:
    """What is known of the resource of a request before it was answered."""

    is_living: bool = False
    is_deleted: bool = False


class PactJudge:
    """The interactions of all pacts, by the operations that their requests are sent to."""

    def __init__(
        self, document: Document, family: Family, secrets: Secrets, interactions: Sequence[Interaction]
    ) -> None:
        self._document, self._family, self._secrets = document, family, secrets
        self._secret_members = document.secret_members | family.api.secret_members
        self._by_operation: dict[str, list[RecordedResponses]] = {}
        for interaction in interactions:
            operation = document.match(interaction.method, interaction.path) if interaction.is_http else None
            if operation is not None and not interaction.pending:
                self._by_operation.setdefault(operation.id, []).append(RecordedResponses(interaction))

    def judge(
        self,
        request: Recognized,
        sent: Request,
        exchange: Exchange,
        expectation: Expectation,
        state: KnownState,
    ) -> Iterator[Finding]:
        """The findings about one exchange; `sent` is its request with the secrets in the clear."""
        for responses in self._by_operation.get(request.operation.id, ()):
            interaction = responses.interaction
            if not (
                is_request_of(interaction, sent)
                and self._has_no_more_headers(interaction, request, sent)
                and self._shows_states(interaction, request, exchange, state)
            ):
                continue
            differences = responses.differences(
                exchange.response, examples_count=request.role == "create" or exchange.response.status >= 400
            )
            mismatches = [
                _mismatch(difference) for difference in differences if self._counts(difference, expectation)
            ]
            if mismatches:
                yield from self._findings(interaction, request, exchange, expectation, mismatches)

    def _has_no_more_headers(self, interaction: Interaction, request: Recognized, sent: Request) -> bool:
        """Whether no header of the API was sent that the interaction leaves out, maybe on purpose."""
        described = (parameter.name for parameter in request.operation.parameters_in("header"))
        own = {name.lower() for name in (*self._family.api.headers, *described)}
        expected = {name.lower() for name in interaction.headers(REQUEST)}
        return all(name.lower() in expected for name, _ in sent.headers if name.lower() in own)

    def _counts(self, difference: Difference, expectation: Expectation) -> bool:
        """Whether the documents do not allow a status, and a value was not masked."""
        if difference.part == "status":
            return difference.actual not in expectation.statuses
        return self._secret_members.isdisjoint(difference.path)

    def _findings(
        self,
        interaction: Interaction,
        request: Recognized,
        exchange: Exchange,
        expectation: Expectation,
        mismatches: list[Mismatch],
    ) -> Iterator[Finding]:
        relayed = RelayedExchange(
            exchange, expectation.statuses, "", (), creates=False, names_resource=bool(request.identifier)
        )
        reader = MismatchReader(interaction, self._document, self._secrets, relayed, self._family.api)
        _, broken = reader.divide(mismatches, has_resource=True)
        yield from reader.findings(broken)

    def _shows_states(
        self, interaction: Interaction, request: Recognized, exchange: Exchange, state: KnownState
    ) -> bool:
        """Whether the provider states of an interaction held when its request was sent."""
        return all(self._shows_state(name, request, exchange, state) for name, _ in interaction.states)

    def _shows_state(self, name: str, request: Recognized, exchange: Exchange, state: KnownState) -> bool:
        named = self._family.state_of(name)
        if named is None or named[0].auth is not None:
            return False
        provider_state, kind = named
        match provider_state.requires:
            case "resource":
                return self._shows_resource(kind, request, exchange, state)
            case "deleted":
                return state.is_deleted
            case "nothing":
                return False
        return True

    def _shows_resource(
        self, kind: str | None, request: Recognized, exchange: Exchange, state: KnownState
    ) -> bool:
        is_success = 200 <= exchange.response.status < 300
        if request.identifier is not None:
            is_of_kind = kind in (None, request.prepared.case.variant)
            return is_of_kind and (state.is_living or is_success)
        items = self._family.api.resources_in(exchange.response.json) if is_success else None
        return any(
            isinstance(item, Mapping) and (kind is None or kind in item.values()) for item in items or ()
        )


def _mismatch(difference: Difference) -> Mismatch:
    """A difference in the form in which pact's verifier reports it."""
    if difference.part == "status":
        message = f"expected {difference.expected} but was {difference.actual}"
        return _report("StatusMismatch", message, difference)
    if difference.part == "header":
        return {**_report("HeaderMismatch", _message(difference), difference), "key": difference.path[0]}
    return {**_report("BodyMismatch", _message(difference), difference), "path": _expression(difference)}


def _report(kind: str, message: str, difference: Difference) -> dict[str, str]:
    texts = (
        value if isinstance(value, str) and difference.part != "body" else json.dumps(value)
        for value in (difference.expected, difference.actual)
    )
    expected, actual = texts
    return {"type": kind, "mismatch": message, "expected": expected, "actual": actual}


def _message(difference: Difference) -> str:
    expected, actual = json.dumps(difference.expected), json.dumps(difference.actual)
    rule = difference.rule
    if difference.is_missing:
        absent = [name for name in difference.expected if name not in difference.actual]
        return f"Actual map is missing the following keys: {', '.join(absent)}"
    if rule.kind == "regex":
        return f"Expected {actual} to match '{rule.raw['regex']}'"
    if rule.kind == "equality":
        return f"Expected {actual} to be equal to {expected}"
    bounds = "".join(f" with {name} {rule.raw[name]}" for name in ("min", "max") if rule.raw.get(name))
    return f"Expected {actual} to be of the kind `{rule.kind}`{bounds}, as {expected} is"


def _expression(difference: Difference) -> str:
    """The place of a difference as pact writes it."""
    return "$" + "".join(
        f"[{name}]" if name.isdigit() or name == "*" else f"['{name}']" for name in difference.path
    )
