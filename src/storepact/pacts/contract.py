"""Contracts as frozen values. `read` makes them from the text of pacts."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

from storepact.model.tree import Json
from storepact.pacts.matchers import Rules, parse_rules

NO_BODY = object()
"""Stands for the body of a side that names none."""

#: The sides of an interaction.
REQUEST, RESPONSE = "request", "response"


@dataclass(frozen=True)
class Interaction:
    """One request and response that a consumer relies on.

    `raw` is its JSON in the pact; `index` its position in the pact's list of interactions.
    """

    consumer: str
    provider: str
    description: str
    index: int
    raw: Mapping[str, Json]
    version: str
    file: str
    label: str = ""
    """The description; with the provider states if another interaction has the same description."""
    shared: bool = False
    """Whether another contract has the same consumer."""

    def __str__(self) -> str:
        return f"{self.contract}: {self.label or self.description}"

    @property
    def contract(self) -> str:
        """The consumer; with the contract's file if the consumer has several contracts."""
        return f"{self.consumer} in {self.file}" if self.shared else self.consumer

    def __hash__(self) -> int:
        return hash((self.file, self.consumer, self.index))

    @property
    def states(self) -> tuple[tuple[str, Mapping[str, Json]], ...]:
        """Name and parameters of each provider state."""
        if "providerStates" in self.raw:
            return tuple(
                (state["name"], state.get("params") or {}) for state in self.raw["providerStates"] or ()
            )
        name = self.raw.get("providerState") or self.raw.get("provider_state")
        return ((name, {}),) if name else ()

    @property
    def is_http(self) -> bool:
        """Whether it is a request with a response, and not a message."""
        return str(self.raw.get("type", "Synchronous/HTTP")) == "Synchronous/HTTP"

    @property
    def pending(self) -> bool:
        """Whether its failure does not fail the run (specification 4)."""
        return bool(self.raw.get("pending"))

    @property
    def strict_members(self) -> tuple[str, ...]:
        """Members of the response that break the consumer when they change, as its tests recorded them.

        JSON pointers with `*` for elements, in the comment `strict` (specification 4). The consumer may do
        without some of them, so that no matching rule can name them.
        """
        comments = self.raw.get("comments")
        names = comments.get("strict") if isinstance(comments, Mapping) else None
        return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()

    @property
    def method(self) -> str:
        """The HTTP method in upper case."""
        return str(self.raw.get(REQUEST, {}).get("method", "GET")).upper()

    @property
    def path(self) -> str:
        """The example path without a query."""
        return str(self.raw.get(REQUEST, {}).get("path", "/")).partition("?")[0]

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Name and value of each example query parameter, in order."""
        request = self.raw.get(REQUEST, {})
        query = request.get("query") or str(request.get("path", "")).partition("?")[2]
        if isinstance(query, str):
            return tuple(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
        return tuple(
            (name, str(value))
            for name, values in dict(query).items()
            for value in (values if isinstance(values, list) else [values])
        )

    @property
    def status(self) -> int:
        """The status that the consumer relies on."""
        return int(self.raw.get(RESPONSE, {}).get("status", 200))

    def body(self, side: str) -> Json:
        """The example body of `request` or `response`; `NO_BODY` if there is none, None to be empty."""
        part = self.raw.get(side, {})
        if "body" not in part or (side == REQUEST and part["body"] is None):
            return NO_BODY
        body = part["body"]
        if not self.version.startswith("4") or body is None:
            return body
        if not isinstance(body, Mapping) or "content" not in body:
            return NO_BODY
        content, encoding = body["content"], body.get("encoded")
        if encoding and isinstance(content, str):
            text = base64.b64decode(content).decode() if str(encoding).lower() == "base64" else content
            return json.loads(text) if "json" in str(body.get("contentType", "json")) else text
        return content

    def headers(self, side: str) -> dict[str, str]:
        """The example headers of `request` or `response` by name; several values are joined by commas."""
        headers = self.raw.get(side, {}).get("headers") or {}
        return {
            name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            for name, value in headers.items()
        }

    @cached_property
    def _rules(self) -> dict[str, Rules]:
        return {
            side: parse_rules(self.raw.get(side, {}).get("matchingRules"), self.version)
            for side in (REQUEST, RESPONSE)
        }

    def rules(self, side: str) -> Rules:
        """The matching rules of `request` or `response`."""
        return self._rules[side]

    def pointer(self, side: str, *members: str) -> str:
        """A JSON pointer into the pact's file: to a side, or a part of it such as `"headers", "Allow"`."""
        if members[:1] == ("body",) and self.version.startswith("4"):
            members = ("body", "content", *members[1:])
        return "".join(f"/{token}" for token in ("interactions", str(self.index), side, *members))


@dataclass(frozen=True)
class Contract:
    """One pact file."""

    consumer: str
    provider: str
    version: str
    interactions: tuple[Interaction, ...]
    file: str
    about_messages: bool = False
    """Whether it is a pact of specification 3 that holds messages only."""
