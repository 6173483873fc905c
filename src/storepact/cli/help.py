"""How `--help` looks: plain lines without frames or colours, folded to the width of the terminal."""

from __future__ import annotations

import textwrap
from typing import Any

from cyclopts.help import PlainFormatter
from rich.console import Console


class HelpFormatter(PlainFormatter):
    """Cyclopts' plain help, each entry folded as one paragraph with a hanging indent."""

    def _print_plain(self, console: Console, text: str) -> None:
        indented = text.startswith(self.indent)
        for paragraph in text.split("\n\n"):
            words = " ".join(paragraph.split())
            first, rest = (self.indent, self.indent * 3) if indented else ("", "")
            lines = textwrap.wrap(
                words, console.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
            )
            console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def show_default(value: Any) -> Any:
    """What the help says of a default: nothing where none is chosen."""
    return None if value in (None, False, ()) or value == "" else value
