"""Paths in other spellings."""

from __future__ import annotations

from urllib.parse import quote, unquote

from hypothesis import given
from hypothesis import strategies as st

from storepact.families.persistent_store.scenarios.identity import _encode_ends


@given(st.text(min_size=1))
def test_other_spelling_of_a_segment_is_the_same_segment(key):
    """Also where it begins or ends with an escape, as an id with an equals sign does."""
    segment = quote(key, safe="")
    assert unquote(_encode_ends(segment)) == key


def test_letters_and_digits_at_the_ends_are_encoded():
    assert [_encode_ends(key) for key in ("redis", "a", "-b-", "a%3D")] == [
        "%72edi%73",
        "%61",
        "-b-",
        "%61%3D",
    ]
