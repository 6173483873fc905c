"""Counts in sentences."""

from __future__ import annotations


def many(count: int, noun: str) -> str:
    """A number and a noun, in the plural unless the number is 1."""
    ending = "es" if noun.endswith(("ch", "sh")) else "s"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}{ending}"
    return f"{count:,} {noun if count == 1 else plural}"
