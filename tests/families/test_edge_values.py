"""The unusual values: each way in which services change texts changes one of them."""

from __future__ import annotations

import html
import json
import re
import string
import unicodedata
from urllib.parse import unquote_plus

import pytest

from storepact.families.persistent_store import unspecified
from storepact.families.persistent_store.case_bodies import update_bodies
from storepact.families.persistent_store.edge_values import (
    CHARACTERS,
    DYNAMODB,
    LOOKALIKES,
    NAMES,
    REDIS,
    TAGS,
)
from storepact.transport.encodings import SecretShape, make_secret


def without(*categories):
    """An edit that drops all characters of some categories."""
    return lambda text: "".join(char for char in text if unicodedata.category(char) not in categories)


CHARACTER_EDITS = {
    "drops U+FE0F": lambda text: text.replace("\ufe0f", ""),
    "drops U+200D": lambda text: text.replace("\u200d", ""),
    "drops U+200B": lambda text: text.replace("\u200b", ""),
    "drops U+FEFF": lambda text: text.replace("\ufeff", ""),
    "drops U+00AD": lambda text: text.replace("\u00ad", ""),
    "drops marks of direction": lambda text: text.replace("\u200f", "").replace("\u2067", ""),
    "drops what is invisible": without("Cf"),
    "drops marks": without("Mn"),
    "drops enclosing marks": without("Me"),
    "drops symbols": without("So"),
    **{
        form: lambda text, form=form: unicodedata.normalize(form, text)
        for form in ("NFC", "NFD", "NFKC", "NFKD")
    },
    "lowers": str.lower,
    "raises": str.upper,
    "folds": str.casefold,
    "swaps case twice": lambda text: text.swapcase().swapcase(),
    "cuts pairs": lambda text: "".join(char for char in text if ord(char) < 0x10000),
    "stores ASCII": lambda text: text.encode("ascii", "replace").decode(),
    "stores Latin-1": lambda text: text.encode("latin-1", "replace").decode("latin-1"),
    "stores CP1252": lambda text: text.encode("cp1252", "replace").decode("cp1252"),
    "makes line ends alike": lambda text: text.replace("\r\n", "\n"),
    "drops line separators": without("Zl", "Zp"),
    "makes tabs blanks": lambda text: text.replace("\t", " "),
    "makes blanks alike": lambda text: " ".join(text.split()),
}

NAME_EDITS = {
    "strips": str.strip,
    "unquotes": unquote_plus,
    "unescapes": html.unescape,
    "escapes": html.escape,
    "undoes escapes of JSON": lambda text: text.replace("\\u0041", "A"),
    "undoes line breaks": lambda text: text.replace("\\n", "\n"),
    "drops backslashes": lambda text: text.replace("\\", ""),
    **{
        f"cuts at {separator}": lambda text, separator=separator: text.partition(separator)[0]
        for separator in ".,;:/|="
    },
    "stores numbers": lambda text: str(int(text)) if text.isdigit() else text,
    "stores decimals": lambda text: text.rstrip("0") if text.replace(".", "", 1).isdecimal() else text,
    "stores moments": lambda text: re.sub(r"^(\d{4}-\d\d-\d\d)$", r"\1T00:00:00Z", text),
    "stores YAML": lambda text: {"no": "false", "yes": "true"}.get(text, text),
    "quotes formulas": lambda text: f"'{text}" if text[:1] in "=+-@" and text else text,
    "stores JSON": lambda text: (
        str(json.loads(text)) if text in ("0", "false", "[]", "null", "1e3") else text
    ),
    "takes 0 for nothing": lambda text: "" if text == "0" else text,
    "takes false for nothing": lambda text: "" if text == "false" else text,
}


@pytest.mark.parametrize("edit", CHARACTER_EDITS)
def test_edit_changes_an_unusual_text(edit):
    """A provider that changes characters changes one that scenarios send, in every text member."""
    assert [text for text in CHARACTERS if CHARACTER_EDITS[edit](text) != text]


