"""Access tokens of the mock: each has a name for the log and a condition."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from storepact.model.exchange import mask_values
from storepact.model.values import lean_value

#: The conditions of a token: two roles, and states that only a mock can put a token into.
CONDITIONS: Mapping[str, str] = {
    "writer": "may read and write",
    "reader": "may only read",
    "read-only": "may only read, like reader",
    "exhausted": "its rate limit is used up: 429",
    "contended": "another writer is always faster: 409",
    "orphaned": "its project is gone: 404",
}
READERS = ("reader", "read-only")


@lean_value(frozen=True)
class Token:
    """The properties of a token, without the token itself."""

    name: str
    condition: str
    display: str = "$TOKEN"
    """What may be printed for it: the token itself if the mock made it, else the variable that holds it."""

    @property
    def reads_only(self) -> bool:
        """Whether it may not change anything."""
        return self.condition in READERS


@dataclass(repr=False)
class Tokens:
    """The tokens that the mock accepts. Its repr has no token."""

    _tokens: dict[str, Token] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Tokens({', '.join(sorted(token.name for token in self._tokens.values()))})"

    def add(self, value: str, name: str, condition: str, display: str = "$TOKEN") -> None:
        """Accept a token from now on.

        Raises:
            KeyError: there is no such condition.

        """
        if condition not in CONDITIONS:
            raise KeyError(condition)
        self._tokens[value] = Token(name, condition, display)

    def issue(self, condition: str, name: str | None = None) -> str:
        """Make a token, accept it and return it.

        Raises:
            KeyError: there is no such condition.

        """
        value = f"api-{secrets.token_hex(16)}"
        self.add(value, name or condition, condition, value)
        return value

    def find(self, value: str) -> Token | None:
        """Return what is known of a token; None if it is not accepted."""
        return self._tokens.get(value)

    def all(self) -> tuple[Token, ...]:
        """Return every token without its value."""
        return tuple(self._tokens.values())

    def items(self) -> tuple[tuple[str, Token], ...]:
        """Return every token with its value, which must not be printed."""
        return tuple(self._tokens.items())

    def mask(self, text: str) -> str:
        """Return the text with every token replaced by asterisks."""
        return mask_values(text, self._tokens)
