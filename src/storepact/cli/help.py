"""The help of the program as a whole; the form of a command's help is loaded when it is printed."""

from __future__ import annotations

import shutil
import textwrap
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from cyclopts import App

from storepact.cli.commands import COMMANDS, GROUPS
from storepact.cli.options import OUTPUT

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions

    from storepact.cli.help_formatter import HelpFormatter

#: Columns of a terminal that does not say how many it has.
_USUAL_COLUMNS = 80

#: How far entries of a help stand to the right of their title.
_INDENT = "  "


class LazyFormatter:
    """The form of a command's help; a call that prints none does not load what makes it."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print a part of a help."""
        self._formatter()(console, options, panel)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._formatter(), name)

    @staticmethod
    def _formatter() -> HelpFormatter:
        from storepact.cli.help_formatter import FORMATTER

        return FORMATTER


def show_default(value: Any) -> Any:
    """What the help says of a default: nothing where none is chosen."""
    return None if value in (None, False, ()) or value == "" else value


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
