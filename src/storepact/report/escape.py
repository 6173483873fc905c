"""Visible: texts that came from elsewhere, with what a terminal, a page or a CI server would obey instead of show spelt out."""

from __future__ import annotations

import re

#: Control characters, those that turn the direction of a text around or take no room, and halves of characters.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)

#: What GitHub's runner takes for a command: at the beginning of a line, or anywhere.
_COMMAND = re.compile(r"^(\s*)::|##\[", re.MULTILINE)


def visible(text: str) -> str:
    """The text; line ends and tabs stay as they are."""
    return _OBEYED.sub(_spelt, text)


def harmless(text: str) -> str:
    """One line or several for a terminal: visible, and no command for the CI server that keeps the log."""
    return _COMMAND.sub(
        lambda match: f"{match.group(1) or ''}{': :' if '::' in match.group(0) else '# #['}", visible(text)
    )


def _spelt(match: re.Match[str]) -> str:
    code = ord(match.group(0))
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
