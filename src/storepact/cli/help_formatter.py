"""How the help of a command looks: plain lines without frames or colours, folded to the width."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from cyclopts.help import PlainFormatter

if TYPE_CHECKING:
    from rich.console import Console

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


def _with_words(text: str) -> str:
    """A line of help with a user's word for the type of a value."""
    return _VALUE.sub(lambda match: match.group(1) + _WORDS[match.group(2)], text)


FORMATTER = HelpFormatter()
