"""The options that were not typed: their values come from the environment and from the configuration file."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App, Token

from storepact.model.errors import UsageError
from storepact.model.values import lean_value
from storepact.run.config.names import Name, name_option
from storepact.run.config.sources import read_layers
from storepact.run.config.variables import misspelt_variables
from storepact.run.options import BOOLEANS, RUNS
from storepact.run.run_settings import MOCK
from storepact.run.settings import option_fields

if TYPE_CHECKING:
    from cyclopts.argument import Argument, ArgumentCollection

    from storepact.run.config.file import ConfigFile
    from storepact.run.config.layers import Layers, Resolution

#: The source of what was typed.
_TYPED = "cli"

#: Commands that work without the configuration, however it looks.
WITHOUT_CONFIGURATION = frozenset(
    {("init",), ("config", "schema"), ("explain",), ("checks",), ("completion",), ("--install-completion",)}
)


@lean_value(frozen=True)
class CommandOptions:
    """The options of a command, with what was typed."""

    arguments: Mapping[str, Argument]
    """By key."""
    names: Mapping[str, Name]
    typed: Mapping[str, tuple[str, ...]]


def fill_options(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Give options that were not typed the values of the environment and of the file; Cyclopts calls it.

    Raises:
        ConfigUnusable: the configuration cannot be used.

    """
    words = [token.value for argument in arguments for token in argument.tokens if token.source == _TYPED]
    if commands in WITHOUT_CONFIGURATION:
        print_notes(words)
        return
    layers = read_layers(Path(), os.environ)
    print_notes(words, layers.file)
    options = options_of(commands, arguments)
    resolve_options(layers, options)
    if RUNS.intersection(commands):
        _refuse_idle_options(options)


def print_notes(words: Sequence[str], file: ConfigFile | None = None) -> None:
    """Print on stderr what the user should know about a second file, and the variables of no option."""
    notes = [file.note] if file is not None and file.note else []
    for note in (*notes, *misspelt_variables(os.environ, file, words)):
        print(f"storepact: {note}", file=sys.stderr)


def options_of(commands: tuple[str, ...], arguments: ArgumentCollection) -> CommandOptions:
    """The options of a command. Arguments by position are `typed`, as they may replace an option."""
    named = {}
    for argument in arguments:
        name = name_option(commands, argument.name, argument.hint)
        if argument.parse and not argument.children and (argument.name.startswith("--") or name.is_alias):
            named[name.option] = (argument, name)
    typed = {
        key: tuple(token.value for token in argument.tokens)
        for key, (argument, _) in named.items()
        if any(token.source == _TYPED for token in argument.tokens)
    }
    by_position = {argument.name: argument for argument in arguments if not argument.name.startswith("-")}
    typed |= {
        name: tuple(token.value for token in argument.tokens)
        for name, argument in by_position.items()
        if argument.tokens
    }
    return CommandOptions(
        {key: argument for key, (argument, _) in named.items()},
        {key: name for key, (_, name) in named.items()},
        typed,
    )


def _refuse_idle_options(options: CommandOptions) -> None:
    """Refuse what was typed for writing where the run may only read.

    In the file and in variables such options are for several calls, and say nothing about this one.

    Raises:
        UsageError: one of them was typed.

    """
    target = [token.value for token in options.arguments["target"].tokens]
    allowed = options.arguments["allow-writes"].tokens
    if target in ([], [MOCK]) or any(
        token.implicit_value is True or BOOLEANS.get(token.value.lower(), bool(token.value))
        for token in allowed
    ):
        return
    for entry in option_fields():
        if entry.option.only_writing and entry.flag.removeprefix("--") in options.typed:
            raise UsageError(f"{entry.flag} is for runs that write: give --allow-writes, too")


def resolve_options(layers: Layers, options: CommandOptions) -> Resolution:
    """Put the values of the sources into the arguments."""
    resolution = layers.resolve(options.names.values(), options.typed)
    for key, value in resolution.values.items():
        if value.is_deferred:
            continue
        options.arguments[key].tokens[:] = [
            Token(keyword=f"--{key}", value=word, source=value.source, index=index)
            for index, word in enumerate(value.words)
        ]
    return resolution
