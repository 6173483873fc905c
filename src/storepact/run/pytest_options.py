"""The options of pytest, made from the fields of the settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import pytest

from storepact.run.options import OptionField
from storepact.run.settings import Settings, option_fields


def add_options(parser: pytest.Parser) -> None:
    """Declare every option that pytest takes, too."""
    group = parser.getgroup("storepact", "contract tests of a provider")
    for entry in option_fields():
        if entry.option.pytest:
            group.addoption(_flag(entry), dest=_destination(entry), **_details(entry))


def read_options(namespace: Any, *, workers: int) -> Settings:
    """The settings that were typed as options of pytest."""
    values = {
        entry.name: getattr(namespace, _destination(entry))
        for entry in option_fields()
        if entry.option.pytest
    }
    repeated = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Settings(**{**values, **repeated, "workers": workers})


def _flag(entry: OptionField) -> str:
    return entry.option.pytest_name or entry.flag


def _destination(entry: OptionField) -> str:
    """A name of ours: pytest and its plugins keep their own options in the same namespace."""
    return f"storepact_{entry.name}"


def _details(entry: OptionField) -> dict[str, Any]:
    details: dict[str, Any] = {"default": entry.default, "help": entry.option.help.replace("%", "%%")}
    if entry.type is bool:
        return {**details, "action": "store_true"}
    if get_origin(entry.type) is tuple:
        return {**details, "action": "append", "default": []}
    if entry.option.metavar:
        details["metavar"] = entry.option.metavar
    return {**details, "type": _reader(entry)}


def _reader(entry: OptionField) -> Callable[[str], Any]:
    """Read the option's value, within its limits."""
    types = [kind for kind in get_args(entry.type) or (entry.type,) if kind is not NoneType]
    read: Callable[[str], Any] = types[0]
    low, high = entry.option.minimum, entry.option.maximum
    if low is None and high is None:
        return read if read in (int, float, Path) else str

    def read_within_limits(text: str) -> Any:
        value = read(text)
        if (low is not None and value < low) or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high or 'any number'}")
        return value

    return read_within_limits
