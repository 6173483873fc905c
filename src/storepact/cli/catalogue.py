"""Every command with its options, as the configuration, its schema and its documentation list them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, get_args, get_origin

from cyclopts import App
from cyclopts.validators import Number

from storepact.cli.commands import example_of
from storepact.cli.sources import WITHOUT_CONFIGURATION
from storepact.model.values import lean_value
from storepact.run.config.names import Name, name_option

if TYPE_CHECKING:
    from cyclopts.argument import Argument


@lean_value(frozen=True)
class CommandOption:
    """One option of a command."""

    name: Name
    help: str
    type: str
    """The type of its value in JSON Schema."""
    default: object
    minimum: float | None = None
    maximum: float | None = None


def all_options() -> dict[tuple[str, ...], tuple[CommandOption, ...]]:
    """The options of every command that reads the configuration, by the command's words."""
    from storepact.cli.main import app

    return {
        words: tuple(_options(words, command))
        for words, command in _commands(app, ())
        if words not in WITHOUT_CONFIGURATION
    }


def _commands(app: App, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], App]]:
    """Every command below an app; a group that is a command itself comes before its own."""
    if words and app.default_command is not None:
        yield words, app
    for name in app:
        if not name.startswith("-"):
            yield from _commands(app[name], (*words, name))


def _options(words: tuple[str, ...], command: App) -> Iterator[CommandOption]:
    for argument in command.assemble_argument_collection():
        if argument.parse and not argument.children and argument.name.startswith("--"):
            yield _option(name_option(words, argument.name, argument.hint), argument)


def _option(name: Name, argument: Argument) -> CommandOption:
    low, high = _limits(argument.parameter.validator)
    default = argument.field_info.default
    plain = default if isinstance(default, str | int | float | bool | Path) else None
    return CommandOption(name, argument.parameter.help or "", _type(argument.hint), plain, low, high)


def _limits(validators: object) -> tuple[float | None, float | None]:
    """The least and the largest number that validators allow."""
    for check in validators if isinstance(validators, tuple) else (validators,):
        if isinstance(check, Number):
            low, high = check.gte, check.lte
            return (None if low is None else float(low)), (None if high is None else float(high))
    return None, None


def _type(hint: object) -> str:
    """The type of JSON Schema for a Python type."""
    if get_origin(hint) is tuple:
        return "array"
    kinds = {hint, *get_args(hint)}
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number")):
        if kind in kinds:
            return name
    return "string"


def commands_table() -> str:
    """Every command as a row of a Markdown table, as docs/commands.md has it: its call, and what it does."""
    from storepact.cli.main import app

    lines = ["| command | what it does | for example |", "| --- | --- | --- |"]
    for words, command in _commands(app, ()):
        if command.default_command is not None:
            name, summary = " ".join(words), command.help.strip().partition("\n\n")[0]
            example = example_of(name).partition("\n")[2].strip()
            lines.append(f"| `storepact {name}` | {' '.join(summary.split())} | `{example}` |")
    return "\n".join(lines)
