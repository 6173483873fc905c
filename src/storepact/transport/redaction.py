"""Secrets: which values must not be shown, how they are masked, and where a response leaks one."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from storepact.model.exchange import MASK, Exchange, Headers, Leak, Request, Response
from storepact.model.form import redaction_of
from storepact.model.tree import Json, Path, transform, walk
from storepact.openapi.pointers import escape, pointer_to
from storepact.transport.encodings import (
    CANARY,
    CANARY_BASE64,
    MIN_LENGTH,
    MIN_VARIETY,
    MOST,
    base64_forms,
    canary_traces,
    quote,
    search_texts,
)

_HEX = re.compile(f"[0-9a-fA-F]{{{MOST},}}")

#: Values of headers that nearly every request carries and that are never secret.
_PUBLIC_VALUES = frozenset({"beta", "application/json"})

_SECRET_VARIABLE = re.compile(r"^(?:STOREPACT|PACT_BROKER)_.*(?:TOKEN|PASSWORD)")


def mask_values(text: str, values: Iterable[str]) -> str:
    """A text with these values masked; the longest first, as one may contain another."""
    for value in sorted(filter(None, values), key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def mask_environment(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """A text with the environment's tokens and passwords, for storepact and for a broker, masked."""
    secrets = (value.strip() for name, value in environment.items() if _SECRET_VARIABLE.match(name))
    return mask_values(text, secrets)


@dataclass(frozen=True)
class Redacted:
    """In a body to be sent: a secret exactly as a response showed it. `form` comes from `Exchange.forms`."""

    form: str


