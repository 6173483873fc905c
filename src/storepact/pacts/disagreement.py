"""A place where a pact and the document differ, and the two side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from storepact.model.exchange import MASK
from storepact.model.finding import Finding, Severity
from storepact.openapi.document import Document, Operation
from storepact.pacts.contract import REQUEST, RESPONSE, Interaction

CODE, CHECK, RULE = "SP402", "pact_fits_the_document", "What a consumer sends and relies on is described."


class Level(StrEnum):
    """How bad a disagreement is, worst first."""

    ERROR = "error"
    """Document and pact contradict each other: no provider can keep both."""
    WARNING = "warning"
    """A provider that keeps the document may break this consumer."""
    NOTE = "note"
    """They differ, and nobody is hurt."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Level).index(self)


@dataclass(frozen=True)
class Disagreement:
    """One place where a pact and the document differ.

    `place` is a JSON pointer into the pact's file, `pointer` one into the document. `member` is the same place within the
    body, `*` for elements; `rule` is one word for the kind of disagreement.
    """

    interaction: Interaction
    level: Level
    rule: str
    operation: str
    place: str
    pointer: str
    message: str
    expected: str = ""
    actual: str = ""
    locus: str = ""
    reason: str = ""
    """Why the document leaves it open, in its own words."""

    def as_finding(self) -> Finding:
        """The finding that an error is in a run."""
        each = self.interaction
        return Finding(
            code=CODE,
            check=CHECK,
            severity=Severity.ERROR,
            source="document",
            operation=self.operation,
            locus=f"{each.consumer}/{each.label or each.description}/{self.locus} {self.rule}",
            message=f"{each}: {self.message} ({each.file} {self.place})",
            expected=self.expected,
            actual=self.actual,
            rule=RULE,
            pointer=self.pointer,
            consumers=(each.consumer,),
        )


#: Headers that transport and clients add; nobody describes them.
TRANSPORT = frozenset(
    {
        "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding",
        "content-length", "content-type", "cookie", "date", "expires", "host", "keep-alive", "origin", "pragma", "referer",
        "server", "transfer-encoding", "user-agent", "vary", "via",
    }
)  # fmt: skip


#: Query parameters that hold what nobody should see.
_SECRET_NAME = re.compile(r"token|secret|password|credential|api_?key", re.IGNORECASE)


class InteractionComparison:
    """One interaction beside one document."""

    def __init__(self, interaction: Interaction, document: Document) -> None:
        self.interaction, self.document = interaction, document
        self.operation: Operation | None = document.match(interaction.method, interaction.path)
        match = self.operation.path_pattern.match(interaction.path) if self.operation else None
        self.parameters = {name: unquote(value) for name, value in match.groupdict().items()} if match else {}
        self.succeeds = 200 <= interaction.status < 300
        sides = (interaction.body(REQUEST), interaction.body(RESPONSE))
        self._secrets = frozenset(text for body in sides for text in _secrets(body, document.secret_members))

    def said(
        self,
        level: Level,
        rule: str,
        place: str,
        pointer: str,
        message: str,
        locus: str,
        expected: Any = "",
        actual: Any = "",
        reason: str = "",
    ) -> Disagreement:
        """One disagreement of this interaction; secrets of its examples are not repeated."""
        operation = (
            self.operation.id if self.operation else f"{self.interaction.method} {self.interaction.path}"
        )
        if not self.interaction.is_http:
            operation = ""
        told, seen = (
            each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)
            for each in (expected, actual)
        )
        if self.document.secret_members & set(locus.split("/")) or _SECRET_NAME.search(
            locus.partition("?")[2]
        ):
            message, seen = message.replace(seen, MASK).replace(str(actual), MASK), MASK
        for secret in self._secrets:
            message, seen = message.replace(secret, MASK), seen.replace(secret, MASK)
        return Disagreement(
            self.interaction,
            level,
            rule,
            operation,
            place,
            pointer,
            message,
            told[:200],
            seen[:200],
            locus,
            reason,
        )


def _secrets(body: Any, names: Collection[str]) -> Iterator[str]:
    """The texts that stand for secrets in an example."""
    if isinstance(body, Mapping):
        for name, value in body.items():
            yield from _texts(value) if name in names else _secrets(value, names)
    elif isinstance(body, list):
        for each in body:
            yield from _secrets(each, names)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)
    elif len(str(value)) >= 3 and not isinstance(value, bool) and value is not None:
        yield str(value)


def readings(value: str) -> list[Any]:
    """What the text of a header or parameter may stand for."""
    found: list[Any] = [value]
    if re.fullmatch(r"-?\d{1,30}", value):
        found.append(int(value))
    elif re.fullmatch(r"-?\d{1,30}\.\d{1,30}", value):
        found.append(float(value))
    elif value in ("true", "false"):
        found.append(value == "true")
    return found


def described_as(document: Document, *pointers: str) -> str:
    """The document's own words about a place, if it has any."""
    for pointer in pointers:
        node = document.at(pointer)
        if isinstance(node, Mapping) and isinstance(node.get("description"), str):
            return " ".join(node["description"].split())[:200]
    return ""
