"""The options that were not typed: their values come from the environment and from the configuration file."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError, Token

from storepact.run.config.names import Name, name_option
from storepact.run.config.secrets import mask_text
from storepact.run.config.sources import read_layers

if TYPE_CHECKING:
    from cyclopts.argument import Argument, ArgumentCollection

    from storepact.run.config.layers import Layers, Resolution

#: The source of what was typed.
_TYPED = "cli"

#: Commands that work without the configuration, however it looks.
WITHOUT_CONFIGURATION = frozenset(
    {("init",), ("config", "schema"), ("explain",), ("checks",), ("completion",), ("--install-completion",)}
)


@dataclass(frozen=True)
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
    if commands in WITHOUT_CONFIGURATION:
        return
    layers = read_layers(Path(), os.environ)
    if layers.file is not None and layers.file.note:
        print(f"storepact: {layers.file.note}", file=sys.stderr)
    resolve_options(layers, options_of(commands, arguments))


def options_of(commands: tuple[str, ...], arguments: ArgumentCollection) -> CommandOptions:
    """The options of a command; arguments by position are left out."""
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
    return CommandOptions(
        {key: argument for key, (argument, _) in named.items()},
        {key: name for key, (_, name) in named.items()},
        typed,
    )


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


def describe_error(error: CycloptsError) -> str:
    """What is wrong with a call, on one line: the variable or line of the value first, no secret."""
    tokens = error.argument.tokens if error.argument else []
    source = next((f"{token.source}: " for token in tokens if token.source not in (_TYPED, "env")), "")
    return mask_text(f"{source}{' '.join(str(error).split())}")
