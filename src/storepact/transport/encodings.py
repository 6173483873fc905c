"""The forms in which a secret may turn up in a response: whole, in part, encoded or hashed."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping

#: Passwords that a run makes up begin with this, so that they are recognized wherever they turn up.
CANARY = "sp-canary-"

#: Shorter values, and values of fewer different characters, turn up by chance and are not searched for.
MIN_LENGTH, MIN_VARIETY = 8, 6

#: This many consecutive characters of a made-up password's sixteen random ones count as a leak.
MOST = 12


def quote(value: str) -> str:
    """A value as it is written inside a JSON string."""
    return json.dumps(value)[1:-1]


def base64_forms(value: str) -> Iterator[str]:
    """The base64 of a value at each offset in a longer text, without what depends on its neighbours."""
    for shift in range(3):
        encoded = b64encode(b"\0" * shift + value.encode("utf-8", "replace")).decode()
        yield encoded[4 if shift else 0 :].rstrip("=")[: -1 if (len(value) + shift) % 3 else None]


#: How made-up passwords begin in base64, at each offset.
CANARY_BASE64 = tuple(form[:8] for form in base64_forms(CANARY + "0123456789abcdef"))


def search_texts(value: str, label: str, *, parts: bool) -> Iterator[tuple[str, str]]:
    """The texts that give a value away, each with a description that contains `label`.

    With `parts`, two thirds of the value from either end count as well, and so does the value written
    backwards.
    """
    yield value, label
    if quote(value) != value:
        yield quote(value), label
    for form in base64_forms(value):
        if len(form) >= MIN_LENGTH:
            yield form, f"{label}, in base64,"
    raw = value.encode("utf-8", "surrogatepass")
    for spelling in (raw.hex(), "".join(f"%{byte:02x}" for byte in raw)):
        yield spelling, f"{label}, in hexadecimal,"
        yield spelling.upper(), f"{label}, in hexadecimal,"
    if parts:
        most = len(value) * 2 // 3
        for form in base64_forms(value[:most]):
            if len(form) >= MIN_LENGTH:
                yield form, f"most of {label}, in base64,"
        yield value[:most], f"most of {label}"
        yield value[-most:], f"most of {label}"
        yield value[::-1], f"{label}, written backwards,"


def canary_traces(value: str, label: str) -> Mapping[str, str]:
    """The runs of `MOST` hexadecimal digits that give a made-up password away, with descriptions."""
    traces: dict[str, str] = {}
    tail = value.removeprefix(CANARY)
    if len(tail) > MOST:
        traces[tail[:MOST]] = traces[tail[-MOST:]] = f"most of {label}"
        traces[tail[::-1][:MOST]] = f"{label}, written backwards,"
    raw = value.encode()
    for name in ("sha256", "sha1", "md5"):
        digest = hashlib.new(name, raw, usedforsecurity=False)
        traces[digest.hexdigest()[:MOST]] = f"the {name} of {label}"
    traces[raw[-MOST:].hex()[-MOST:]] = f"{label}, in hexadecimal,"
    return traces
