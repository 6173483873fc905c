"""What the headers of a response say about limits: how much is left, and how long to wait."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

import msgspec

from storepact.model.exchange import Headers

#: Seconds to wait after a 429 whose headers name no time, and beyond the time that they name.
USUAL_PAUSE, MARGIN = 1.0, 0.05

#: A reset further ahead, in seconds, is not that of the limit that was hit.
_FARTHEST_RESET = 60

#: A provider's clock that is wrong by more seconds is set right with its Date header.
_SKEW = 2.0

_REMAINING = re.compile(r"x-ratelimit-(?:(.+)-)?remaining")

_NUMBER = re.compile(r"[0-9]{1,15}")


class Window(msgspec.Struct):
    """What is left of one limit of the provider."""

    remaining: int
    limit: int
    reset: float
    """The Unix time at which it begins anew."""


def has_limits(headers: Headers) -> bool:
    """Whether the headers of a response say what is left of a limit."""
    return any(name.lower().endswith("-remaining") for name, _ in headers)


def windows_of(values: Mapping[str, str], now: float) -> Iterator[tuple[str, Window]]:
    """The limits that the headers of a response name; `now` is the Unix time here."""
    there = now + _clock_skew(values, now)
    for header, value in values.items():
        match = _REMAINING.fullmatch(header)
        if match is None or not _NUMBER.fullmatch(value):
            continue
        name = match[1] or ""
        prefix = f"x-ratelimit-{name}-" if name else "x-ratelimit-"
        reset = values.get(f"{prefix}reset", values.get("x-ratelimit-reset", ""))
        limit = values.get(f"{prefix}limit", "")
        if not _NUMBER.fullmatch(reset):
            continue
        left = float(reset) / 1000 - there
        if 0 < left <= _FARTHEST_RESET:
            size = int(limit) if _NUMBER.fullmatch(limit) else 0
            yield name, Window(int(value), size, now + left)


def _clock_skew(values: Mapping[str, str], now: float) -> float:
    """Seconds by which the provider's clock is ahead; 0 if the difference is none."""
    there = _date(values.get("date", ""))
    return 0.0 if there is None or abs(there - now) <= _SKEW else there - now


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def retry_after(headers: Headers, now: float) -> float | None:
    """The seconds that `Retry-After` names, as a number or as a date; None if it names none."""
    values = {name.lower(): value.strip() for name, value in headers}
    text = values.get("retry-after", "")
    if _NUMBER.fullmatch(text):
        return float(text)
    moment = _date(text)
    return None if moment is None else max(0.0, moment - now - _clock_skew(values, now))


def limit_pause(headers: Headers, now: float, default: float = USUAL_PAUSE) -> float:
    """Seconds to wait after a 429: `Retry-After`, else until the nearest reset; `now` is a Unix time."""
    seconds = retry_after(headers, now)
    if seconds is not None:
        return max(MARGIN, seconds)
    values = {name.lower(): value for name, value in headers}
    skew = _clock_skew(values, now)
    resets = [
        float(value) / 1000 - now - skew
        for name, value in values.items()
        if name.endswith("-reset") and _NUMBER.fullmatch(value)
    ]
    pauses = [pause for pause in resets if 0 <= pause <= _FARTHEST_RESET]
    return min(pauses) + MARGIN if pauses else default
