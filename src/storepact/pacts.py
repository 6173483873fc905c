"""Contracts as frozen values, and their comparison with the fragment: no target, no pact library."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storepact.errors import PactUnusable
from storepact.model.finding import Finding, Severity
from storepact.spec.fragment import Fragment, Operation, is_json
from storepact.spec.validators import Violation, compiled
from storepact.spec.variants import Variant, variants_of
from storepact.spec.yaml import escape

NO_BODY = object()


@dataclass(frozen=True)
class Interaction:
    """One thing that a consumer relies on. `raw` is its JSON as it stands in the pact; `index` its place there."""

    consumer: str
    provider: str
    description: str
    index: int
    raw: Mapping[str, Any]
    version: str
    file: str

    def __str__(self) -> str:
        return f"{self.consumer}: {self.description}"

    @property
    def states(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """Names and parameters of the provider states."""
        if "providerStates" in self.raw:
            return tuple((each["name"], each.get("params") or {}) for each in self.raw["providerStates"] or ())
        old = self.raw.get("providerState") or self.raw.get("provider_state")
        return ((old, {}),) if old else ()

    @property
    def method(self) -> str:
        """The verb, upper case."""
        return str(self.raw.get("request", {}).get("method", "GET")).upper()

    @property
    def path(self) -> str:
        """The example path."""
        return str(self.raw.get("request", {}).get("path", "/"))

    @property
    def status(self) -> int:
        """The status relied on."""
        return int(self.raw.get("response", {}).get("status", 200))

    def body(self, side: str) -> Any:
        """The example body of `request` or `response`; `NO_BODY` if there is none."""
        part = self.raw.get(side, {})
        if "body" not in part:
            return NO_BODY
        body = part["body"]
        if self.version.startswith("4"):
            if not isinstance(body, Mapping) or "content" not in body:
                return NO_BODY
            return body["content"]
        return body

    def headers(self, side: str) -> dict[str, str]:
        """The example headers of `request` or `response`."""
        found = self.raw.get(side, {}).get("headers") or {}
        return {name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in found.items()}


@dataclass(frozen=True)
class Contract:
    """One pact file."""

    consumer: str
    provider: str
    version: str
    interactions: tuple[Interaction, ...]
    file: str


def load_contract(path: Path) -> Contract:
    """Read a pact of specification 2, 3 or 4.

    Raises:
        PactUnusable: not readable, not JSON, not a pact.

    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PactUnusable(path, f"cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise PactUnusable(path, f"is not JSON: {error}") from None
    try:
        consumer, provider = document["consumer"]["name"], document["provider"]["name"]
        raw = document.get("interactions")
        if raw is None and "messages" in document:
            raise PactUnusable(path, "is a pact about messages; this API speaks HTTP")
        version = str((document.get("metadata", {}).get("pactSpecification") or {}).get("version", "2.0.0"))
        interactions = tuple(
            Interaction(consumer, provider, str(each["description"]), index, each, version, path.name)
            for index, each in enumerate(raw or ())
        )
        for each in interactions:
            _ = (each.states, each.method, each.path, each.status, each.body("request"), each.headers("request"))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PactUnusable(path, f"is not a pact: {type(error).__name__} at {error}") from None
    return Contract(consumer, provider, version, interactions, path.name)


def load_contracts(folder: Path) -> tuple[Contract, ...]:
    """Every pact in a folder, by file name; `accepted.json` is none.

    Raises:
        PactUnusable: one of them cannot be used, or the folder is not there.

    """
    if not folder.is_dir():
        raise PactUnusable(folder, "is not a folder; give the one that holds your pacts with --contracts")
    return tuple(load_contract(path) for path in sorted(folder.glob("*.json")) if path.name != "accepted.json")


def disagreements(interaction: Interaction, fragment: Fragment) -> Iterator[Finding]:
    """Where an interaction relies on something that the fragment does not describe, or sends what it does not allow."""
    operation = fragment.match(interaction.method, interaction.path)
    if operation is None:
        paths = [each for each in fragment.operations.values() if each.path_pattern.match(interaction.path)]
        what = f"the path has no {interaction.method}" if paths else f"there is no path like {interaction.path}"
        yield _finding(
            interaction, "", "request", what, "a described operation", f"{interaction.method} {interaction.path}", "/paths"
        )
        return
    variant = _variant(interaction, operation, fragment)
    if 200 <= interaction.status < 300:
        yield from _request(interaction, operation, fragment, variant)
    yield from _response(interaction, operation, fragment)


def _variant(interaction: Interaction, operation: Operation, fragment: Fragment) -> Variant:
    match = operation.path_pattern.match(interaction.path.partition("?")[0])
    values = match.groupdict() if match else {}
    found = variants_of(fragment, operation)
    return next((each for each in found if each.parameter and values.get(each.parameter) == each.value), Variant())


def _request(interaction: Interaction, operation: Operation, fragment: Fragment, variant: Variant) -> Iterator[Finding]:
    headers = {name.lower(): value for name, value in interaction.headers("request").items()}
    for parameter in operation.named("header"):
        value = headers.get(parameter.name.lower())
        if value is None and parameter.required:
            message = f"the required header {parameter.name} is not sent"
            yield _finding(
                interaction, operation.id, f"request {parameter.name}", message, parameter.name, "absent", parameter.pointer
            )
        elif value is not None and not compiled(fragment, f"{parameter.pointer}/schema").fits(value):
            message = f"the header {parameter.name} is {value!r}"
            yield _finding(
                interaction, operation.id, f"request {parameter.name}", message, str(parameter.schema), value, parameter.pointer
            )
    body = interaction.body("request")
    if operation.body_pointer is None:
        return
    if body is NO_BODY:
        if operation.body_required:
            yield _finding(
                interaction, operation.id, "request body", "the required body is not sent", "a body", "none", operation.body_pointer
            )
        return
    for violation in compiled(fragment, operation.body_pointer, variant.overrides).violations(body):
        yield _violated(interaction, operation, "request", violation)


def _response(interaction: Interaction, operation: Operation, fragment: Fragment) -> Iterator[Finding]:
    described = operation.response(interaction.status)
    if described is None:
        known = ", ".join(operation.responses)
        message = f"relies on {interaction.status}, which is not described"
        pointer = f"{operation.pointer}/responses"
        yield _finding(
            interaction, operation.id, f"response {interaction.status}", message, known, str(interaction.status), pointer
        )
        return
    body = interaction.body("response")
    if body is NO_BODY or body is None:
        return
    schema = next((each for media, each in described.content.items() if is_json(media)), None)
    if schema is None:
        yield _finding(
            interaction,
            operation.id,
            "response body",
            "relies on a body where none is described",
            "no body",
            "a body",
            described.pointer,
        )
        return
    for violation in compiled(fragment, schema).violations(body):
        # a pact says what is relied on, no more: members that it leaves out are no disagreement
        if violation.keyword not in ("required", "minItems", "minProperties"):
            yield _violated(interaction, operation, "response", violation)


def _violated(interaction: Interaction, operation: Operation, side: str, violation: Violation) -> Finding:
    message = f"{side} {violation.place or 'body'}: {violation.message}"
    expected = "" if violation.expected is None else f"{violation.keyword}: {violation.expected}"
    return _finding(
        interaction, operation.id, f"{side} {violation.locus}", message, expected, repr(violation.value)[:120], violation.pointer
    )


def _finding(
    interaction: Interaction, operation: str, locus: str, message: str, expected: str, actual: str, pointer: str
) -> Finding:
    where = f"{interaction.file} interaction {interaction.index}"
    return Finding(
        code="SP402",
        check="pact_fits_the_document",
        severity=Severity.ERROR,
        source="document",
        operation=operation,
        locus=f"{interaction.consumer}/{interaction.description}/{locus}",
        message=f"{interaction} ({where}): {message}",
        expected=expected,
        actual=actual,
        rule="What a consumer sends and relies on is described.",
        pointer=pointer,
        consumers=(interaction.consumer,),
    )


def consumers_of(contracts: tuple[Contract, ...], fragment: Fragment, operation: str, locus: str) -> tuple[str, ...]:
    """The consumers whose pacts touch an operation, and the member that a finding's locus names, if it names one."""
    place = re.search(r"^(\d{3}) (/[^ ]*)", locus)
    status, member = (int(place.group(1)), place.group(2)) if place else (None, None)
    hurt = set()
    for contract in contracts:
        for each in contract.interactions:
            found = fragment.match(each.method, each.path)
            if found is None or found.id != operation or (status is not None and each.status != status):
                continue
            if member is None or member in ("", "/") or _relies(each.body("response"), member.split("/")[1:]):
                hurt.add(contract.consumer)
    return tuple(sorted(hurt))


def _relies(body: Any, tokens: list[str]) -> bool:
    """Whether an example body has the member, or something above or below it stands for it."""
    if not tokens:
        return True
    head, rest = tokens[0], tokens[1:]
    if isinstance(body, Mapping):
        names = {escape(name): value for name, value in body.items()}
        return head in names and _relies(names[head], rest)
    if isinstance(body, list):
        return any(_relies(each, rest) for each in body) if head == "*" else False
    return False
