"""Rate limits of the mock."""

from __future__ import annotations

import pytest

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.headers import RATE_LIMITS
from storepact.mock.exchange import MockRefusal
from storepact.mock.limits import Limits


@pytest.mark.provider_mock(limits={"global": 1_000, "route": 1_000, "token": 3})
def test_limits_are_described_and_enforced(api):
    """Each response describes every limit; a request beyond the limit gets 429 with Retry-After."""
    responses = [api.get(BASE) for _ in range(8)]
    first, last = responses[0].headers, responses[-1]
    assert (first["x-ratelimit-auth-token-limit"], first["x-ratelimit-route-limit"]) == ("3", "1000")
    assert len(first["x-ratelimit-reset"]) == len(first["x-ratelimit-auth-token-reset"]) == 13
    assert (last.status_code, last.json()["code"]) == (429, "rate_limited")
    assert last.headers["x-ratelimit-auth-token-remaining"] == "0"
    assert 1 <= int(last.headers["retry-after"]) <= 11


def test_limits_are_reset_with_each_window():
    """Each scope has its own count; ten seconds later all counts are zero."""
    now = [1_000_000_000.0]
    limits = Limits(RATE_LIMITS, {"route": 2, "token": 3}, clock=lambda: now[0])
    assert limits.spend("get", "a")["X-Ratelimit-Route-Remaining"] == "1"
    assert limits.spend("get", "b")["X-Ratelimit-Auth-Token-Remaining"] == "2"
    with pytest.raises(MockRefusal, match="route"):
        limits.spend("get", "a")
    now[0] += 10
    assert limits.spend("get", "a") == {
        "X-Ratelimit-Route-Limit": "2", "X-Ratelimit-Route-Remaining": "1",
        "X-Ratelimit-Reset": "1000000020000",
        "X-Ratelimit-Auth-Token-Limit": "3", "X-Ratelimit-Auth-Token-Remaining": "2",
        "X-Ratelimit-Auth-Token-Reset": "1000000020000",
    }  # fmt: skip


def test_no_limit_no_header(api):
    """A limit that is not enforced has no headers."""
    assert not [name for name in api.get(BASE).headers if name.startswith("x-ratelimit")]
