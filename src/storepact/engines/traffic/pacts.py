"""Judge traffic by the pacts: the response to a request that an interaction describes is what it relies on.

A provider state that an exchange does not show is no reason for a finding: the interaction is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from storepact.engines.family import Family
from storepact.engines.family_rules import ProviderState
from storepact.engines.pact_mismatches import (
    Mismatch,
    MismatchReader,
    is_optional,
    schema_of_response,
)
from storepact.engines.pact_relay import RelayedExchange
from storepact.engines.traffic.caches import cache
from storepact.engines.traffic.recognize import Recognized
from storepact.model.exchange import Exchange, Headers, Request, Response
from storepact.model.expectation import Expectation
from storepact.model.finding import Finding
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.pacts import Interaction
from storepact.pacts.expected_body import Difference
from storepact.pacts.expected_request import ExpectedRequest, RecordedRequest
from storepact.pacts.expected_response import ExpectedResponse
from storepact.pacts.matchers import Path
from storepact.transport.redaction import Secrets

#: What decides, beside its body, to which of the interactions with its path a request belongs.
_RequestKey = tuple[tuple["_Expected", ...], str, str, Headers]

#: Requests and responses whose comparison with an interaction is cached.
_MOST_COMPARED = 2_000


#: The status of a request beyond a limit: it says nothing about what is relied on.
_LIMITED = 429


@lean_value(frozen=True)
class KnownState:
    """What is known of the resource of a request before it was answered."""

    is_living: bool = False
    is_deleted: bool = False


@lean_value(frozen=True, eq=False)
class _Expected:
    """One interaction, prepared for the exchanges that it is compared with."""

    interaction: Interaction
    request: ExpectedRequest
    response: ExpectedResponse
    foreign_headers: frozenset[str]
    """Headers of the API that it leaves out, maybe on purpose."""
    states: tuple[tuple[ProviderState, str | None], ...]
    """Its provider states, each with the kind of resource that its name mentions."""
    schema: str | None
    """The pointer of the schema that the document has for its response."""
    compared: dict[int, tuple[Difference, ...]] = field(default_factory=dict)
    """Where the last responses, by their hash, were not what is relied on."""


class PactJudge:
    """The interactions of all pacts, by the operations that their requests are sent to."""

    def __init__(
        self, document: Document, family: Family, secrets: Secrets, interactions: Sequence[Interaction]
    ) -> None:
        self._document, self._family, self._secrets = document, family, secrets
        self._secret_members = document.secret_members | family.api.secret_members
        self._by_operation: dict[str, list[_Expected]] = {}
        self._by_path: dict[str, dict[object, _Expected]] = {}
        """By operation, one interaction for each path."""
        self._of_paths: dict[tuple[str, str], tuple[_Expected, ...]] = {}
        self._matched: dict[_RequestKey, tuple[_Expected, ...]] = {}
        for interaction in interactions:
            operation = document.match(interaction.method, interaction.path) if interaction.is_http else None
            if operation is not None and not interaction.pending:
                expected = self._prepare(interaction, operation)
                if expected is not None:
                    self._by_operation.setdefault(operation.id, []).append(expected)

    def _prepare(self, interaction: Interaction, operation: Operation) -> _Expected | None:
        """An interaction prepared; None if a provider state of it is not known, or is of a token."""
        states = []
        for name, _ in interaction.states:
            named = self._family.state_of(name)
            if named is None or named[0].auth is not None:
                return None
            states.append(named)
        described = (parameter.name for parameter in operation.parameters_in("header"))
        own = {name.lower() for name in (*self._family.api.headers, *described)}
        request = ExpectedRequest(interaction)
        return _Expected(
            interaction,
            request,
            ExpectedResponse(interaction),
            frozenset(own - request.header_names),
            tuple(states),
            schema_of_response(self._document, interaction),
        )

    def judge(
        self,
        request: Recognized,
        sent: Request,
        exchange: Exchange,
        expectation: Expectation,
        state: KnownState,
    ) -> Iterator[Finding]:
        """The findings about one exchange; `sent` is its request with the secrets in the clear."""
        response = exchange.response
        examples_count = request.role == "create" or response.status >= 400
        allowed = expectation.statuses | {_LIMITED}
        key = hash((response.status, response.headers, response.body, examples_count))
        for expected in self._candidates(request.operation.id, sent):
            if not self._shows_states(expected, request, exchange, state):
                continue
            mismatches = [
                _mismatch(difference)
                for difference in self._differences(expected, response, key, examples_count=examples_count)
                if difference.part != "status" or difference.actual not in allowed
            ]
            if mismatches:
                yield from self._findings(expected.interaction, request, exchange, expectation, mismatches)

    def _candidates(self, operation: str, sent: Request) -> Sequence[_Expected]:
        """The interactions whose request a sent one is; equal ones are compared once."""
        if operation not in self._by_operation:
            return ()
        path, _, query = sent.path.partition("?")
        key = (self._of_path(operation, path), sent.method, query, sent.headers)
        candidates = self._matched.get(key)
        if candidates is None:
            candidates = cache(self._matched, key, tuple(_with_head(key[0], sent)), _MOST_COMPARED)
        return [expected for expected in candidates if expected.request.has_body(sent)]

    def _of_path(self, operation: str, path: str) -> tuple[_Expected, ...]:
        """The interactions of an operation whose request has a path."""
        key = (operation, path)
        interactions = self._of_paths.get(key)
        if interactions is None:
            groups = self._by_path.get(operation)
            if groups is None:
                groups = self._by_path[operation] = _by_path(self._by_operation[operation])
            fitting = {path_key for path_key, first in groups.items() if first.request.has_path(path)}
            every = self._by_operation[operation]
            of_path = tuple(expected for expected in every if expected.request.path_key in fitting)
            interactions = cache(self._of_paths, key, of_path, _MOST_COMPARED)
        return interactions

    def _differences(
        self, expected: _Expected, response: Response, key: int, *, examples_count: bool
    ) -> tuple[Difference, ...]:
        """Where a response, whose hash is `key`, is not what an interaction relies on."""
        differences = expected.compared.get(key)
        if differences is None:
            every = expected.response.differences(response, examples_count=examples_count)
            counted = tuple(self._that_count(every, expected, response))
            differences = cache(expected.compared, key, counted, _MOST_COMPARED)
        return differences

    def _that_count(
        self, differences: Iterable[Difference], expected: _Expected, response: Response
    ) -> Iterator[Difference]:
        """The differences that the schema does not allow, and that are about no value that was masked."""
        optional: dict[tuple[Path, ...], bool] = {}  # the elements of a list mostly lack the same members
        for difference in differences:
            if not self._secret_members.isdisjoint(difference.path):
                continue
            if difference.is_missing and expected.schema is not None:
                actual = difference.actual
                members = tuple(
                    (*difference.path, name) for name in difference.expected if name not in actual
                )
                if members not in optional:
                    optional[members] = is_optional(self._document, expected.schema, response.json, members)
                if optional[members]:
                    continue
            yield difference

    def _findings(
        self,
        interaction: Interaction,
        request: Recognized,
        exchange: Exchange,
        expectation: Expectation,
        mismatches: list[Mismatch],
    ) -> Iterator[Finding]:
        relayed = RelayedExchange(exchange, expectation.statuses, names_resource=bool(request.identifier))
        reader = MismatchReader(interaction, self._document, self._secrets, relayed, self._family.api)
        _, broken = reader.divide(mismatches, has_resource=True)
        yield from reader.findings(broken)

    def _shows_states(
        self, expected: _Expected, request: Recognized, exchange: Exchange, state: KnownState
    ) -> bool:
        """Whether the provider states of an interaction held when its request was sent."""
        for provider_state, kind in expected.states:
            match provider_state.requires:
                case "resource" if not self._shows_resource(kind, request, exchange, state):
                    return False
                case "deleted" if not state.is_deleted:
                    return False
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


def _by_path(interactions: Iterable[_Expected]) -> dict[object, _Expected]:
    return {expected.request.path_key: expected for expected in interactions}


def _with_head(interactions: Iterable[_Expected], sent: Request) -> Iterator[_Expected]:
    """The interactions whose request a sent one is, whatever its path and body."""
    recorded = RecordedRequest(sent)
    for expected in interactions:
        if expected.foreign_headers.isdisjoint(recorded.headers) and expected.request.has_head(recorded):
            yield expected


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
