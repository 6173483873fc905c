"""Whole numbers in headers, paths and other texts of others."""

from __future__ import annotations

import re

#: What int() reads in any case: it refuses the superscripts that str.isdigit() accepts, and very long texts.
_DIGITS = re.compile(r"[0-9]{1,30}")


def read_whole_number(text: str) -> int | None:
    """The number that a text of at most 30 ASCII digits is; None for any other text."""
    return int(text) if _DIGITS.fullmatch(text) else None
