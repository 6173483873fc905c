"""The values of a command's options, with their sources."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App, MissingArgumentError, Token

from storepact.cli.sources import CommandOptions, options_of, resolve_options
from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE
from storepact.model.errors import UsageError
from storepact.model.values import lean_value
from storepact.run.config.layers import Layers, Resolution
from storepact.run.config.secrets import mask
from storepact.run.config.sources import read_layers

if TYPE_CHECKING:
    from cyclopts.argument import Argument, ArgumentCollection

#: The sources of tokens, the stronger first, and the variable that counts without them.
_TOKENS = {
    "may write": (("token-command", "token-file", "token-env"), TOKEN_VARIABLE),
    "may only read": (("reader-token-env",), READER_VARIABLE),
}


@lean_value(frozen=True)
class ShownValues:
    """The options of a command as the sources give them."""

    command: tuple[str, ...]
    options: CommandOptions
    resolution: Resolution
    layers: Layers

    @property
    def heading(self) -> str:
        """The command, the file, and the named target."""
        file = self.layers.file
        source = f"with {file.name}" if file else "without a configuration file"
        target = self.resolution.target
        named = f"; the target is {target.name} ({target.where})" if target else ""
        return f"storepact {' '.join(self.command)} {source}{named}"

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The table: option, value, source."""
        yield ("option", "value", "source")
        for option, argument in self.options.arguments.items():
            value, source = self._value(option, argument)
            yield (option, value, source)
            if option in self.resolution.unused:
                yield ("", "", f"not used: {self.resolution.unused[option]}")
        if "token-env" in self.options.arguments:
            yield from self._tokens()

    def as_data(self) -> dict[str, object]:
        """The same for scripts; secrets are masked."""
        file, target, unused = self.layers.file, self.resolution.target, self.resolution.unused
        options = [
            {"option": option, "value": value, "source": source, "unused": unused.get(option)}
            for option, value, source in (
                (option, *self._value(option, argument))
                for option, argument in self.options.arguments.items()
            )
        ]
        tokens = self._tokens() if "token-env" in self.options.arguments else ()
        return {
            "format": 1,
            "command": " ".join(self.command),
            "file": file.name if file else None,
            "target": target.name if target else None,
            "options": options,
            "tokens": [{"purpose": name, "state": state, "source": source} for name, state, source in tokens],
        }

    def _value(self, option: str, argument: Argument) -> tuple[str, str]:
        value = self.resolution.values.get(option)
        key = self.options.names[option].key
        if value is not None:
            return ", ".join(mask(key, word) for word in value.words), value.source
        if option in self.options.typed:
            return ", ".join(mask(key, _word(token)) for token in argument.tokens), "command line"
        external = [token for token in argument.tokens if token.source == "env"]
        if external:
            return mask(key, external[0].value), str(external[0].keyword)
        default = argument.field_info.default
        if isinstance(default, bool):
            return str(default).lower(), "default"
        return ("" if default in (None, (), argument.field_info.empty) else str(default)), "default"

    def _tokens(self) -> Iterator[tuple[str, ...]]:
        """Where the tokens come from; never a token."""
        for purpose, (sources, usual) in _TOKENS.items():
            words = {option: self._words(option) for option in sources}
            option = next((option for option, values in words.items() if values), "")
            if option in ("token-command", "token-file"):
                yield (f"token ({purpose})", "read when it is needed", option)
                continue
            variable = words[option][0] if option else usual
            is_set = bool(self.layers.environment.get(variable, "").strip())
            yield (f"token ({purpose})", "set" if is_set else "not set", variable)

    def _words(self, option: str) -> tuple[str, ...]:
        value = self.resolution.values.get(option)
        return self.options.typed.get(option) or (value.words if value else ())


def read_values(words: Sequence[str]) -> ShownValues:
    """The values with which a command line would be run; it is not run.

    Raises:
        ConfigUnusable: the configuration cannot be used.
        CycloptsError: the command line is wrong.

    """
    from storepact.cli.main import app

    values: list[ShownValues] = []

    def capture(_: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        layers = read_layers(Path(), os.environ)
        options = options_of(commands, arguments)
        values.append(ShownValues(commands, options, resolve_options(layers, options), layers))

    with _replace_source(app, capture):
        try:
            app.parse_args(list(words), exit_on_error=False, print_error=False)
        except MissingArgumentError:
            if not values:  # an option without its value; what a command requires need not be there
                raise
    if not values:
        raise UsageError(f"storepact {' '.join(words)} is no command with options")
    return values[-1]


def _word(token: Token) -> str:
    """What was typed; of an option that is on or off what it means."""
    return token.value or str(token.implicit_value).lower()


@contextmanager
def _replace_source(app: App, source: object) -> Iterator[None]:
    """Give the app another source of options for a while."""
    usual = app.config
    app.config = source
    try:
        yield
    finally:
        app.config = usual
