"""The strings of a JSON text, read one after the other."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from storepact.transport import clean_texts
from storepact.transport.json_strings import joined_strings

STRINGS = st.text('ab:,{}[]"\\/ \n\u00e9') | st.sampled_from(["},{", 'a"},{"b', "}, {", ":", "\\u0041"])
VALUES = st.recursive(
    STRINGS | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner, max_size=4),
)


def strings_in(value):
    if isinstance(value, str):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings_in(member)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
@example([{"a": "x},{y", "b": "z"}, {"a": "1", "b": "2"}], True, None)
@example([{"a": "x},{y},{z", "b": "z"}, {"a": "1", "b": "2"}], True, None)
def test_strings_without_names_are_joined(value, is_long, indent):
    """Whatever stands in them, also what looks like the seam of two elements of a list."""
    value = [value, {"filler": "." * clean_texts.LONG}] if is_long else value
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=(",", ":"))
    assert "".join(joined_strings(text, value)) == "".join(strings_in(value))
