"""Secrets: which values must not be seen, how they are masked, and where an answer gave one away."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from storepact.model.exchange import MASK, Headers, Leak
from storepact.spec.yaml import escape

#: Passwords that a run makes up begin like this, so that they can be found again wherever they turn up.
CANARY = "sp-canary-"

#: How canaries begin in base64.
_ENCODED = b64encode(CANARY[:9].encode()).decode()

#: Shorter or more monotonous values turn up by chance; they are masked where their member says so, but never searched for.
SHORTEST, VARIETY = 8, 6


@dataclass
class Secrets:
    """What has been planted or is in use. `members` are names whose string values are always masked."""

    members: frozenset[str] = frozenset()
    _canaries: dict[str, str] = field(default_factory=dict)
    _others: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Secrets({len(self._canaries) + len(self._others)} known)"

    def keep(self, value: str, label: str) -> None:
        """Remember a value; `label` says in words what it is."""
        if len(value) >= SHORTEST and len(set(value)) >= VARIETY:
            (self._canaries if value.startswith(CANARY) else self._others)[value] = label

    def keep_all(self, body: Any) -> None:
        """Remember every secret member's value in a request body."""
        for name, value in _members(body, self.members):
            self.keep(value, f"the {name} that was sent")

    def _suspects(self, text: str) -> Iterable[tuple[str, str]]:
        yield from ((value, label) for value, label in self._others.items() if value in text or _quoted(value) in text)
        if CANARY in text:
            yield from ((value, label) for value, label in self._canaries.items() if value in text)
        if _ENCODED in text:
            for value, label in self._canaries.items():
                encoded = b64encode(value.encode()).decode().rstrip("=")
                if encoded in text:
                    yield encoded, f"{label}, in base64,"

    def leaks(self, headers: Headers, body: bytes) -> tuple[Leak, ...]:
        """Where a response gives a known secret away."""
        text = body.decode("utf-8", "replace")
        found = [Leak(name, label) for name, value in headers for secret, label in self._suspects(value) if secret in value]
        for secret, label in self._suspects(text):
            found.append(Leak(_place_of(secret, text), label))
        return tuple(dict.fromkeys(found))

    def masked_text(self, text: str) -> str:
        """The text with every known secret masked."""
        for value, _ in list(self._suspects(text)):
            text = text.replace(value, MASK).replace(_quoted(value), MASK)
        return text

    def masked_body(self, body: bytes) -> bytes:
        """A body with every known secret and every secret member masked; otherwise byte for byte the same."""
        if any(f'"{name}"'.encode() in body for name in self.members):
            try:
                body = json.dumps(self.masked(json.loads(body)), ensure_ascii=False, separators=(",", ":")).encode(
                    "utf-8", "surrogatepass"
                )
            except (ValueError, RecursionError):
                pass
        text = body.decode("utf-8", "surrogateescape")
        masked = self.masked_text(text)
        return body if masked == text else masked.encode("utf-8", "surrogateescape")

    def masked(self, value: Any) -> Any:
        """A JSON value with the string values of secret members masked, in objects and in patch operations."""
        if isinstance(value, Mapping):
            aimed = isinstance(value.get("path"), str) and value["path"].rpartition("/")[2] in self.members
            return {
                name: MASK
                if isinstance(each, str) and each and (name in self.members or (aimed and name == "value"))
                else self.masked(each)
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self.masked(each) for each in value]
        return value


def _quoted(value: str) -> str:
    return json.dumps(value)[1:-1]


def _members(node: Any, names: frozenset[str]) -> Iterable[tuple[str, str]]:
    if isinstance(node, Mapping):
        aimed = node["path"].rpartition("/")[2] if isinstance(node.get("path"), str) else ""
        for name, value in node.items():
            if name in names and isinstance(value, str):
                yield name, value
            elif name == "value" and aimed in names and isinstance(value, str):
                yield aimed, value
            else:
                yield from _members(value, names)
    elif isinstance(node, list):
        for value in node:
            yield from _members(value, names)


def _place_of(secret: str, text: str) -> str:
    """JSON pointer of the first value that holds the secret, `*` for indices; empty if the body is not JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "body"
    return _search(secret, value, "") or "body"


def _search(secret: str, node: Any, pointer: str) -> str:
    if isinstance(node, Mapping):
        return next((hit for name, each in node.items() if (hit := _search(secret, each, f"{pointer}/{escape(name)}"))), "")
    if isinstance(node, list):
        return next((hit for each in node if (hit := _search(secret, each, f"{pointer}/*"))), "")
    return pointer if isinstance(node, str) and secret in node else ""
