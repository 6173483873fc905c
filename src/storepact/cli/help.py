"""How `--help` looks: plain lines without frames or colours, folded to the width of the terminal."""

from __future__ import annotations

import re
import textwrap
from difflib import get_close_matches
from typing import Any

from cyclopts import App
from cyclopts.help import PlainFormatter
from rich.console import Console

from storepact.cli.commands import COMMANDS, GROUPS

#: What an option takes, where it has no word of its own: the words of users for the types of values.
_WORDS = {"STR": "TEXT", "INT": "N", "FLOAT": "NUMBER", "PATH": "PATH", "TIMEDELTA": "TIME"}

#: An option at the beginning of a line, and the type of its value.
_VALUE = re.compile(rf"(--?[\w-]+ )({'|'.join(_WORDS)})(\.\.\.)?(?=[: \n]|$)")


class HelpFormatter(PlainFormatter):
    """Cyclopts' plain help, each entry folded as one paragraph with a hanging indent."""

    def _print_plain(self, console: Console, text: str) -> None:
        indented = text.startswith(self.indent)
        for paragraph in text.split("\n\n"):
            words = " ".join(_with_words(paragraph).split())
            first, rest = (self.indent, self.indent * 3) if indented else ("", "")
            lines = textwrap.wrap(
                words, console.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
            )
            console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def show_default(value: Any) -> Any:
    """What the help says of a default: nothing where none is chosen."""
    return None if value in (None, False, ()) or value == "" else value


def _with_words(text: str) -> str:
    """A line of help with a user's word for the type of a value."""
    return _VALUE.sub(lambda match: match.group(1) + _WORDS[match.group(2)], text)


def print_commands(program: App) -> None:
    """Print the help of the program as a whole, without loading a command."""
    listing = App(
        name=program.name,
        version=program.version,
        version_flags=program.version_flags,
        help=program.help,
        help_format="plaintext",
        help_formatter=program.help_formatter,
        default_parameter=program.default_parameter,
        result_action="return_value",
    )
    for name, entry in {**COMMANDS, **GROUPS}.items():
        listing.command(App(name=name, help=entry.summary, help_flags=(), version_flags=()))
    listing.command(App(name="--install-completion", help="Complete commands and options in your shell."))
    listing.meta.default(program.meta.default_command)
    listing.meta(["--help"])


def unknown_command(word: str) -> str:
    """Why a word is no command, with the nearest one."""
    names = (*COMMANDS, *GROUPS)
    near = get_close_matches(word, names, n=1)
    hint = f'Did you mean "{near[0]}"?' if near else f"Commands: {', '.join(names)}."
    return f'Unknown command "{word}". {hint} See storepact --help.'
