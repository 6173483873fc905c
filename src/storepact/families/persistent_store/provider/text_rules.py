"""The rules for `on`, name and tags, and for the characters of all texts."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import msgspec

from storepact.families.persistent_store.provider.body_values import (
    BOUNDS,
    Rules,
    config_of,
    first,
    member_of,
    tags_of,
    texts_in,
)
from storepact.families.persistent_store.provider.choices import Choices

_PLAIN = re.compile(r"[A-Za-z0-9._-]*")


_INVISIBLE = frozenset({"Cf", "Co", "Cn", "Zl", "Zp"})


def _on_type(body: Any, kind: str, choices: Choices) -> str | None:
    return None if type(member_of(body, "on", False)) is bool else "on: must be a boolean"


def _name_type(body: Any, kind: str, choices: Choices) -> str | None:
    return None if isinstance(member_of(body, "name", ""), str) else "name: must be a string"


def _name_not_empty(body: Any, kind: str, choices: Choices) -> str | None:
    name = member_of(body, "name")
    blank = choices.empty_name == "refused" and isinstance(name, str) and not name.strip()
    return "name: must not be empty" if blank else None


def _name_length(body: Any, kind: str, choices: Choices) -> str | None:
    longest, name = BOUNDS[choices.bounds][0], member_of(body, "name")
    if not isinstance(name, str):
        return None
    size = len(name.encode("utf-8", "replace")) if choices.bounds == "narrow" else len(name)
    return f"name: must have at most {longest} characters" if size > longest else None


def _tags_type(body: Any, kind: str, choices: Choices) -> str | None:
    return None if isinstance(member_of(body, "tags", []), list) else "tags: must be an array"


def _tag_type(body: Any, kind: str, choices: Choices) -> str | None:
    index = first(index for index, tag in enumerate(tags_of(body)) if not isinstance(tag, str))
    return None if index is None else f"tags.{index}: must be a string"


def _tags_number(body: Any, kind: str, choices: Choices) -> str | None:
    most = BOUNDS[choices.bounds][1]
    return f"tags: must have at most {most} items" if len(tags_of(body)) > most else None


def _tag_length(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.bounds == "none":
        return None
    longest = BOUNDS[choices.bounds][2]
    strings = ((index, tag) for index, tag in enumerate(tags_of(body)) if isinstance(tag, str))
    index = first(index for index, tag in strings if not 0 < len(tag) <= longest)
    return None if index is None else f"tags.{index}: must have 1 to {longest} characters"


def _tags_distinct(body: Any, kind: str, choices: Choices) -> str | None:
    tags = [tag for tag in tags_of(body) if isinstance(tag, str)]
    duplicate = choices.duplicate_tags == "refused" and len(set(tags)) < len(tags)
    return "tags: must not have the same tag twice" if duplicate else None


def _no_control_characters(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.control_characters == "accepted":
        return None
    member = first(
        member for member, text in texts_in(body) if any(ord(char) < 32 or ord(char) == 127 for char in text)
    )
    return None if member is None else f"{member}: must not have control characters"


def _visible_characters(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.characters == "any":
        return None
    member = first(
        member
        for member, text in texts_in(body)
        if any(unicodedata.category(char) in _INVISIBLE for char in text)
    )
    return None if member is None else f"{member}: must not have invisible characters"


def _plain_characters(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.characters != "plain":
        return None
    texts = [("tags", tag) for tag in tags_of(body)] + [("config.username", config_of(body).get("username"))]
    member = first(member for member, text in texts if isinstance(text, str) and not _PLAIN.fullmatch(text))
    return None if member is None else f"{member}: must have letters, digits and . _ - only"


def _no_lone_surrogates(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.lone_surrogates == "accepted" or _is_encodable(body):
        return None
    member = first(
        member for member, text in texts_in(body) if any(0xD800 <= ord(char) < 0xE000 for char in text)
    )
    return None if member is None else f"{member}: must not have lone surrogates"


def _is_encodable(body: Any) -> bool:
    """Whether all texts of a body can be encoded in UTF-8."""
    try:
        msgspec.json.encode(body)
    except (UnicodeEncodeError, OverflowError):  # or a number is too large
        return False
    return True


def _config_length(body: Any, kind: str, choices: Choices) -> str | None:
    longest = BOUNDS[choices.bounds][3]
    strings = ((name, value) for name, value in config_of(body).items() if isinstance(value, str))
    name = first(name for name, value in strings if len(value) > longest)
    return None if name is None else f"config.{name[:60]}: must have at most {longest} characters"


#: The rules for `on`, name, tags and texts, in the order in which they are applied.
TEXT_RULES: Rules = {
    "on-type": _on_type,
    "name-type": _name_type,
    "tags-type": _tags_type,
    "tag-type": _tag_type,
    "name-filled": _name_not_empty,
    "name-length": _name_length,
    "tags-number": _tags_number,
    "tag-length": _tag_length,
    "tags-distinct": _tags_distinct,
    "config-length": _config_length,
    "control-characters": _no_control_characters,
    "visible-characters": _visible_characters,
    "plain-characters": _plain_characters,
    "lone-surrogates": _no_lone_surrogates,
}
