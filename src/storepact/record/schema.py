"""The JSON Schema of run.json, generated from the types in `values`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from storepact.record.values import Record

#: The committed schema, which tells other programs what a record is.
PATH = Path(__file__).with_name("run.schema.json")


def generate_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a record."""
    _, definitions = msgspec.json.schema_components([Record], ref_template="#/$defs/{name}")
    root = definitions.pop(Record.__name__)
    for definition in definitions.values():
        if "enum" in definition:  # its docstring is for those who read the code
            definition.pop("description", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "title": "The record of one storepact run, format 2",
        "$defs": definitions,
    }


def render_schema() -> str:
    """Return the text of run.schema.json."""
    return json.dumps(generate_schema(), indent=1, sort_keys=True) + "\n"