@dataclass
class Secrets:
    """The secrets of a run: string values of `members` are masked, registered values also searched for."""

    members: frozenset[str] = frozenset()
    _canaries: dict[str, str] = field(default_factory=dict)
    """Made-up passwords, each with its label."""
    _others: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Other values, each with the texts that give it away and their labels."""
    _traces: dict[str, str] = field(default_factory=dict)
    """Parts and digests of made-up passwords that are runs of hexadecimal digits, each with its label."""
    _texts: dict[str, str] = field(default_factory=dict)
    """What responses showed in secret members, by its form."""
    _redacted: set[str] = field(default_factory=set)
    """The same texts."""
    _key: bytes = field(default_factory=lambda: os.urandom(16))

    def __repr__(self) -> str:
        return f"Secrets({len(self._canaries) + len(self._others)} registered)"

    @property
    def canary_count(self) -> int:
        """How many secrets this run has made."""
        return len(self._canaries)

    def make_canary(self, run_marker: str) -> str:
        """Make a secret to send, which is searched for in all later responses; the n-th of a run is fixed."""
        digest = hashlib.blake2b(f"{run_marker}:{self.canary_count + 1}".encode(), digest_size=8)
        value = CANARY + digest.hexdigest()
        self.register(value, "the password that was sent")
        return value

    def register(self, value: str, label: str, *, parts: bool = False) -> None:
        """Register a value to be masked and searched for; `label` describes it in findings.

        With `parts`, most of the value at either end counts as the value. Short and monotonous values are
        ignored.
        """
        if len(value) < MIN_LENGTH or len(set(value)) < MIN_VARIETY:
            return
        if value in self._canaries or value in self._others:
            return
        if value.startswith(CANARY):
            self._canaries[value] = label
            self._traces.update(canary_traces(value, label))
        else:
            self._others[value] = tuple(search_texts(value, label, parts=parts))

    def register_all(self, body: Any) -> None:
        """Register the values of all secret members of a request body, patch operations included."""
        for name, value in self._secret_values(body):
            if value not in self._redacted:  # the redacted form of a secret, sent back, is not a secret
                self.register(value, f"the {name} that was sent")

    def _secret_values(self, body: Any) -> Iterator[tuple[str, str]]:
        for _, node in walk(body):
            if isinstance(node, Mapping):
                target = _patched_member(node)
                for name, value in node.items():
                    member = target if name == "value" and name not in self.members else name
                    if member in self.members and isinstance(value, str):
                        yield member, value

    # leaks

    def leaks(self, headers: Headers, body: bytes) -> tuple[Leak, ...]:
        """Where a response shows a registered secret."""
        leaks: list[Leak] = []
        if any(True for _ in self._search("\n".join(value for _, value in headers))):
            leaks += [Leak(name, label) for name, value in headers for _, label in self._search(value)]
        text = body.decode("utf-8", "replace")
        leaks += [Leak(_locate(secret, text), label) for secret, label in self._search(text)]
        places = {(leak.place, leak.secret) for leak in leaks}
        return tuple(dict.fromkeys(leak for leak in leaks if not _is_part_of_another(leak, places)))

    def _search(self, text: str) -> Iterator[tuple[str, str]]:
        """Every text in `text` that gives a secret away, with its label."""
        for forms in self._others.values():
            yield from ((form, label) for form, label in forms if form in text)
        if CANARY in text:
            yield from ((value, label) for value, label in self._canaries.items() if value in text)
        if any(start in text for start in CANARY_BASE64):
            for value, label in self._canaries.items():
                yield from ((form, f"{label}, in base64,") for form in base64_forms(value) if form in text)
        yield from self._search_hexadecimal(text)

    def _search_hexadecimal(self, text: str) -> Iterator[tuple[str, str]]:
        if not self._traces:
            return
        for match in _HEX.finditer(text):
            run = match.group(0).lower()
            for start in range(len(run) - MOST + 1):
                label = self._traces.get(run[start : start + MOST])
                if label is not None:
                    yield match.group(0), label
                    break

    # masking

    def redact(self, request: Request, response: Response) -> Exchange:
        """The exchange with all secrets masked, and what the response leaked.

        The request's Authorization header must hold a placeholder already.
        """
        leaks = self.leaks(response.headers, response.body)
        body, forms = self.mask_response(response.body)
        headers = response.headers
        if leaks:
            headers = tuple((name, self.mask_text(value)) for name, value in headers)
        return Exchange(
            Request(
                request.method,
                self.mask_text(request.path),
                tuple((name, self._mask_header(name, value)) for name, value in request.headers),
                None if request.body is None else self.mask_body(request.body),
            ),
            replace(response, headers=headers, body=body),
            leaks,
            forms,
            tuple((pointer, redaction_of(self._texts[form])) for pointer, form in forms if form),
        )

    def _mask_header(self, name: str, value: str) -> str:
        is_public = value in _PUBLIC_VALUES or name.lower() == "authorization"
        return value if is_public else self.mask_text(value)

    def mask_text(self, text: str) -> str:
        """The text with every registered secret masked, in whatever form it is there."""
        for value, _ in list(self._search(text)):
            text = text.replace(value, MASK).replace(quote(value), MASK)
        return text

    def mask_body(self, body: bytes) -> bytes:
        """A body with registered secrets and secret members masked; otherwise byte for byte the same."""
        return self.mask_response(body)[0]

    def mask_response(self, body: bytes) -> tuple[bytes, tuple[tuple[str, str], ...]]:
        """A body masked, and the form of every secret member in it: (JSON pointer, form).

        Equal forms mean that the same text was shown. The text itself cannot be read, but sent back
        (`Redacted`).
        """
        forms: tuple[tuple[str, str], ...] = ()
        if any(f'"{name}"'.encode() in body for name in self.members):
            try:
                value = json.loads(body)
                compact = json.dumps(self.mask(value), ensure_ascii=False, separators=(",", ":"))
                forms = tuple(self._forms(value))
                body = compact.encode("utf-8", "surrogatepass")
            except (ValueError, RecursionError):
                pass
        text = body.decode("utf-8", "surrogateescape")
        masked = self.mask_text(text)
        return (body if masked == text else masked.encode("utf-8", "surrogateescape")), forms

    def _forms(self, body: Any) -> Iterator[tuple[str, str]]:
        for path, value in walk(body):
            if path and path[-1] in self.members and isinstance(value, str):
                raw = value.encode("utf-8", "surrogatepass")
                form = hashlib.blake2b(raw, key=self._key, digest_size=8).hexdigest()
                self._texts[form] = value
                self._redacted.add(value)
                yield pointer_to(path), form if value else ""

    def reveal(self, body: Json) -> Json:
        """A body to be sent, with the original text in place of each `Redacted`."""
        return transform(body, lambda node: self._texts[node.form] if isinstance(node, Redacted) else node)

    def mask(self, value: Json) -> Json:
        """A JSON value with all strings in secret members masked, patch operations included."""
        return transform(value, self._mask_members)

    def _mask_members(self, node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        is_patch = "path" in node and _patched_member(node) in self.members
        if not is_patch and self.members.isdisjoint(node):
            return node
        return {
            name: transform(value, _mask_string)
            if name in self.members or (is_patch and name == "value")
            else value
            for name, value in node.items()
        }


def _mask_string(value: Any) -> Any:
    return MASK if isinstance(value, str) and value else value


def _patched_member(node: Mapping[str, Any]) -> str:
    """The member that an object changes if it is a patch operation; else empty."""
    path = node.get("path")
    return path.rpartition("/")[2] if isinstance(path, str) else ""


def _is_part_of_another(leak: Leak, places: set[tuple[str, str]]) -> bool:
    whole = leak.secret.removeprefix("most of ")
    return whole != leak.secret and (leak.place, whole) in places


def _locate(secret: str, text: str) -> str:
    """The JSON pointer of the first string that contains the secret, `*` for indexes; else `body`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "body"
    places = (path for path, node in walk(value) if isinstance(node, str) and secret in node)
    return next(map(_generic_pointer, places), "") or "body"


def _generic_pointer(path: Path) -> str:
    return "".join("/*" if isinstance(token, int) else f"/{escape(token)}" for token in path)
