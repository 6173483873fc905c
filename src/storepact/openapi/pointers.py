"""JSON pointers (RFC 6901): the escaping of their tokens, and the way back."""

from __future__ import annotations

from collections.abc import Iterable

from storepact.model.tree import Json


def escape(token: object) -> str:
    """One token as it is written in a JSON pointer."""
    return str(token).replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """The reverse of `escape`."""
    return token.replace("~1", "/").replace("~0", "~")


def pointer_to(tokens: Iterable[object]) -> str:
    """The JSON pointer made of these tokens; empty for none."""
    return "".join(f"/{escape(token)}" for token in tokens)


def value_at(value: Json, pointer: str) -> Json:
    """The value at a JSON pointer. References are not followed; `Document.at` does that.

    Raises:
        KeyError, IndexError, ValueError: nothing is there.

    """
    for token in pointer.split("/")[1:]:
        value = value[int(token)] if isinstance(value, list) else value[unescape(token)]
    return value
