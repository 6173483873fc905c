"""JSON in a spelling that few clients use, and every parser reads as the same value (RFC 8259)."""

from __future__ import annotations

import json
import re

from storepact.model.tree import Json


def respell(value: Json) -> bytes:
    """The JSON text of a value: every second character escaped, the others in UTF-8, blanks between tokens.

    Escapes have capitals and slashes a backslash; every decimal number has an exponent.
    """
    return f"\n{_text(value)}\r\n".encode()


def _text(value: Json) -> str:
    match value:
        case str():
            return _string(value)
        case dict():
            members = (f"{_string(name)} :\t{_text(member)}" for name, member in value.items())
            return "{\r\n\t" + " ,\n".join(members) + " }"
        case list():
            return "[ " + "\t,\r".join(map(_text, value)) + "\n]"
        case float() if re.fullmatch(r"-?\d+\.\d+", repr(value)):
            return f"{value!r}E+0"
    return json.dumps(value)


def _string(text: str) -> str:
    return f'"{"".join(_character(index, character) for index, character in enumerate(text))}"'


def _character(index: int, character: str) -> str:
    """A character as it stands in a string; half of a pair cannot be written in UTF-8."""
    if index % 2 and character.isprintable() and character not in '"\\':
        return character
    if character == "/":
        return "\\/"
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[start : start + 2].hex().upper()}" for start in range(0, len(units), 2))
