"""Bodies are read and written by a fast library: with the values and the bytes of the standard one."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from storepact.model.exchange import NOT_JSON, json_of
from storepact.model.tree import read_json
from storepact.transport.masked_bodies import compact

LONG_NUMBERS = ["18446744073709551616", "123456789012345678.5", "9" * 30, "1" * 4_400, "5e-324", "1e400"]
NUMBERS = st.sampled_from(
    ["0", "-0", "-0.0", "1.0", "1e16", "1E5", "0.1e-7", "NaN", "-Infinity", "01", "+1", "1.", *LONG_NUMBERS]
)
STRINGS = st.text().map(json.dumps) | st.sampled_from(
    ['"\\ud800"', '"\\ud83d\\ude00"', '"\x7f"', '"\t"', '"\\/\\u0041"', '"\u2028"', "'a'", '"\\x"']
)
TEXTS = st.recursive(
    NUMBERS | STRINGS | st.sampled_from(["true", "null", "", "tru"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(STRINGS, inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}"
        )
    ),
    max_leaves=8,
)
CODINGS = st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32-be", "latin-1"])


@given(TEXTS, CODINGS)
@example("[" * 100_000, "utf-8")
@example('{"a": 1, "a": 2}', "utf-8")
def test_json_value_is_what_the_standard_parser_reads(text, coding):
    body = text.encode(coding, "replace")
    try:
        expected = json.loads(body)
    except (ValueError, RecursionError):
        expected = NOT_JSON
    value = json_of(body)
    assert repr(value) == repr(expected)


@given(TEXTS)
@example('{"a": 1, "a": [{"b": 2, "b": 3}]}')
def test_compact_body_is_what_the_standard_library_writes(text):
    """With every member of an object, and large numbers as numbers."""
    try:
        value = read_json(text)
    except ValueError:
        return
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if "Infinity" not in text:
        written = written.replace("Infinity", "1e999")
    assert compact(value, text.encode("utf-8", "replace")) == written.encode("utf-8", "surrogatepass")
