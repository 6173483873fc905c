"""Registered strings are found wherever a text has them, and no others are."""

from __future__ import annotations

import random

import pytest

from storepact.transport.windows import Windows


@pytest.mark.parametrize("size", [2, 3, 8, 12, 13])
def test_a_string_is_found_at_every_place_of_a_text(size):
    """Whatever its place is relative to the strides in which the text is looked at."""
    letters = "".join(random.Random(size).choices("abcdef0123456789", k=size))
    windows = Windows(size)
    windows.update([letters])
    assert all(
        windows.occur_in("x" * before + letters + "y" * after) for before in range(30) for after in (0, 9)
    )


@pytest.mark.parametrize("size", [8, 12])
def test_the_search_agrees_with_a_plain_one(size):
    """Parts of a string, and strings that overlap in a text, are neither missed nor taken for a whole."""
    generator = random.Random(7)
    known = ["".join(generator.choices("ab", k=size)) for _ in range(20)]
    windows = Windows(size)
    windows.update(known)
    for length in [0, 1, size - 1, size, *range(20, 400)]:
        text = "".join(generator.choices("ab", k=length))
        assert windows.occur_in(text) == any(window in text for window in known)


def test_nothing_is_found_before_anything_is_registered():
    """An empty set is in no text."""
    assert not Windows(8).occur_in("0123456789abcdef")
