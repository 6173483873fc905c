"""JSON pointers of patches: their tokens, and the relation of two of them."""

from __future__ import annotations

import re

from storepact.openapi.pointers import unescape


def split(pointer: str) -> list[str]:
    """The tokens of a pointer; none for the whole document."""
    return [unescape(token) for token in pointer.split("/")[1:]]


def is_index(token: str) -> bool:
    """Whether a token can be the index of an element that exists: some digits without leading zeros."""
    return re.fullmatch(r"0|[1-9][0-9]{0,17}", token) is not None


def is_within(pointer: str, outer: str) -> bool:
    """Whether a pointer leads to something inside what another one leads to, and not to all of it."""
    return pointer.startswith(f"{outer}/")
