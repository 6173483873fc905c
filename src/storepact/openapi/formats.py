"""The formats of texts that are checked in every version of OpenAPI."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jsonschema_rs

#: Formats that JSON Schema defines, checked for documents of OpenAPI 3.0, too.
_OF_JSON_SCHEMA = (
    "date",
    "time",
    "date-time",
    "duration",
    "uuid",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
)

#: Formats of which it is known which values have them; some of them say nothing about texts.
DECIDED_FORMATS = frozenset((*_OF_JSON_SCHEMA, "byte", "int32", "int64", "float", "double", "password"))


@lru_cache(maxsize=1)
def format_checks() -> dict[str, Callable[[str], bool]]:
    """By format: whether a text has it."""
    return {"byte": _is_base64, **{name: _check(name) for name in _OF_JSON_SCHEMA}}


def _check(name: str) -> Callable[[str], bool]:
    validator: Any = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)

    def has_format(text: str) -> bool:
        return not isinstance(text, str) or bool(validator.is_valid(text))

    return has_format


def _is_base64(text: str) -> bool:
    if not isinstance(text, str):
        return True
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
