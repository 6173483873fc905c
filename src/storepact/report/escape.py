"""Escaping of control characters, and of text that a CI server would take for a command."""

from __future__ import annotations

import re

#: C0 and C1 controls, bidirectional overrides, zero-width characters and lone surrogates.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)

#: What GitHub's runner takes for a command: at the beginning of a line, or anywhere.
_COMMAND = re.compile(r"^(\s*)::|##\[", re.MULTILINE)


def escape_control(text: str) -> str:
    """The text with control characters spelled as escape sequences; line ends and tabs stay."""
    return _CONTROL.sub(_code_point, text)


def neutralize_ci(text: str) -> str:
    """Text for a terminal: control characters escaped, and nothing that is a command for a CI server."""
    return _COMMAND.sub(
        lambda match: f"{match.group(1) or ''}{': :' if '::' in match.group(0) else '# #['}",
        escape_control(text),
    )


def _code_point(match: re.Match[str]) -> str:
    code = ord(match.group(0))
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
