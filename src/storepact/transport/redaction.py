"""Secrets: which values must not be seen, how they are masked, and where an answer gave one away."""

from __future__ import annotations

import hashlib
import json
import os
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storepact.model.exchange import MASK, Headers, Leak
from storepact.openapi.pointers import escape

#: Passwords that a run makes up begin like this, so that they can be found again wherever they turn up.
CANARY = "sp-canary-"

#: Shorter or more monotonous values turn up by chance; they are masked where their member says so, but never searched for.
SHORTEST, VARIETY = 8, 6

#: So many characters in a row of a made-up password's sixteen random ones are most of it.
MOST = 12

_HEX = re.compile(f"[0-9a-fA-F]{{{MOST},}}")


@dataclass(frozen=True)
class Redacted:
    """In a body that is to be sent: a secret as an answer showed it. `form` is what `Secrets.seen` told of it."""

    form: str


@dataclass
class Secrets:
    """What has been planted or is in use. `members` are names whose string values are always masked."""

    members: frozenset[str] = frozenset()
    _canaries: dict[str, str] = field(default_factory=dict)
    _others: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    _traces: dict[str, str] = field(default_factory=dict)
    """Parts and digests of canaries that are runs of hex digits: needle → label."""
    _shown: dict[str, str] = field(default_factory=dict)
    _redacted: set[str] = field(default_factory=set)
    _key: bytes = field(default_factory=lambda: os.urandom(16))

    def __repr__(self) -> str:
        return f"Secrets({len(self._canaries) + len(self._others)} known)"

    def register(self, value: str, label: str, *, parts: bool = False) -> None:
        """Remember a value; `label` says in words what it is. `parts`: most of it at either end is as bad as all of it."""
        if (
            len(value) < SHORTEST
            or len(set(value)) < VARIETY
            or value in self._canaries
            or value in self._others
        ):
            return
        if value.startswith(CANARY):
            self._canaries[value] = label
            self._trace(value, label)
        else:
            self._others[value] = tuple(_needles(value, label, parts=parts))

    def _trace(self, value: str, label: str) -> None:
        tail = value.removeprefix(CANARY)
        if len(tail) > MOST:
            self._traces[tail[:MOST]] = self._traces[tail[-MOST:]] = f"most of {label}"
            self._traces[tail[::-1][:MOST]] = f"{label}, written backwards,"
        raw = value.encode()
        for digest in (hashlib.sha256(raw), hashlib.sha1(raw), hashlib.md5(raw)):
            self._traces[digest.hexdigest()[:MOST]] = f"the {digest.name} of {label}"
        self._traces[raw[-MOST:].hex()[-MOST:]] = f"{label}, in hexadecimal,"

    def register_all(self, body: Any) -> None:
        """Remember every secret member's value in a request body."""
        for name, value in _members(body, self.members):
            if value not in self._redacted:  # what is written back as it was shown is no secret of ours
                self.register(value, f"the {name} that was sent")

    def _suspects(self, text: str) -> Iterator[tuple[str, str]]:
        """Every needle that is in the text, and what it is."""
        for needles in self._others.values():
            yield from ((needle, label) for needle, label in needles if needle in text)
        if CANARY in text:
            yield from ((value, label) for value, label in self._canaries.items() if value in text)
        if any(start in text for start in _ENCODED):
            for value, label in self._canaries.items():
                yield from (
                    (encoding, f"{label}, in base64,") for encoding in _encodings(value) if encoding in text
                )
        yield from self._traced(text)

    def _traced(self, text: str) -> Iterator[tuple[str, str]]:
        if not self._traces:
            return
        for match in _HEX.finditer(text):
            run = match.group(0).lower()
            for start in range(len(run) - MOST + 1):
                label = self._traces.get(run[start : start + MOST])
                if label is not None:
                    yield match.group(0), label
                    break

    def leaks(self, headers: Headers, body: bytes) -> tuple[Leak, ...]:
        """Where a response gives a known secret away."""
        found: list[Leak] = []
        if any(True for _ in self._suspects("\n".join(value for _, value in headers))):
            found += [Leak(name, label) for name, value in headers for _, label in self._suspects(value)]
        text = body.decode("utf-8", "replace")
        found += [Leak(_place_of(secret, text), label) for secret, label in self._suspects(text)]
        places = {(leak.place, leak.secret) for leak in found}
        return tuple(dict.fromkeys(each for each in found if not _is_part_of_another(each, places)))

    def mask_text(self, text: str) -> str:
        """The text with every known secret masked."""
        for value, _ in list(self._suspects(text)):
            text = text.replace(value, MASK).replace(_quoted(value), MASK)
        return text

    def mask_body(self, body: bytes) -> bytes:
        """A body with every known secret and every secret member masked; otherwise byte for byte the same."""
        return self.mask_response(body)[0]

    def mask_response(self, body: bytes) -> tuple[bytes, tuple[tuple[str, str], ...]]:
        """A body masked, and the form of every secret member that it shows: (JSON pointer, form).

        Two forms are equal exactly if the same text was shown; the text itself can be sent back (`Redacted`), not read.
        """
        forms: tuple[tuple[str, str], ...] = ()
        if any(f'"{name}"'.encode() in body for name in self.members):
            try:
                value = json.loads(body)
                forms = tuple(self._forms(value, ""))
                body = json.dumps(self.mask(value), ensure_ascii=False, separators=(",", ":")).encode(
                    "utf-8", "surrogatepass"
                )
            except (ValueError, RecursionError):
                pass
        text = body.decode("utf-8", "surrogateescape")
        masked = self.mask_text(text)
        return (body if masked == text else masked.encode("utf-8", "surrogateescape")), forms

    def _forms(self, node: Any, pointer: str) -> Iterator[tuple[str, str]]:
        if isinstance(node, dict):
            for name, value in node.items():
                if name in self.members and isinstance(value, str):
                    form = hashlib.blake2b(
                        value.encode("utf-8", "surrogatepass"), key=self._key, digest_size=8
                    ).hexdigest()
                    self._shown[form] = value
                    self._redacted.add(value)
                    yield f"{pointer}/{escape(name)}", form if value else ""
                elif isinstance(value, dict | list):
                    yield from self._forms(value, f"{pointer}/{escape(name)}")
        elif isinstance(node, list):
            for index, value in enumerate(node):
                if isinstance(value, dict | list):
                    yield from self._forms(value, f"{pointer}/{index}")

    def reveal(self, body: Any) -> Any:
        """A body with each `Redacted` replaced by what was shown."""
        if isinstance(body, Redacted):
            return self._shown[body.form]
        if isinstance(body, Mapping):
            return {name: self.reveal(value) for name, value in body.items()}
        return [self.reveal(each) for each in body] if isinstance(body, list) else body

    def mask(self, value: Any) -> Any:
        """A JSON value with every text of secret members masked, in objects and in patch operations."""
        if isinstance(value, Mapping):
            aimed = isinstance(value.get("path"), str) and value["path"].rpartition("/")[2] in self.members
            return {
                name: _hidden(each)
                if name in self.members or (aimed and name == "value")
                else self.mask(each)
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self.mask(each) for each in value]
        return value


