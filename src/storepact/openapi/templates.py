"""Path templates: what paths they stand for, and the values of their parameters."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

#: A parameter of a template: any name between braces.
_PARAMETER = re.compile(r"\{([^{}/]*)\}")

#: Characters that a path may hold as they are; others may be percent-encoded or not.
_PLAIN = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/-]")


@lru_cache(maxsize=16_384)
def compile_template(template: str, base: str = "") -> re.Pattern[str]:
    """A pattern for the paths of a template below a base path.

    Parameters are groups; those whose names are identifiers, and stand there once, are named groups. The
    parameters of the base are none.
    """
    names: set[str] = set()
    return re.compile(f"^{_source(base, None)}{_source(template, names)}$")


def parameter_names(template: str) -> tuple[str, ...]:
    """The names of the parameters in order; a name that stands there twice is there twice."""
    return tuple(_PARAMETER.findall(template))


def _source(template: str, names: set[str] | None) -> str:
    parts = _PARAMETER.split(template)
    return "".join(_group(part, names) if index % 2 else _literal(part) for index, part in enumerate(parts))


def _group(name: str, names: set[str] | None) -> str:
    if names is None:
        return "[^/]+"
    if not re.fullmatch(r"(?!\d)\w+", name) or name in names or not name.isascii():
        return "([^/]+)"
    names.add(name)
    return f"(?P<{name}>[^/]+)"


def _literal(text: str) -> str:
    """A pattern for a literal, percent-encoded or not."""
    return "".join(
        re.escape(character) if _PLAIN.match(character) else _character_pattern(character)
        for character in unquote(text)
    )


def _character_pattern(character: str) -> str:
    return f"(?:{re.escape(character)}|(?i:{re.escape(quote(character, safe=''))}))"


def normal_segment(segment: str) -> str:
    """A segment of a path or template as it is compared: decoded."""
    return unquote(segment) if "%" in segment else segment


def is_literal(segment: str) -> bool:
    """Whether a segment of a template holds no parameter."""
    return "{" not in segment
