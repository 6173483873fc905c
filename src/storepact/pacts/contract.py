"""Contracts as frozen values: pacts of the specifications 1 to 4, read without the pact library."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from storepact.errors import PactUnusable
from storepact.pacts.matchers import Rules, rules_of

NO_BODY = object()

#: The sides of an interaction.
REQUEST, RESPONSE = "request", "response"


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
    label: str = ""
    """The description, with the provider states where the contract has another interaction of that description."""
    shared: bool = False
    """Whether another contract is of the same consumer."""

    def __str__(self) -> str:
        return f"{self.contract}: {self.label or self.description}"

    @property
    def contract(self) -> str:
        """What tells its contract from others: the consumer, with the file where it has several."""
        return f"{self.consumer} in {self.file}" if self.shared else self.consumer

    def __hash__(self) -> int:
        return hash((self.file, self.consumer, self.index))

    @property
    def states(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """Names and parameters of the provider states."""
        if "providerStates" in self.raw:
            return tuple((each["name"], each.get("params") or {}) for each in self.raw["providerStates"] or ())
        old = self.raw.get("providerState") or self.raw.get("provider_state")
        return ((old, {}),) if old else ()

    @property
    def is_http(self) -> bool:
        """Whether it is a request and its response, and no message."""
        return str(self.raw.get("type", "Synchronous/HTTP")) == "Synchronous/HTTP"

    @property
    def pending(self) -> bool:
        """Whether it may fail for the time being (specification 4)."""
        return bool(self.raw.get("pending"))

    @property
    def method(self) -> str:
        """The verb, upper case."""
        return str(self.raw.get(REQUEST, {}).get("method", "GET")).upper()

    @property
    def path(self) -> str:
        """The example path, without a query."""
        return str(self.raw.get(REQUEST, {}).get("path", "/")).partition("?")[0]

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The example query, in order."""
        told = self.raw.get(REQUEST, {}).get("query") or ()
        if isinstance(told, str):
            return tuple(parse_qsl(told.removeprefix("?"), keep_blank_values=True))
        return tuple(
            (name, str(each)) for name, values in dict(told).items() for each in (values if isinstance(values, list) else [values])
        )

    @property
    def status(self) -> int:
        """The status relied on."""
        return int(self.raw.get(RESPONSE, {}).get("status", 200))

    def body(self, side: str) -> Any:
        """The example body of `request` or `response`; `NO_BODY` if there is none."""
        part = self.raw.get(side, {})
        if "body" not in part:
            return NO_BODY
        body = part["body"]
        if not self.version.startswith("4"):
            return NO_BODY if body is None else body
        if not isinstance(body, Mapping) or "content" not in body:
            return NO_BODY
        content, encoded = body["content"], body.get("encoded")
        if encoded and isinstance(content, str):
            text = base64.b64decode(content).decode() if str(encoded).lower() == "base64" else content
            return json.loads(text) if "json" in str(body.get("contentType", "json")) else text
        return content

    def headers(self, side: str) -> dict[str, str]:
        """The example headers of `request` or `response`."""
        found = self.raw.get(side, {}).get("headers") or {}
        return {name: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in found.items()}

    @cached_property
    def _rules(self) -> dict[str, Rules]:
        return {side: rules_of(self.raw.get(side, {}).get("matchingRules"), self.version) for side in (REQUEST, RESPONSE)}

    def rules(self, side: str) -> Rules:
        """The matching rules of `request` or `response`."""
        return self._rules[side]

    def place(self, side: str, *members: str) -> str:
        """JSON pointer, within the pact's file, of a part of one side: `("body", "name")`, `("headers", "Allow")`."""
        if members[:1] == ("body",) and self.version.startswith("4"):
            members = ("body", "content", *members[1:])
        return "".join(f"/{each}" for each in ("interactions", str(self.index), side, *members))


@dataclass(frozen=True)
class Contract:
    """One pact file."""

    consumer: str
    provider: str
    version: str
    interactions: tuple[Interaction, ...]
    file: str


def load_contract(path: Path) -> Contract:
    """Read a pact of specification 1, 2, 3 or 4.

    Raises:
        PactUnusable: not readable, not JSON, not a pact.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PactUnusable(path, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise PactUnusable(path, f"is not JSON: {error}") from None
    return contract_of(text, path)


def contract_of(text: str, path: Path) -> Contract:
    """The contract in a pact's text; `path` is what it is called.

    Raises:
        PactUnusable: not JSON, not a pact.

    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PactUnusable(path, f"is not JSON: {error}") from None
    try:
        consumer, provider = document["consumer"]["name"], document["provider"]["name"]
        raw = document.get("interactions")
        if raw is None and "messages" in document:
            raise PactUnusable(path, "is a pact about messages; this API speaks HTTP")
        version = _version(document.get("metadata") or {})
        interactions = tuple(
            Interaction(consumer, provider, str(each["description"]), index, each, version, path.name)
            for index, each in enumerate(raw or ())
        )
        for each in interactions:
            _ = (each.states, each.method, each.path, each.query, each.status, each.rules(REQUEST), each.rules(RESPONSE))
            _ = [(each.body(side), each.headers(side)) for side in (REQUEST, RESPONSE)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PactUnusable(path, f"is not a pact: {type(error).__name__} at {error}") from None
    return Contract(consumer, provider, version, _labelled(interactions), path.name)


def _version(metadata: Mapping[str, Any]) -> str:
    told = metadata.get("pactSpecification") or metadata.get("pact-specification") or {}
    return str(told.get("version") or metadata.get("pactSpecificationVersion") or "2.0.0")


def _labelled(interactions: tuple[Interaction, ...]) -> tuple[Interaction, ...]:
    """Told apart by their states where they have one description."""
    seen = Counter(each.description for each in interactions)
    labels = [
        f"{each.description} given {' and '.join(name for name, _ in each.states)}"
        if seen[each.description] > 1 and each.states
        else each.description
        for each in interactions
    ]
    return tuple(replace(each, label=label) for each, label in zip(interactions, labels, strict=True))


def load_contracts(folder: Path) -> tuple[Contract, ...]:
    """Every pact in a folder, by file name; `accepted.json` is none.

    Raises:
        PactUnusable: one of them cannot be used, or the folder is not there.

    """
    if not folder.is_dir():
        raise PactUnusable(folder, "is not a folder; give the one that holds your pacts with --contracts")
    found = [load_contract(path) for path in sorted(folder.glob("*.json")) if path.name != "accepted.json"]
    several = Counter(each.consumer for each in found)
    return tuple(
        replace(each, interactions=tuple(replace(one, shared=several[each.consumer] > 1) for one in each.interactions))
        for each in found
    )
