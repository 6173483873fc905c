"""Regular expressions of documents and pacts, matched in bounded time.

Both come from elsewhere, and some expressions take exponential time where matching goes back and forth.
Expressions of a document are ECMA-262, as the validator reads them; those of a pact are RE2's, which nearly
all are in any language, else the validator's, whose steps are limited.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Any

import jsonschema_rs
import re2

#: Bytes of memory that one expression of a pact may take.
_MOST_MEMORY = 8 << 20


class Match(Enum):
    """Whether a text matches an expression."""

    YES = "yes"
    PART = "part"
    """A part of it does."""
    NO = "no"
    UNKNOWN = "unknown"
    """The expression cannot be read here, or takes too long."""


@lru_cache(maxsize=4_096)
def is_foreign(pattern: str) -> bool:
    """Whether an expression is none of ECMA-262, but one in another language."""
    if _compile(pattern) is not None:
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return _compile_re2(pattern) is not None
    return True


@lru_cache(maxsize=16_384)
def match_text(expression: str, text: str) -> Match:
    """Whether a text matches an expression of a pact, as a whole or in a part of it."""
    compiled = _compile_re2(expression)
    if compiled is not None:
        if compiled.fullmatch(text):
            return Match.YES
        return Match.PART if compiled.search(text) else Match.NO
    whole, part = _compile(f"^(?:{expression})$"), _compile(expression)
    if whole is None or part is None:
        return Match.UNKNOWN
    if whole.is_valid(text):
        return Match.YES
    return Match.PART if part.is_valid(text) else _no_match(part, text)


def _no_match(compiled: Any, text: str) -> Match:
    kinds = {type(error.kind).__name__ for error in compiled.iter_errors(text)}
    return Match.NO if kinds <= {"Pattern"} else Match.UNKNOWN


@lru_cache(maxsize=4_096)
def _compile_re2(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    try:
        return re2.compile(expression, options)
    except (re2.error, UnicodeError):
        return None


@lru_cache(maxsize=4_096)
def _compile(pattern: str) -> Any:
    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (jsonschema_rs.ValidationError, UnicodeError):
        return None
