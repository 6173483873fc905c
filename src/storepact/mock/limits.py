"""Rate limits in windows of ten seconds: global, per route, per access token."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from storepact.mock.exchange import MockRefusal
from storepact.model.values import lean_value

#: Seconds.
WINDOW = 10

#: What a limit counts: all requests, those of one operation, those with one token.
SCOPES = ("global", "route", "token")


@lean_value(frozen=True)
class LimitHeaders:
    """The names of the headers that describe one rate limit."""

    limit: str
    remaining: str
    reset: str


def limit_headers(names: LimitHeaders, limit: int, remaining: int, reset: int) -> dict[str, str]:
    """Return the headers that describe one limit; `reset` is in epoch seconds, its header in milliseconds."""
    return {names.limit: str(limit), names.remaining: str(remaining), names.reset: str(reset * 1000)}


@dataclass
class Limits:
    """Counts requests per window.

    `allowed` has the calls per window by scope; without an entry a limit is not enforced and not described.
    `headers` has the names of the headers by scope; `clock` returns epoch seconds.
    """

    headers: Mapping[str, LimitHeaders]
    allowed: Mapping[str, int] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    _window: int = 0
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def spend(self, route: str, token: str) -> dict[str, str]:
        """Count one request; returns the headers of every enforced limit.

        Raises:
            MockRefusal: 429, a limit of this window is used up.

        """
        if not self.allowed:
            return {}
        now = self.clock()
        window = int(now // WINDOW)
        if window != self._window:
            self._window, self._counts = window, {}
        reset = (window + 1) * WINDOW
        headers: dict[str, str] = {}
        reset_ms = str(reset * 1000)
        exceeded, counts = None, self._counts
        for scope, limit in self.allowed.items():
            key = (scope, token if scope == "token" else route if scope == "route" else "")
            counts[key] = count = counts.get(key, 0) + 1
            if count > limit:
                count, exceeded = limit, exceeded or scope
            names = self.headers[scope]
            headers[names.limit], headers[names.remaining] = str(limit), str(limit - count)
            headers[names.reset] = reset_ms
        if exceeded:
            message = f"the {exceeded} limit of this window is used up"
            wait = str(max(1, round(reset - now + 0.5)))
            raise MockRefusal(429, "rate_limited", message, {**headers, "Retry-After": wait})
        return headers