@pytest.mark.parametrize("edit", NAME_EDITS)
def test_edit_changes_a_name(edit):
    """A provider that reads names as something else changes one that scenarios send."""
    assert [text for text in NAMES if NAME_EDITS[edit](text) != text]


def test_unusual_texts_have_an_ordinary_length():
    """No provider refuses them for their length (D13)."""
    assert not [text for text in (*CHARACTERS, *LOOKALIKES) if len(text.encode()) > 64]
    assert not [text for text in (*CHARACTERS, *LOOKALIKES) if text != text.strip() or not text]


def _of_config(member, configs):
    values = (config.get(member) for config in configs)
    pattern = unspecified._ORDINARY[member]
    return [value for value in values if isinstance(value, str) and pattern.fullmatch(value)]


ORDINARY_VALUES = {
    "username": (_of_config("username", REDIS), "._-", "._-", 1, 32),
    "tableName": (_of_config("tableName", DYNAMODB), "._-", "._-", 3, 60),
    "roleArn": (
        [arn.partition("role/")[2] for arn in _of_config("roleArn", DYNAMODB)], "+=,.@-_", "+=,.@-_", 1, 32
    ),
    "tag": (
        [tag for tags in TAGS if not list(unspecified.find_unusual_tags(list(tags))) for tag in tags],
        "", "._-", 1, 32,
    ),
}  # fmt: skip


#: The kinds of characters of a password (D13).
KINDS_OF_CHARACTERS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "._~-")


def _kinds_in(text):
    return frozenset(kind for kind in KINDS_OF_CHARACTERS if set(kind) & set(text))


def test_passwords_need_no_kind_of_character():
    """A provider that requires or refuses any kind of character refuses a password that scenarios send."""
    passwords = [make_secret(shape, b"seed") for shape in SecretShape]
    ordinary = [text for text in passwords if unspecified._ORDINARY["password"].fullmatch(text)]
    kinds = {_kinds_in(text) for text in ordinary}
    assert all(any(kind not in present for present in kinds) for kind in KINDS_OF_CHARACTERS)
    assert frozenset().union(*kinds) == frozenset(KINDS_OF_CHARACTERS)
    assert {frozenset({string.ascii_lowercase}), frozenset({string.digits})} <= kinds
    assert {len(text) for text in ordinary} >= {8, 32}
    assert any(not text.isascii() and " " in text for text in passwords)


def _wrong_types(kind):
    """The JSON types of wrong values that patches set each member of a config to."""
    types = {}
    for mutation, body in update_bodies(kind):
        operation = body[0] if mutation and isinstance(body, list) and body else None
        config = operation.get("value") if isinstance(operation, dict) else None
        if isinstance(config, dict) and operation.get("path") == "/config":
            for member, value in config.items():
                types.setdefault(member, set()).add(type(value))
    return types


@pytest.mark.parametrize(
    ("kind", "members"),
    [("redis", ("host", "username", "password")), ("dynamodb", ("tableName", "roleArn", "externalId"))],
)
def test_every_text_of_a_config_is_set_to_every_wrong_type(kind, members):
    types = _wrong_types(kind)
    for member in members:
        assert types[member] >= {bool, float, list, dict}, member


@pytest.mark.parametrize("member", ORDINARY_VALUES)
def test_what_must_be_accepted_has_every_character_at_both_ends(member):
    """Of each ordinary text (D13) the shortest and longest are sent, and each character first and last."""
    values, first, last, shortest, longest = ORDINARY_VALUES[member]
    assert {len(value) for value in values} >= {shortest, longest}
    for end, others in ((0, first), (-1, last)):
        ends = {value[end] for value in values}
        assert ends >= set(others)
        for letters in (string.ascii_uppercase, string.ascii_lowercase, string.digits):
            assert ends & set(letters), (end, letters)
