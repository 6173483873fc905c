"""Durations as users write them."""

from __future__ import annotations

import re

from storepact.model.errors import UsageError

_FORM = re.compile(
    r"(?:(?P<h>\d{1,6}(?:\.\d+)?)h)?(?:(?P<m>\d{1,6}(?:\.\d+)?)m(?:in)?)?(?:(?P<s>\d{1,9}(?:\.\d+)?)s?)?",
    re.ASCII,
)


def parse_duration(text: str, flag: str) -> float:
    """Return the seconds of a duration such as 90s, 10m, 1h30m or 45.

    Raises:
        UsageError: it is something else.

    """
    match = _FORM.fullmatch(text.strip().lower().replace(" ", ""))
    if match is None or not any(match.groups()):
        raise UsageError(f"{flag} {text!r}: write a duration such as 90s, 10m or 1h30m")
    hours, minutes, seconds = (float(match[name] or 0) for name in ("h", "m", "s"))
    return hours * 3600 + minutes * 60 + seconds
