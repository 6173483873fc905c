"""JSON in a spelling that few clients use."""

from __future__ import annotations

import json

import pytest

from storepact.engines.json_spelling import respell

TEXT = 'a/ /b "" \\\\ \t\t é é \U0001f989 \U0001f989'


@pytest.mark.parametrize(
    "value",
    [
        TEXT, [], {}, {"a/b": [TEXT, 1, 2.0, -1.5, True, None, {}]}, [[[]]], "\ud83d", "\ud83d\ud83d",
        [1e16, 1e-7, -2.5e300, float("inf")],
    ],
)  # fmt: skip
def test_it_is_the_same_value(value):
    """A parser reads what was to be written, half pairs included."""
    assert json.loads(respell(value)) == value


@pytest.mark.parametrize(
    "spelling", ["\\u0061", "/", "\\/", "\\u0022", "\\u00E9", "é", "\\uD83E\\uDD89", "\U0001f989"]
)
def test_it_has_every_spelling_of_a_character(spelling):
    """Letters, slashes, pairs and what is not ASCII stand escaped and as they are."""
    assert spelling in respell([f"x{TEXT}", TEXT]).decode()


def test_a_number_has_an_exponent():
    """A decimal number is written with an exponent, a whole one as it is."""
    assert respell([2.0, 2]).split() == [b"[", b"2.0E+0", b",", b"2", b"]"]
