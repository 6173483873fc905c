"""The flaws of a patch: its form by RFC 6902, and the values that it assigns (D17, D18, D21)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from storepact.families.persistent_store.patch_places import find_place_flaws
from storepact.families.persistent_store.pointers import is_within
from storepact.families.persistent_store.unspecified import (
    find_unusual_config,
    find_unusual_name,
    find_unusual_tags,
)
from storepact.families.persistent_store.violations import BAD_BODY, UNEDITABLE, to_flaw
from storepact.model.expectation import Flaw
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.validators import Violation, compile_schema

_FAILED_TEST = frozenset({400, 409, 422})
_CONFIG_SCHEMA = {"redis": "RedisConfigPost", "dynamodb": "DynamoDbConfigPost"}
_VERBS = ("add", "remove", "replace", "move", "copy", "test")
_LONG_COMMENT, _LONG_PATCH, _UNREACHED_VERSION = 100, 20, 100_000


def find_patch_flaws(value: Json, kind: str, document: Document) -> Iterator[Flaw]:
    """The flaws of an update's body: a list of operations, or an object with `comment` and `patch`."""
    if isinstance(value, Mapping) and "patch" in value:
        comment = value.get("comment", "")
        if not isinstance(comment, str) or len(comment) > _LONG_COMMENT:
            yield Flaw("the comment is long or not a string (D13)", BAD_BODY, certain=False)
        if value.keys() - {"comment", "patch"}:
            yield Flaw("there are members beside comment and patch", BAD_BODY, certain=False)
        value = value["patch"]
    if not isinstance(value, list):
        yield Flaw("a patch is an array of operations", BAD_BODY, rule="patch")
        return
    if not value:
        yield Flaw("the patch is empty (D17)", BAD_BODY, certain=False)
    paths = [operation.get("path") for operation in value if isinstance(operation, Mapping)]
    if len(value) > _LONG_PATCH or paths.count("/tags/-") > 1:
        yield Flaw("the patch is long, or appends many tags (D13)", BAD_BODY, certain=False)
    for index, operation in enumerate(value):
        is_replaced = any(_overwrites(later, operation) for later in value[index + 1 :])
        for flaw in _find_operation_flaws(operation, kind, document, value[:index]):
            certain = flaw.certain and not (is_replaced and flaw.rule.startswith(("patch /", "body ")))
            yield replace(flaw, why=f"operation {index}: {flaw.why}", certain=certain)


def _overwrites(later: Json, earlier: Json) -> bool:
    """Whether one operation replaces all that an earlier one sets, so that its value may never be checked."""
    if not isinstance(later, Mapping) or not isinstance(earlier, Mapping):
        return False
    path, earlier_path = later.get("path"), earlier.get("path")
    if later.get("op") not in ("add", "replace", "remove") or not isinstance(path, str):
        return False
    return path == earlier_path or (isinstance(earlier_path, str) and is_within(earlier_path, path))


def _find_operation_flaws(
    operation: Json, kind: str, document: Document, earlier: Sequence[Json]
) -> Iterator[Flaw]:
    malformed = _find_malformation(operation)
    if malformed is not None:
        yield malformed
        return
    yield from find_place_flaws(operation, kind, earlier)
    verb, path = operation["op"], operation["path"]
    if verb == "test":
        value = operation["value"]
        is_impossible = path == "/version" and isinstance(value, int | float) and value > _UNREACHED_VERSION
        rule = "precondition" if is_impossible else "test"
        yield Flaw("tests for a value that need not be there", _FAILED_TEST, is_impossible, rule)
    elif verb in ("add", "replace"):
        yield from _find_assignment_flaws(verb, path, operation["value"], kind, document)
    else:
        yield Flaw(f"{verb}s what may be required", UNEDITABLE, certain=False)


def _find_malformation(operation: Json) -> Flaw | None:
    """Why an operation is not one of RFC 6902."""
    if not isinstance(operation, Mapping):
        return Flaw("is not an object", BAD_BODY, rule="patch operation")
    verb, path = operation.get("op"), operation.get("path")
    if verb not in _VERBS:
        return Flaw("has no `op` of RFC 6902", BAD_BODY, rule="patch op")
    if not _is_pointer(path):
        return Flaw("has no `path` that is a JSON pointer", BAD_BODY, rule="patch path")
    if verb in ("add", "replace", "test") and "value" not in operation:
        return Flaw("has no `value`", BAD_BODY, rule="patch value")
    if verb in ("move", "copy") and not _is_pointer(operation.get("from")):
        return Flaw("has no `from` that is a JSON pointer", BAD_BODY, rule="patch from")
    return None


def _is_pointer(value: Json) -> bool:
    return isinstance(value, str) and (not value or value.startswith("/"))


def _find_assignment_flaws(
    verb: str, path: str, value: Json, kind: str, document: Document
) -> Iterator[Flaw]:
    """The flaws of a well-formed `add` or `replace`: whether this member may have this value."""
    unusual: Iterator[str] = iter(())
    if path == "/config":
        yield from _find_config_flaws(value, kind, document)
        has_type, unusual = True, find_unusual_config(value, kind) if isinstance(value, Mapping) else unusual
    elif path == "/name":
        has_type, unusual = isinstance(value, str), find_unusual_name(value)
    elif path == "/on":
        has_type = isinstance(value, bool)
    elif path == "/tags":
        if isinstance(value, list) and any(tag is None for tag in value):
            yield Flaw("a tag is null", BAD_BODY, certain=False)
            return
        has_type = isinstance(value, list) and all(isinstance(tag, str) for tag in value)
        unusual = find_unusual_tags(value) if has_type else unusual
    elif path == "/tags/-" and verb == "add":
        yield Flaw("whether parts may be patched is not documented (D18)", UNEDITABLE, certain=False)
        has_type = isinstance(value, str)
        unusual = find_unusual_tags([value]) if has_type else unusual
    else:
        yield Flaw(f"{path} need not be there, or not be editable (D18)", UNEDITABLE, certain=False)
        yield from _find_part_flaws(path, value, kind, document)
        return
    if not has_type:
        why = f"{path} cannot be {json.dumps(value)[:40]}"
        yield Flaw(why, BAD_BODY, value is not None, f"patch {path} type")
    for why in unusual:
        yield Flaw(why, BAD_BODY, certain=False)


def _find_part_flaws(path: str, value: Json, kind: str, document: Document) -> Iterator[Flaw]:
    """The wrong type of one member of config, or of one tag: no integration can have it."""
    parent, _, name = path.rpartition("/")
    if parent == "/config":
        own = f"body /config/{name} "
        flaws = _find_config_flaws({name: value}, kind, document)
        yield from (flaw for flaw in flaws if flaw.certain and flaw.rule.startswith(own))
    elif parent == "/tags" and not isinstance(value, str):
        yield Flaw("a tag is a string", BAD_BODY, value is not None, f"patch {path} type")


def _find_config_flaws(value: Json, kind: str, document: Document) -> Iterator[Flaw]:
    """The violations of the schema of this kind's config, where the document has it."""
    name = _CONFIG_SCHEMA.get(kind, "")
    if name not in document.data.get("components", {}).get("schemas", {}):
        return
    for violation in compile_schema(document, f"/components/schemas/{name}").violations(value):
        within_config = Violation(
            ("config", *violation.path), violation.keyword, violation.message, "", value=violation.value
        )
        yield to_flaw(within_config, f"{within_config.place}: {violation.message}")
