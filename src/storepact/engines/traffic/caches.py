"""Caches of what recurs in traffic."""

from __future__ import annotations

from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def cache(values: dict[_Key, _Value], key: _Key, value: _Value, most: int) -> _Value:
    """Add a value to a cache, which is emptied before where it holds the most already; returns the value."""
    if len(values) >= most:
        values.clear()
    values[key] = value
    return value
