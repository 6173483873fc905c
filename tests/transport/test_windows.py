"""Registered strings are found wherever a text has them, and no others are."""

from __future__ import annotations

import random

import pytest

from storepact.transport.needles import Needles
from storepact.transport.windows import Windows, shorten_runs


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


@pytest.mark.parametrize("seed", range(30))
def test_text_with_shorter_runs_has_the_same_strings(seed):
    """Texts with long runs of one character have few different strings: all of them stay."""
    generator = random.Random(seed)
    text = "".join(
        generator.choice("ab1\n") * generator.choice([1, 2, 63, 64, 65, 5_000, 20_000]) for _ in range(12)
    )
    shorter = shorten_runs(text)
    for size in (2, 8, 12, 64):
        assert {text[start : start + size] for start in range(len(text) - size + 1)} == {
            shorter[start : start + size] for start in range(len(shorter) - size + 1)
        }
    assert len(shorter) < 6_000 * 12


@pytest.mark.parametrize("place", [0, 35_000, 70_000])
def test_a_secret_beside_a_long_run_is_found(place):
    """In a name of 70,000 characters that are the same."""
    needles = Needles()
    needles.add("pa55-17-word", "the password")
    text = "x" * place + "pa55-17-word" + "x" * (70_000 - place)
    assert needles.occur_in(text)
    assert {(match.start, match.end) for match in needles.find(text)} == {(place, place + 12)}
    assert not needles.occur_in("x" * 70_000)
