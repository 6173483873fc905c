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

from storepact.model.errors import PactUnusable
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
            return tuple(
                (providerState["name"], providerState.get("params") or {})
                for providerState in self.raw["providerStates"] or ()
            )
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
        """The example path, without a query that may be written behind it."""
        return str(self.raw.get(REQUEST, {}).get("path", "/")).partition("?")[0]

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The example query, in order."""
        request = self.raw.get(REQUEST, {})
        told = request.get("query") or str(request.get("path", "")).partition("?")[2]
        if isinstance(told, str):
            return tuple(parse_qsl(told.removeprefix("?"), keep_blank_values=True))
        return tuple(
            (name, str(value))
            for name, values in dict(told).items()
            for value in (values if isinstance(values, list) else [values])
        )

    @property
    def status(self) -> int:
        """The status relied on."""
        return int(self.raw.get(RESPONSE, {}).get("status", 200))

    def body(self, side: str) -> Any:
        """The example body of `request` or `response`; `NO_BODY` if there is none, None if it is to be empty."""
        part = self.raw.get(side, {})
        if "body" not in part or (side == REQUEST and part["body"] is None):
            return NO_BODY
        body = part["body"]
        if not self.version.startswith("4") or body is None:
            return body
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
        return {
            name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            for name, value in found.items()
        }

    @cached_property
    def _rules(self) -> dict[str, Rules]:
        return {
            side: rules_of(self.raw.get(side, {}).get("matchingRules"), self.version)
            for side in (REQUEST, RESPONSE)
        }

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
    about_messages: bool = False
    """A pact of specification 3 that holds messages only."""


def load_contract(path: Path) -> Contract:
    """Read a pact of specification 1, 2, 3 or 4.

    Raises:
        PactUnusable: not readable, not JSON, not a pact.

    """
    try:
        text = path.read_text(encoding="utf-8-sig")
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
    except ValueError as error:
        raise PactUnusable(path, f"is not JSON: {error}") from None
    except RecursionError:
        raise PactUnusable(path, "is nested too deeply to be read") from None
    try:
        return _contract(document, path.name)
    except _NoPact as error:
        raise PactUnusable(path, f"is not a pact: {error}") from None


class _NoPact(Exception):
    """What is wrong with a document that is JSON."""


def _contract(document: Any, file: str) -> Contract:
    if not isinstance(document, dict):
        raise _NoPact("it is no JSON object")
    consumer, provider = (_name_of(document, each) for each in ("consumer", "provider"))
    metadata = document.get("metadata")
    version = _version(metadata if isinstance(metadata, dict) else {})
    raw = document.get("interactions") or ()
    if not isinstance(raw, list | tuple):
        raise _NoPact("`interactions` is no array")
    found = tuple(
        _interaction(each, index, consumer, provider, version, file) for index, each in enumerate(raw)
    )
    return Contract(
        consumer, provider, version, _labelled(found), file, bool(document.get("messages")) and not found
    )


def _name_of(document: Mapping[str, Any], party: str) -> str:
    told = document.get(party)
    name = told.get("name") if isinstance(told, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise _NoPact(f"it has no `{party}` with a `name`")
    return _plain(name)


def _interaction(raw: Any, index: int, consumer: str, provider: str, version: str, file: str) -> Interaction:
    if not isinstance(raw, dict) or not isinstance(raw.get("description"), str):
        raise _NoPact(f"/interactions/{index} is no object with a `description`")
    each = Interaction(consumer, provider, _plain(raw["description"]), index, raw, version, file)
    if not each.is_http:
        return each
    for side in (REQUEST, RESPONSE):
        if not isinstance(raw.get(side), dict):
            raise _NoPact(f"/interactions/{index} has no object `{side}`")
    status = raw[RESPONSE].get("status", 200)
    if not isinstance(status, int) or isinstance(status, bool):
        raise _NoPact(f"/interactions/{index}/response/status is {status!r}, not a number")
    try:
        _ = (each.states, each.method, each.path, each.query, each.rules(REQUEST), each.rules(RESPONSE))
        _ = [(each.body(side), each.headers(side)) for side in (REQUEST, RESPONSE)]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise _NoPact(
            f"states, query, headers, body or matching rules of /interactions/{index} are not as they must be"
        ) from None
    return each


def _plain(text: str) -> str:
    """A name that a terminal and a report can show: no control characters, and not endless."""
    text = "".join(each if each.isprintable() else " " for each in text).strip()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_LONGEST = 200


def _version(metadata: Mapping[str, Any]) -> str:
    told = metadata.get("pactSpecification") or metadata.get("pact-specification")
    version = str(
        (told.get("version") if isinstance(told, dict) else None)
        or metadata.get("pactSpecificationVersion")
        or "2.0.0"
    )
    if version[:1] not in "1234":
        raise _NoPact(f"specification {version} is not known; 1 to 4 are")
    return version


def _labelled(interactions: tuple[Interaction, ...]) -> tuple[Interaction, ...]:
    """Told apart by their states where they have one description."""
    seen = Counter(each.description for each in interactions)
    labels = [
        f"{interaction.description} given {_plain(' and '.join(name for name, _ in interaction.states))}"
        if seen[interaction.description] > 1 and interaction.states
        else interaction.description
        for interaction in interactions
    ]
    return tuple(replace(each, label=label) for each, label in zip(interactions, labels, strict=True))


def load_contracts(folder: Path) -> tuple[Contract, ...]:
    """Every pact in a folder, by file name; `accepted.json` is none. A file is a folder of one.

    Raises:
        PactUnusable: one of them cannot be used, or the folder is not there.

    """
    if folder.is_file():
        return (load_contract(folder),)
    if not folder.is_dir():
        raise PactUnusable(folder, "is not a folder; give the one that holds your pacts with --contracts")
    found = [load_contract(path) for path in sorted(folder.glob("*.json")) if path.name != "accepted.json"]
    several = Counter(each.consumer for each in found)
    return tuple(
        replace(
            each,
            interactions=tuple(
                replace(interaction, shared=several[each.consumer] > 1) for interaction in each.interactions
            ),
        )
        for each in found
    )
