"""Evidence: all that a check may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from storepact.model.case import PreparedRequest
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation
from storepact.model.finding import Severity
from storepact.model.story import Divergence
from storepact.openapi.document import Document, Operation, ResponseSpec

#: Refusals that belong to HTTP itself, by whatever stands in front of the provider: nobody has to document them.
OF_HTTP = frozenset({408, 411, 413, 414, 417, 421, 426, 429, 431})


@dataclass(frozen=True)
class Evidence:
    """One exchange, what it was for, and what the documents promise about it."""

    prepared: PreparedRequest
    operation: Operation
    exchange: Exchange
    expectation: Expectation
    document: Document
    error_contradiction: Callable[[int, Any], str | None]
    divergences: tuple[Divergence, ...] = ()
    """Where the oracle says that the answer is not what all that was done before makes it."""

    @property
    def status(self) -> int:
        """The response's status; 0 where the connection was cut instead."""
        return self.exchange.response.status

    @property
    def documented_response(self) -> ResponseSpec | None:
        """What the document says about this status; any other refusal has the common form of errors."""
        found = self.operation.response(self.status)
        if self.status in OF_HTTP and self.status != 429:
            return None
        if found is None and 400 <= self.status < 500:
            return self.operation.response(400) or self.operation.response(404)
        return found


@dataclass(frozen=True)
class Observation:
    """What a check has to say; the rest of the finding is known from the evidence."""

    locus: str
    message: str
    expected: str = ""
    actual: str = ""
    pointer: str = ""
    severity: Severity | None = None


@dataclass(frozen=True)
class Check:
    """One rule. `code` is never renumbered and never used again for another rule."""

    code: str
    name: str
    severity: Severity
    rule: str
    look: Callable[[Evidence], Iterator[Observation]]
