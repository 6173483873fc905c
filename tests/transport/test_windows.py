"""Registered strings are found wherever a text has them, and no others are."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from storepact.transport.needles import Needles
from storepact.transport.windows import Windows, parts_of, shorten_runs


@pytest.mark.parametrize("size", [7, 8, 10, 11, 12, 13, 20])
def test_a_string_is_found_at_every_place_of_a_text(size):
    """Whatever its place is relative to the strides in which the text is looked at."""
    letters = "".join(random.Random(size).choices("abcdef0123456789", k=size))
    windows = Windows(size)
    windows.update([letters])
    assert all(
        windows.occur_in("x" * before + letters + "y" * after) for before in range(30) for after in (0, 9)
    )


@pytest.mark.parametrize("size", [7, 8, 11, 12])
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


@pytest.mark.parametrize("length", [0, 1, 499_999, 500_000, 500_001, 1_200_000])
def test_parts_of_a_long_text_have_its_strings(length):
    """Wherever a string is, one of the parts has it; a short text is one part."""
    text = "".join(random.Random(length).choices("ab1", k=length))
    parts = list(parts_of(text))
    assert len(parts) == max(-(-length // 500_000), 1)
    assert all(any(text[place : place + 64] in part for part in parts) for place in range(0, length, 9_973))
    for place in range(499_930, min(length, 500_070)):
        assert any(text[place : place + 64] in part for part in parts)


@pytest.mark.parametrize("place", [0, 499_990, 499_995, 500_000, 999_991])
@pytest.mark.parametrize("shown", ["pa55-17-word", "50 41 35 35 2d 31 37 2d 57 6f 72 64", "cGE1NS0xNy13b3Jk"])
def test_a_secret_in_a_very_long_text_is_found(place, shown):
    """Across the parts that are searched, too, and in other forms."""
    needles = Needles()
    needles.add("Pa55-17-Word" if shown.startswith("50") else "pa55-17-word", "the password")
    letters = random.Random(1)
    text = "".join(letters.choices("ghijklm ", k=place)) + " " + shown + " "
    text += "".join(letters.choices("ghijklm ", k=1_100_000 - place))
    assert needles.occur_in(text, thoroughly=True)
    assert needles.find(text)


def test_search_in_a_very_long_text_takes_little_memory():
    """A response may have 16 MiB: its pieces, made all at once, would take 40 times as much."""
    needles = Needles()
    needles.add("pa55-17-word", "the password")
    text = "".join(random.Random(2).choices("abcdefgh0123 ", k=2_500_000))
    tracemalloc.start()
    try:
        assert not needles.occur_in(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(text)
