"""Numbers that are integers in value and not in spelling, such as `1.0`."""

from __future__ import annotations

from storepact.model.tree import Json


def has_whole_float(value: Json) -> bool:
    """Whether a value holds a number with a fraction of zero, or with an exponent."""
    if isinstance(value, float):
        return value.is_integer()
    if isinstance(value, dict):
        return any(map(has_whole_float, value.values()))
    return isinstance(value, list) and any(map(has_whole_float, value))


def halve_whole_float(value: Json) -> Json:
    """A number that is no integer in any dialect in place of one that is in some."""
    return 0.5 if isinstance(value, float) and value.is_integer() else value
