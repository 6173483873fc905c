"""Rate limits in windows of ten seconds: global, for each route, for each access token."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from storepact.mock.call import MockRefusal

#: Seconds.
WINDOW = 10

#: How the limits are called, and the headers that tell of each: limit, remaining, reset.
SCOPES: Mapping[str, tuple[str, str, str]] = {
    "global": ("X-Ratelimit-Global-Limit", "X-Ratelimit-Global-Remaining", "X-Ratelimit-Reset"),
    "route": ("X-Ratelimit-Route-Limit", "X-Ratelimit-Route-Remaining", "X-Ratelimit-Reset"),
    "token": (
        "X-Ratelimit-Auth-Token-Limit",
        "X-Ratelimit-Auth-Token-Remaining",
        "X-Ratelimit-Auth-Token-Reset",
    ),
}


@dataclass
class Limits:
    """Calls per window, by scope; a scope that is not named is not enforced, and none of its headers is sent."""

    allowed: Mapping[str, int] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    _window: int = 0
    _spent: dict[tuple[str, Any], int] = field(default_factory=dict)

    def spend(self, route: str, token: str) -> dict[str, str]:
        """Count one call; returns the headers of every enforced limit.

        Raises:
            Refusal: 429, a limit of this window is used up.

        """
        if not self.allowed:
            return {}
        now = self.clock()
        window = int(now // WINDOW)
        if window != self._window:
            self._window, self._spent = window, {}
        keys = {"global": "", "route": route, "token": token}
        headers: dict[str, str] = {}
        hit = None
        for scope, limit in self.allowed.items():
            key = (scope, keys[scope])
            self._spent[key] = self._spent.get(key, 0) + 1
            left = limit - self._spent[key]
            if left < 0:
                hit = hit or scope
            headers.update(told(scope, limit, max(0, left), (window + 1) * WINDOW))
        if hit:
            wait = max(1, round((window + 1) * WINDOW - now + 0.5))
            raise MockRefusal(
                429,
                "rate_limited",
                f"the {hit} limit of this window is used up",
                {**headers, "Retry-After": str(wait)},
            )
        return headers


def told(scope: str, limit: int, left: int, until: int) -> dict[str, str]:
    """The headers of one limit; `until` is in epoch seconds, the header in milliseconds."""
    names = SCOPES[scope]
    return dict(zip(names, (str(limit), str(left), str(until * 1000)), strict=True))
