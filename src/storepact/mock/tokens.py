"""Access tokens of the mock: each has a name for the log and a condition."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

#: What a token can be: two roles, and states that only a mock can bring a token into.
CONDITIONS: Mapping[str, str] = {
    "writer": "may read and write",
    "reader": "may only read",
    "read-only": "may only read, like reader",
    "exhausted": "its rate limit is used up: 429",
    "contended": "another writer is always faster: 409",
    "orphaned": "its project is gone: 404",
}
READERS = ("reader", "read-only")


@dataclass(frozen=True)
class Token:
    """Whom a token belongs to."""

    name: str
    condition: str
    spoken: str = "$TOKEN"
    """How the token may be written where people see it: itself if the mock made it up, else the variable that holds it."""

    @property
    def reads_only(self) -> bool:
        """Whether it may not change anything."""
        return self.condition in READERS


@dataclass(repr=False)
class Tokens:
    """Who may come in. Never printed whole."""

    _bearers: dict[str, Token] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Tokens({', '.join(sorted(bearer.name for bearer in self._bearers.values()))})"

    def add(self, token: str, name: str, condition: str, spoken: str = "$TOKEN") -> None:
        """Let a token in.

        Raises:
            KeyError: there is no such condition.

        """
        if condition not in CONDITIONS:
            raise KeyError(condition)
        self._bearers[token] = Token(name, condition, spoken)

    def issue(self, condition: str, name: str | None = None) -> str:
        """A new token.

        Raises:
            KeyError: there is no such condition.

        """
        token = f"api-{secrets.token_hex(16)}"
        self.add(token, name or condition, condition, token)
        return token

    def bearer(self, token: str) -> Token | None:
        """Whom this token belongs to, if to anybody."""
        return self._bearers.get(token)

    def bearers(self) -> tuple[Token, ...]:
        """Everybody who may come in."""
        return tuple(self._bearers.values())

    def tokens(self) -> tuple[tuple[str, Token], ...]:
        """Every token and whom it belongs to; for inside use, never to be shown."""
        return tuple(self._bearers.items())

    def masked(self, text: str) -> str:
        """The text without any of these tokens."""
        for token in self._bearers:
            if token in text:
                text = text.replace(token, "********")
        return text