def _hidden(value: Any) -> Any:
    """A value with all its texts masked."""
    if isinstance(value, Mapping):
        return {name: _hidden(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each) for each in value]
    return MASK if isinstance(value, str) and value else value


def _is_part_of_another(leak: Leak, places: set[tuple[str, str]]) -> bool:
    whole = leak.secret.removeprefix("most of ")
    return whole != leak.secret and (leak.place, whole) in places


def _quoted(value: str) -> str:
    return json.dumps(value)[1:-1]


def _encodings(value: str) -> Iterator[str]:
    """The base64 of a value as it looks wherever it begins in a longer text: its first and last characters left out."""
    for shift in range(3):
        inner = b64encode(b"\0" * shift + value.encode("utf-8", "replace")).decode()
        yield inner[4 if shift else 0 :].rstrip("=")[: -1 if (len(value) + shift) % 3 else None]


def _needles(value: str, label: str, *, parts: bool) -> Iterator[tuple[str, str]]:
    yield value, label
    if _quoted(value) != value:
        yield _quoted(value), label
    yield from (
        (encoding, f"{label}, in base64,") for encoding in _encodings(value) if len(encoding) >= SHORTEST
    )
    raw = value.encode("utf-8", "surrogatepass")
    for spelt in (raw.hex(), "".join(f"%{each:02x}" for each in raw)):
        yield from ((each, f"{label}, in hexadecimal,") for each in (spelt, spelt.upper()))
    if parts:
        most = len(value) * 2 // 3
        yield from (
            (each, f"most of {label}, in base64,")
            for each in _encodings(value[:most])
            if len(each) >= SHORTEST
        )
        yield value[:most], f"most of {label}"
        yield value[-most:], f"most of {label}"
        yield value[::-1], f"{label}, written backwards,"


#: How canaries look in base64, wherever they begin.
_ENCODED = tuple(encoding[:8] for encoding in _encodings(CANARY + "0123456789abcdef"))


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
        return next(
            (
                hit
                for name, each in node.items()
                if (hit := _search(secret, each, f"{pointer}/{escape(name)}"))
            ),
            "",
        )
    if isinstance(node, list):
        return next((hit for each in node if (hit := _search(secret, each, f"{pointer}/*"))), "")
    return pointer if isinstance(node, str) and secret in node else ""
