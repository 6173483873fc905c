"""Faults of single characters, and of values that look like nothing or like several."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    change_bodies,
    change_creates,
    change_items,
    change_requests,
    error_response,
    fault,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "data-dependent"
_TextEdit = Callable[[str], str]


def _in_create(member: str, edit: _TextEdit) -> LayerFactory:
    """Change a text of the body of each create: `name`, `tags`, or a member of config."""

    def apply(body: Item) -> None:
        place = body if member in ("name", "tags") else body["config"]
        if member in place:
            place[member] = _edit(place[member], edit)

    return change_creates(apply)


def _leave_out(**values: str | bool) -> LayerFactory:
    """Leave members of config with these values out of the responses to gets."""

    def apply(item: Item) -> None:
        for name, value in values.items():
            if item["config"].get(name) == value:
                del item["config"][name]

    return change_items(("get",), apply)


def _in_update(member: str, edit: _TextEdit) -> LayerFactory:
    """Change a text that a patch assigns as a whole."""

    def apply(operation: Item) -> Item:
        if operation.get("path") == f"/{member}" and "value" in operation:
            return {**operation, "value": _edit(operation["value"], edit)}
        value = operation.get("value")
        if operation.get("path") == "/config" and isinstance(value, dict) and member in value:
            return {**operation, "value": {**value, member: _edit(value[member], edit)}}
        return operation

    return change_bodies(("update",), lambda body: _change_operations(body, apply))


def _edit(value: Any, edit: _TextEdit) -> Any:
    if isinstance(value, str):
        return edit(value)
    return [_edit(element, edit) for element in value] if isinstance(value, list) else value


def _change_operations(body: Any, edit: Callable[[Item], Item | None]) -> Any:
    """The patch with each operation changed; None leaves it out."""
    if isinstance(body, dict):
        return {**body, "patch": _change_operations(body["patch"], edit)} if "patch" in body else body
    if not isinstance(body, list):
        return body
    changed = [(item, edit(item) if isinstance(item, dict) else item) for item in body]
    return [after for before, after in changed if after is not None or before is None]


def _without(*characters: str) -> _TextEdit:
    return lambda text: "".join(character for character in text if character not in characters)


def _without_category(category: str) -> _TextEdit:
    return lambda text: "".join(char for char in text if unicodedata.category(char) != category)


def _ignore(op: str, path: str, value: Any) -> LayerFactory:
    """Leave out the operations that set a member to this value."""

    def apply(operation: Item) -> Item | None:
        is_ignored = operation.get("op") == op and operation.get("path") == path
        return None if is_ignored and operation.get("value") == value else operation

    return change_bodies(("update",), lambda body: _change_operations(body, apply))


def _ignore_falsy_tests(operation: Item) -> Item | None:
    is_empty = operation.get("value", "") in ("", [], 0, False)
    return None if operation.get("op") == "test" and is_empty else operation


def _ignore_null_tests(operation: Item) -> Item | None:
    return None if operation.get("op") == "test" and operation.get("value", "") is None else operation


def _split_tags(body: Item) -> None:
    if isinstance(body.get("tags"), list) and all(isinstance(tag, str) for tag in body["tags"]):
        body["tags"] = [part for tag in body["tags"] for part in tag.split(",")]


def _without_zeros(port: str) -> str:
    return str(int(port)) if port.isascii() and port.isdigit() else port


def _make_tabs_blanks(request: MockRequest) -> MockRequest | MockResponse:
    if re.search(rb"(?<!\\)\\[nr]", request.body):
        return error_response(400, "invalid_request", "texts must have one line")
    return replace(request, body=request.body.replace(b"\\t", b" "))


_PLAIN = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


FAULTS = (
    fault(
        "names-without-joiners", _C, "SP601", "U+FE0F and U+200D in names are lost",
        _in_create("name", _without("\ufe0f", "\u200d")),
    ),
    fault(
        "tags-without-invisible", _C, "SP601", "invisible characters in replaced tags are lost",
        _in_update("tags", _without_category("Cf")),
    ),
    fault(
        "tags-without-marks", _C, "SP601", "combining marks in tags are lost",
        _in_create("tags", _without_category("Mn")),
    ),
    fault(
        "usernames-compatible", _C, "SP601", "usernames are normalized (NFKC)",
        _in_create("username", lambda text: unicodedata.normalize("NFKC", text)),
    ),
    fault(
        "usernames-in-plane-zero", _C, "SP601", "an update loses characters of the username beyond U+FFFF",
        _in_update("username", lambda text: "".join(char for char in text if ord(char) < 0x10000)),
    ),
    fault(
        "names-decomposed", _C, "SP601", "an update decomposes the characters of a name (NFD)",
        _in_update("name", lambda text: unicodedata.normalize("NFD", text)),
    ),
    fault(
        "names-sharp-s", _C, "SP601", "in names \u00df becomes ss",
        _in_create("name", lambda text: text.replace("\u00df", "ss")),
    ),
    fault(
        "names-plain-quotes", _C, "SP601", "typographic quotes in names become plain ones",
        _in_create("name", lambda text: text.translate(_PLAIN)),
    ),
    fault(
        "dashes-plain", _C, "SP601", "an update of the tags makes dashes hyphens",
        _in_update("tags", lambda text: text.replace("\u2013", "-").replace("\u2014", "--")),
    ),
    fault(
        "switch-off-ignored", _C, "SP601", "a patch of /on to false is ignored",
        _ignore("replace", "/on", value=False),
    ),
    fault(
        "no-tags-ignored", _C, "SP601", "a patch of /tags to an empty array is ignored",
        _ignore("replace", "/tags", []),
    ),
    fault(
        "zero-is-nothing", _C, "SP601", "the username 0 is stored as an empty one",
        _in_create("username", lambda text: "" if text == "0" else text),
    ),
    fault(
        "false-left-out", _C, "SP601", "a tlsEnabled of false is left out of a get",
        _leave_out(tlsEnabled=False),
    ),
    fault(
        "defaults-left-out", _C, "SP601", "what equals a default of Redis is left out of a get",
        _leave_out(port="6379", username="", tlsEnabled=False),
    ),
    fault(
        "zeros-lost", _C, "SP601", "leading zeros of a port are lost", _in_create("port", _without_zeros)
    ),
    fault(
        "users-unquoted", _C, "SP601", "escapes of URLs in a username that a create gives are undone",
        _in_create("username", unquote),
    ),
    fault(
        "tags-split", _C, "SP601", "a tag with a comma is stored as two", change_creates(_split_tags)
    ),
    fault(
        "names-cut-at-semicolon", _C, "SP601", "an update cuts a name at its first semicolon",
        _in_update("name", lambda text: text.partition(";")[0]),
    ),
    fault(
        "ids-cut-at-colon", _C, "SP601", "config.externalId is cut at its first colon",
        _in_create("externalId", lambda text: text.partition(":")[0]),
    ),
    fault(
        "empty-tests-pass", _C, "SP609", "a test whose value is empty, zero or false passes",
        change_bodies(("update",), lambda body: _change_operations(body, _ignore_falsy_tests)),
    ),
    fault(
        "null-tests-pass", _C, "SP609", "a test whose value is null passes",
        change_bodies(("update",), lambda body: _change_operations(body, _ignore_null_tests)),
    ),
    fault(
        "decimals-shortened", _C, "SP601", "the name 1.10 is stored as 1.1",
        _in_create("name", lambda text: "1.1" if text == "1.10" else text),
    ),
    fault(
        "dates-with-time", _C, "SP601", "an update of the tags adds a time to dates",
        _in_update("tags", lambda text: re.sub(r"^(\d{4}-\d\d-\d\d)$", r"\1T00:00:00Z", text)),
    ),
    fault(
        "yaml-booleans", _C, "SP601", "the username no is stored as false",
        _in_create("username", lambda text: "false" if text == "no" else text),
    ),
    fault(
        "formulas-quoted", _C, "SP601", "a name that begins with = gets an apostrophe",
        _in_create("name", lambda text: f"'{text}" if text.startswith("=") else text),
    ),
    fault(
        "line-ends-normalized", _C, "SP601", "an update of the name makes CR LF a line feed",
        _in_update("name", lambda text: text.replace("\r\n", "\n")),
    ),
    fault(
        "tabs-as-blanks", _C, "SP601", "tabs in names become blanks; line breaks are refused",
        change_requests(("create", "update"), _make_tabs_blanks),
    ),
    fault(
        "names-trimmed-wide", _C, "SP601", "no-break spaces around a name are lost",
        _in_create("name", lambda text: text.strip("\u00a0\u202f")),
    ),
    fault(
        "host-port-split", _C, "SP601", "a port in the host is taken away",
        _in_create("host", lambda text: re.sub(r"^([^:]+):\d+$", r"\1", text)),
    ),
)  # fmt: skip
