"""How `--help` looks: plain lines without frames or colours, folded to the width of the terminal."""

from __future__ import annotations

import re
import shutil
import textwrap
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from cyclopts import App
from cyclopts.help import PlainFormatter

from storepact.cli.commands import COMMANDS, GROUPS
from storepact.cli.options import OUTPUT

if TYPE_CHECKING:
    from rich.console import Console

#: Columns of a terminal that does not say how many it has.
_USUAL_COLUMNS = 80

#: How far entries of a help stand to the right of their title.
_INDENT = "  "

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
    """Print the help of the program as a whole; neither a command nor what prints their helps is loaded."""
    width = shutil.get_terminal_size().columns or _USUAL_COLUMNS
    sections = {
        "Commands:": [
            *((name, entry.summary) for name, entry in {**COMMANDS, **GROUPS}.items()),
            ("--install-completion", "Complete commands and options in your shell."),
        ],
        f"{OUTPUT.name}:": [
            *(
                (", ".join(argument.names), argument.parameter.help or "")
                for argument in program.meta.assemble_argument_collection()
                if argument.parameter.group == (OUTPUT,)
            ),
            (", ".join(program.help_flags), "Display this message and exit."),
            (", ".join(program.version_flags), "Display application version."),
        ],
    }
    lines = [f"Usage: {program.name[0]} COMMAND [OPTIONS]", ""]
    for paragraph in program.help.split("\n\n"):
        lines += textwrap.wrap(paragraph, width, break_on_hyphens=False)
    for title, entries in sections.items():
        lines += ["", title]
        for name, summary in entries:
            lines += textwrap.wrap(
                f"{name}: {summary}",
                width,
                initial_indent=_INDENT,
                subsequent_indent=_INDENT * 3,
                break_on_hyphens=False,
            )
    print("\n".join(lines))


def unknown_command(word: str) -> str:
    """Why a word is no command, with the nearest one."""
    names = (*COMMANDS, *GROUPS)
    near = get_close_matches(word, names, n=1)
    hint = f'Did you mean "{near[0]}"?' if near else f"Commands: {', '.join(names)}."
    return f'Unknown command "{word}". {hint} See storepact --help.'
