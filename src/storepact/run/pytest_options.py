"""The options of pytest, made from the fields of the settings."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import pytest

from storepact.model.errors import ConfigUnusable
from storepact.run.config.layers import Value
from storepact.run.config.names import name_option
from storepact.run.config.sources import read_layers
from storepact.run.config.variables import misspelt_variables
from storepact.run.options import BOOLEANS, VERIFY, OptionField
from storepact.run.settings import Settings, option_fields


def add_options(parser: pytest.Parser) -> None:
    """Declare every option that pytest takes, too."""
    group = parser.getgroup("storepact", "contract tests of a provider")
    for entry in option_fields():
        if entry.option.pytest:
            group.addoption(_flag(entry), dest=_destination(entry), **_details(entry))


def read_options(
    namespace: object,
    *,
    workers: int | None,
    environment: Mapping[str, str] = os.environ,
    folder: Path = Path(),
) -> Settings:
    """The settings of pytest's options; what was not typed comes from the environment and the file.

    Raises:
        ConfigUnusable: the configuration cannot be used.

    """
    entries = {_key(entry): entry for entry in option_fields() if entry.option.pytest}
    values: dict[str, Any] = {
        entry.name: getattr(namespace, _destination(entry)) for entry in entries.values()
    }
    typed = {
        key: _words(values[entry.name]) for key, entry in entries.items() if values[entry.name] is not None
    }
    layers = read_layers(folder, environment)
    notes = [layers.file.note] if layers.file is not None and layers.file.note else []
    words = [word for values_of_option in typed.values() for word in values_of_option]
    for note in (*notes, *misspelt_variables(environment, layers.file, words)):
        print(f"storepact: {note}", file=sys.stderr)
    names = [name_option((VERIFY,), entry.flag, entry.type) for entry in entries.values()]
    for key, value in layers.resolve(names, typed).values.items():
        if not value.is_deferred:
            values[entries[key].name] = _convert(entries[key], value)
    chosen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if value is not None
    }
    return Settings(**{**chosen, "workers": workers})


def _key(entry: OptionField) -> str:
    return entry.flag.removeprefix("--")


def _words(value: object) -> tuple[str, ...]:
    """A typed value as words."""
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _convert(entry: OptionField, value: Value) -> object:
    """The value of a source, of the field's type.

    Raises:
        ConfigUnusable: it has another type, or is outside of the limits.

    """
    if get_origin(entry.type) is tuple:
        return value.words
    word = value.words[0]
    if entry.type is bool:
        if word.lower() not in BOOLEANS:
            raise ConfigUnusable(value.source, f"{entry.flag} is true or false")
        return BOOLEANS[word.lower()]
    try:
        return _reader(entry)(word)
    except (ValueError, argparse.ArgumentTypeError):
        raise ConfigUnusable(value.source, f"{entry.flag} has a value that it cannot have") from None


def _flag(entry: OptionField) -> str:
    return entry.option.pytest_name or entry.flag


def _destination(entry: OptionField) -> str:
    """A name of ours: pytest and its plugins keep their own options in the same namespace."""
    return f"storepact_{entry.name}"


def _details(entry: OptionField) -> dict[str, Any]:
    details: dict[str, Any] = {"default": None, "help": entry.option.help.replace("%", "%%")}
    if entry.type is bool:
        return {**details, "action": "store_true"}
    if get_origin(entry.type) is tuple:
        return {**details, "action": "append"}
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
