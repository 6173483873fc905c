"""Whole numbers in texts of others."""

from __future__ import annotations

import pytest

from storepact.model.whole_numbers import read_whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("9" * 30, int("9" * 30))]
    + [
        (text, None)
        for text in ("", "-1", "+1", " 1", "1.0", "1e3", "\u00b2", "\u0663", "1_0", "9" * 31, "9" * 5_000)
    ],
)
def test_number(text, number):
    """Only ASCII digits count, and not more than int() reads in any case."""
    assert read_whole_number(text) == number
