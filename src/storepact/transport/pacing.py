"""Waiting after a 429: how long a response asks to wait."""

from __future__ import annotations

from storepact.model.exchange import Headers

#: Seconds to wait where the headers say nothing, and beyond the moment that they name.
_DEFAULT, _MARGIN = 1.0, 0.05

#: A reset further ahead, in seconds, is not that of the limit that was hit.
_FARTHEST_RESET = 60


def limit_pause(headers: Headers, now: float) -> float:
    """Seconds to wait after a 429: `Retry-After`, else until the nearest reset; `now` is a Unix time."""
    values = {name.lower(): value for name, value in headers}
    if values.get("retry-after", "").isdigit():
        return max(_MARGIN, float(values["retry-after"]))
    resets = [
        float(value) / 1000 - now
        for name, value in values.items()
        if name.endswith("-reset") and value.isdigit()
    ]
    pauses = [pause for pause in resets if 0 <= pause <= _FARTHEST_RESET]
    return min(pauses) + _MARGIN if pauses else _DEFAULT
