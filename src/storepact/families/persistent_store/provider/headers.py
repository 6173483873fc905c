"""The headers of this API that the mock reads and sends."""

from __future__ import annotations

from collections.abc import Mapping

from storepact.families.persistent_store.api import API
from storepact.mock.limits import LimitHeaders

((VERSION_HEADER, VERSION),) = API.headers.items()

RATE_LIMITS: Mapping[str, LimitHeaders] = {
    "global": LimitHeaders("X-Ratelimit-Global-Limit", "X-Ratelimit-Global-Remaining", "X-Ratelimit-Reset"),
    "route": LimitHeaders("X-Ratelimit-Route-Limit", "X-Ratelimit-Route-Remaining", "X-Ratelimit-Reset"),
    "token": LimitHeaders(
        "X-Ratelimit-Auth-Token-Limit", "X-Ratelimit-Auth-Token-Remaining", "X-Ratelimit-Auth-Token-Reset"
    ),
}
