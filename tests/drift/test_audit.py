"""Nothing is silently left out: every node of documents with every construct, deleted and changed in turn."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest

from drift_documents import compare, compare_everything
from openapi_fields import OBJECTS, fields_of, used_fields
from storepact.drift.documents import compare_documents
from storepact.model.errors import DocumentUnusable
from storepact.model.tree import walk
from storepact.openapi.content import SUPPORTED_VERSIONS
from storepact.openapi.document import Document
from storepact.openapi.pointers import pointer_to
from storepact.openapi.yaml import load_yaml

DATA = Path(__file__).parents[1] / "data"

VERSIONS = ("3.0", "3.1", "3.2")

#: The document of 3.0 as one of 3.1, which has most objects in common with it.
RENEWED = "3.0 as 3.1"

#: Changes that change nothing, each with why.
MEANINGLESS = {
    ("3.0", "delete", "/paths/~1plants~1{id}/post/parameters/1/explode"): "false is the default of the style",
    ("3.0", "delete", "/paths/~1herbs/get/responses/204/headers/X-Style/style"): "simple is the default",
    ("3.0", "delete", "/components/schemas/Tree/allOf/1/type"): "the other part of allOf has it",
    ("3.0", "delete", "/components/schemas/Herb/allOf/1/type"): "the other part of allOf has it",
    ("3.0", "delete", "/components/schemas/Base/type"): "the other part of allOf has it",
    ("3.0", "delete", "/components/schemas/Herb/allOf/1/properties/smell/type"): "the values say it",
    ("3.0", "delete", "/components/schemas/Every/properties/nullable/type"): "the values say it",
    ("3.0", "delete", "/components/schemas/Every/properties/nullable/enum/1"): "nullable says it",
    ("3.2", "delete", "/components/schemas/Tree/properties/kind/type"): "the values say it",
    ("3.1", "delete", "/components/schemas/Every/$defs/Used/type"): "the constant says it",
    ("3.1", "change", "/components/schemas/Every/$defs/Used/type"): "nothing fits, for the constant decides",
}


def load(version):
    if version == RENEWED:
        return {**load_yaml(DATA / "every-construct-3.0.yaml"), "openapi": "3.1.0"}
    return load_yaml(DATA / f"every-construct-{version}.yaml")


def copy_along(data, path):
    """A copy that shares all but what lies on the way to a node; and the copied holder of the node."""
    mutated = holder = copy.copy(data)
    for token in path[:-1]:
        holder[token] = copy.copy(holder[token])
        holder = holder[token]
    return mutated, holder


def mutations(data) -> Iterator[tuple[str, str, object]]:
    """(what, pointer, document) of every node, deleted and changed."""
    for path, value in walk(data):
        if not path:
            continue
        for what in ("delete", "change"):
            mutated, holder = copy_along(data, path)
            if what == "delete":
                del holder[path[-1]]
            elif isinstance(value, dict | list):
                continue  # what is in it is changed
            else:
                holder[path[-1]] = other(path, value)
            yield what, pointer_to(path), mutated


def other(path, value):
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if value is None:
        return "null"
    if path[-1] == "type" and value in ("string", "integer", "number", "boolean", "object", "array"):
        return "boolean" if value != "boolean" else "string"
    return f"{value}x"


def outcome(ours, data):
    is_readable = str(data.get("openapi", "")).startswith(SUPPORTED_VERSIONS) and "paths" in data
    if not is_readable:
        return "unusable"  # `download` refuses it
    try:
        comparison = compare_documents(ours, Document(data, Path("theirs")))
    except DocumentUnusable:
        return "unusable"
    return "difference" if comparison.differences else "not compared" if comparison.omissions else "silent"


@pytest.mark.parametrize("version", OBJECTS)
def test_the_documents_have_every_field(version):
    """Every fixed field of every object that the specification has is in a document of that version."""
    documents = [load(version), *([load(RENEWED)] if version == "3.1" else [])]
    used = {field for document in documents for field in used_fields(version, document)}
    assert fields_of(version) - used == set()


@pytest.mark.parametrize("version", [*VERSIONS, RENEWED])
def test_no_change_is_silent(version):
    """Every change is a difference, or is listed as not compared, or makes the document unusable."""
    data = load(version)
    ours = Document(data, Path("ours"))
    assert outcome(ours, copy.deepcopy(data)) == "silent"
    is_renewed = version == RENEWED
    silent = {
        ("3.0" if is_renewed else version, what, pointer)
        for what, pointer, mutated in list(mutations(data))[:: 3 if is_renewed else 1]  # most are of 3.0, too
        if outcome(ours, mutated) == "silent"
    }
    assert silent - MEANINGLESS.keys() == set()


@pytest.mark.parametrize("version", VERSIONS)
def test_looking_at_texts_first_changes_nothing(version, monkeypatch):
    """Schemas of the same text are followed only where they refer to others: some of the changes."""
    data = load(version)
    for _, _, mutated in [item for item in mutations(data) if item[1].startswith("/components")][::9]:
        try:
            result = compare(data, mutated)
        except Exception:  # no document any more
            continue
        assert result == compare_everything(data, mutated, monkeypatch)
