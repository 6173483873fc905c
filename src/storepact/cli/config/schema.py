"""`storepact config schema`: the JSON schema of the configuration file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from storepact.cli.catalogue import CommandOption, all_options
from storepact.cli.output import print_json
from storepact.run.config.layers import COMMANDS
from storepact.run.config.named_targets import TARGETS, URL

#: A part of a JSON schema.
Schema: TypeAlias = dict[str, object]


def schema() -> None:
    """Print the JSON schema of storepact.toml, for editors; docs/storepact.schema.json is a copy.

    Exit code: 0.
    """
    print_json(make_schema())


def make_schema() -> Schema:
    """The schema, made of the options of all commands."""
    options = all_options()
    runs = {
        option.name.key: option for listed in options.values() for option in listed if option.name.is_shared
    }
    usual: Schema = {key: _describe(option, with_default=True) for key, option in sorted(runs.items())}
    targets: Schema = {key: _describe(option) for key, option in sorted(runs.items()) if key != "target"}
    address = {"type": "string", "description": "The address of the target, with https://."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "storepact.toml, and [tool.storepact] of pyproject.toml",
        **_table("The options of runs, and those that other commands share with them.", usual),
        "properties": {
            **usual,
            TARGETS: {
                "type": "object",
                "description": "Targets by name, for --target.",
                "additionalProperties": {"$ref": "#/$defs/target"},
            },
            COMMANDS: _commands(options),
        },
        "$defs": {
            "target": {**_table("A target with a name.", {URL: address, **targets}), "required": [URL]}
        },
    }


def shared_options(options: Mapping[tuple[str, ...], Iterable[CommandOption]]) -> dict[str, CommandOption]:
    """The options of the file's top level, by key; described as `verify` has them, where it does."""
    listed = [option for words in sorted(options, key=_usual_first) for option in options[words]]
    return {option.name.key: option for option in reversed(listed) if option.name.is_shared}


def _usual_first(words: tuple[str, ...]) -> tuple[bool, tuple[str, ...]]:
    return (words != ("verify",), words)


def _table(description: str, properties: Schema) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": False,
    }


def _commands(options: dict[tuple[str, ...], tuple[CommandOption, ...]]) -> Schema:
    """The tables of the commands; those of a group are in the group's table."""
    tables: Schema = {}
    groups: dict[str, Schema] = {}
    for words, listed in sorted(options.items()):
        table = _table(f"The options of `storepact {' '.join(words)}`.", _properties(listed))
        if len(words) == 1:
            tables[words[0]] = table
            continue
        group = groups.setdefault(words[0], {})
        group[words[1]] = table
    for name, below in groups.items():
        own = tables.get(name) or _table(f"The commands of `storepact {name}`.", {})
        assert isinstance(own, dict)
        tables[name] = {**own, "properties": {**own["properties"], **below}}
    return _table("The options of single commands.", dict(sorted(tables.items())))


def _properties(listed: Iterable[CommandOption]) -> Schema:
    return {
        option.name.key: {"$ref": f"#/properties/{option.name.key}"}
        if option.name.is_shared
        else _describe(option, with_default=True)
        for option in listed
    }


def _describe(option: CommandOption, *, with_default: bool = False) -> Schema:
    """An option as a property."""
    limits = {"minimum": option.minimum, "maximum": option.maximum}
    described: Schema = {"type": option.type, "description": option.help}
    if option.type == "array":
        described["items"] = {"type": "string"}
    if with_default and option.default not in (None, False, ""):
        default = option.default
        described["default"] = default if isinstance(default, int | float) else str(default)
    return {**described, **{key: value for key, value in limits.items() if value is not None}}
