"""Contracts as frozen values. `read` makes them from the text of pacts."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import parse_qsl

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.pacts.matchers import Rules
from storepact.pacts.rules import parse_rules

NO_BODY = object()
"""Stands for the body of a side that names none."""

BINARY = object()
"""Stands for a body that is no text."""

#: The type of interactions that are a request and a response.
HTTP = "Synchronous/HTTP"

#: The sides of an interaction.
REQUEST, RESPONSE = "request", "response"


@lean_value(frozen=True)
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

    @cached_property
    def states(self) -> tuple[tuple[str, Mapping[str, Json]], ...]:
        """Name and parameters of each provider state."""
        if "providerStates" in self.raw:
            return tuple(
                (state, {}) if isinstance(state, str) else (state["name"], state.get("params") or {})
                for state in self.raw["providerStates"] or ()
            )
        name = self.raw.get("providerState") or self.raw.get("provider_state")
        return ((name, {}),) if name else ()

    @cached_property
    def kind(self) -> str:
        """What it is about, as specification 4 names it."""
        return sys.intern(str(self.raw.get("type") or HTTP))

    @cached_property
    def is_http(self) -> bool:
        """Whether it is a request with a response, and not a message."""
        return self.kind == HTTP

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

    @cached_property
    def method(self) -> str:
        """The HTTP method in upper case."""
        return sys.intern(str(self.raw.get(REQUEST, {}).get("method", "GET")).upper())

    @cached_property
    def path(self) -> str:
        """The example path without a query."""
        return str(self.raw.get(REQUEST, {}).get("path", "/")).partition("?")[0]

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Name and value of each example query parameter, in order."""
        request = self.raw.get(REQUEST, {})
        query = request.get("query") or str(request.get("path", "")).partition("?")[2]
        if not query:
            return ()
        if isinstance(query, str):
            return tuple(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
        return tuple(
            (name, _text_of(value))
            for name, values in dict(query).items()
            for value in (values if isinstance(values, list) else [values])
        )

    @cached_property
    def status(self) -> int:
        """The status that the consumer relies on."""
        return int(self.raw.get(RESPONSE, {}).get("status", 200))

    def body(self, side: str) -> Json:
        """The example body of `request` or `response`: JSON, or a text, where it is none.

        `NO_BODY` if there is none, None to be empty (or JSON's null), `BINARY` if it is no text.
        """
        part = self.raw.get(side, {})
        if "body" not in part or (side == REQUEST and part["body"] is None):
            return NO_BODY
        body = part["body"]
        if self.version[:1] == "4" and body is not None:
            if not isinstance(body, Mapping) or "content" not in body:
                return NO_BODY
            body = _content_of(body)
        return None if body == "" and side == RESPONSE else body

    def content_type(self, side: str) -> str:
        """The media type of the body of `request` or `response`, as the pact has it; empty if it has none."""
        for name, value in self.headers(side).items():
            if name.lower() == "content-type":
                if value:
                    return value
                break
        body = self.raw.get(side, {}).get("body")
        is_wrapped = self.version[:1] == "4" and isinstance(body, Mapping)
        return str(body.get("contentType") or "") if is_wrapped else ""

    def headers(self, side: str) -> dict[str, str]:
        """The example headers of `request` or `response` by name; several values are joined by commas."""
        headers = self.raw.get(side, {}).get("headers")
        if not headers:
            return {}
        return {
            name: ", ".join(map(_text_of, value)) if isinstance(value, list) else _text_of(value)
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
        if self.version[:1] == "4" and members[:1] == ("body",):
            members = ("body", "content", *members[1:])
        start = f"/interactions/{self.index}/{side}"
        return "/".join((start, *members)) if members else start


def _text_of(value: Json) -> str:
    """A value of a header or parameter as a text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _content_of(body: Mapping[str, Json]) -> Json:
    """The content of a body of specification 4, decoded."""
    content, encoding = body["content"], body.get("encoded")
    if not encoding or not isinstance(content, str) or not content:
        return content
    if str(encoding).lower() == "base64":
        try:
            content = base64.b64decode(content, validate=True).decode()
        except UnicodeDecodeError:
            return BINARY
    return json.loads(content) if "json" in str(body.get("contentType") or "json") else content


@lean_value(frozen=True)
class Unusable:
    """An interaction of a pact that cannot be read, and why."""

    pointer: str
    description: str
    problem: str


@lean_value(frozen=True)
class Contract:
    """One pact file."""

    consumer: str
    provider: str
    version: str
    interactions: tuple[Interaction, ...]
    file: str
    about_messages: bool = False
    """Whether it is a pact of specification 3 that holds messages only."""
    messages: int = 0
    """How many messages a pact of specification 3 holds beside its interactions."""
    unusable: tuple[Unusable, ...] = ()
    """The interactions that cannot be read."""
    ignored: tuple[Interaction, ...] = ()
    """The interactions of a type that no specification defines."""
