"""The types of a record: they read what earlier versions wrote, and the committed schema is theirs."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import jsonschema
import msgspec
import pytest

from storepact.record.schema import PATH, generate_schema, render_schema
from storepact.record.store import dump
from storepact.record.upgrade import upgrade
from storepact.record.values import Record

DATA = Path(__file__).parents[1] / "data"
EARLIER = ("run-clean.json.gz", "run-broken.json.gz")


def earlier_record(name):
    """A record as storepact wrote it before records had types."""
    return json.loads(gzip.decompress((DATA / name).read_bytes()))


def test_committed_schema_is_generated(request):
    """run.schema.json is what the types generate."""
    if request.config.getoption("--update-golden"):
        PATH.write_text(render_schema(), encoding="utf-8")
    assert PATH.read_text(encoding="utf-8") == render_schema()


def test_schema_is_valid():
    """The generated schema is a valid JSON Schema."""
    jsonschema.Draft202012Validator.check_schema(generate_schema())


@pytest.mark.parametrize("name", EARLIER)
def test_earlier_records_load(name):
    """A record of format 2 that was written before records had types is read without loss."""
    data = earlier_record(name)
    read = msgspec.to_builtins(msgspec.convert(data, Record))
    assert _restrict(json.loads(json.dumps(read)), data) == data


def test_earlier_outcomes_get_the_label_of_their_test():
    """Earlier versions wrote it as a part of the name only; a test without parameters has none."""
    outcomes = [
        {"name": "test_a[journey-[1]]"},
        {"name": "test_a"},
        {"name": "test_a[b]", "label": "c"},
    ]
    labels = [outcome.get("label") for outcome in upgrade({"outcomes": outcomes})["outcomes"]]
    assert labels == ["journey-[1]", None, "c"]


def _restrict(value, pattern):
    """A value without the members that later versions have added, which are empty."""
    if isinstance(value, dict) and isinstance(pattern, dict):
        assert [name for name in value if name not in pattern and value[name]] == []
        return {name: _restrict(value[name], pattern[name]) for name in pattern if name in value}
    if isinstance(value, list) and isinstance(pattern, list) and len(value) == len(pattern):
        return [_restrict(part, other) for part, other in zip(value, pattern, strict=True)]
    return value


@pytest.mark.parametrize("name", EARLIER)
def test_earlier_records_fit_schema(name):
    """The committed schema accepts the records that were written before it was generated."""
    jsonschema.Draft202012Validator(generate_schema()).validate(earlier_record(name))


@pytest.mark.parametrize(
    "value",
    [
        {
            "b": [],
            "a": {},
            "x": [1.0, 1e16, 1e-7, -0.0, None, True, 10**30],
            "n": {"k": [[], [1], {"z": [{}]}]},
        },
        {"\u2028\x7f\x00\x1f": '\u2028é\U0001f989\\"/\t'},
        {"\ud800": "a lone surrogate"},
        ["\udfff", math.nan, math.inf],
        [],
        "text",
    ],
)
def test_text_of_a_record_is_that_of_json(value) -> None:
    """Indented by one, with sorted names; numbers, escapes and lone surrogates as `json` writes them."""
    expected = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    assert dump(value) == expected + "\n"
