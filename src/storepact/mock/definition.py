"""A stand-in: provider, front, limits and faults put together, and put together anew while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from storepact.mock.call import MockRequest, MockResponse
from storepact.mock.choices import chosen_values
from storepact.mock.faults import Desk, Fault, chosen
from storepact.mock.limits import Limits
from storepact.mock.router import Provider, Router
from storepact.mock.tokens import Tokens
from storepact.openapi.document import Document


class Resettable(Provider, Protocol):
    """A provider that can be emptied."""

    def clear(self) -> None:
        """Forget everything that was created."""

    def is_secret(self, text: str) -> bool:
        """Whether a text is a secret that somebody stored."""


@dataclass(frozen=True)
class MockDefinition:
    """What a family brings for its stand-in.

    `choices` is a frozen dataclass of `Literal` fields with defaults; `storage` opens a file, or memory for None; `provider`
    takes the tokens, the storage and the choices.
    """

    choices: type
    faults: tuple[Fault, ...]
    storage: Callable[[Path | None], Any]
    provider: Callable[[Tokens, Any, Any], Resettable]
    greeting: str
    """What there is to find, for the first line that the mock prints."""
    start: str
    """A path to try."""


@dataclass
class MockService:
    """One running stand-in. Implements `mock.app.Desk`."""

    kit: MockDefinition
    document: Document
    tokens: Tokens
    storage: Any
    choices: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[str] = ()
    limits: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.configure(self.choices, self.faults, self.limits)

    def configure(self, choices: Mapping[str, str], faults: Sequence[str], limits: Mapping[str, int]) -> None:
        """Take on other choices, faults and limits; what was created stays.

        Raises:
            UnknownName: a choice, value or fault that does not exist; nothing has changed then.

        """
        values = chosen_values(self.kit.choices, choices)
        found = chosen(self.kit.faults, faults)
        self.provider = self.kit.provider(self.tokens, self.storage, values)
        front = Router(self.document, self.provider, Limits(dict(limits)))
        self._desk = Desk(front, [fault.layer(self.provider) for fault in found])
        self.choices, self.faults, self.limits = dict(choices), tuple(faults), dict(limits)

    def arrived(self, call: MockRequest) -> float:
        """Let the faults take note of a call."""
        return self._desk.arrived(call)

    def answer(self, call: MockRequest) -> MockResponse:
        """Answer a call."""
        return self._desk.answer(call)

    def is_secret(self, text: str) -> bool:
        """Whether a text is a secret that somebody stored."""
        return self.provider.is_secret(text)
