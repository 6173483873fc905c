"""The HTTP client: errors, waits and addresses."""

from __future__ import annotations

import httpcore
import httpx
import pytest

from storepact.model.errors import RequestUnsendable, UsageError
from storepact.transport.addresses import base_url_of
from storepact.transport.connections import Connections, NetworkError
from storepact.transport.limit_headers import limit_pause
from storepact.transport.route import Route

ERRORS = [
    value for value in vars(httpcore).values() if isinstance(value, type) and issubclass(value, Exception)
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_of_the_library_becomes_ours(error, monkeypatch):
    """Every exception of the HTTP library is a failure of the network, or a request that nobody may send."""

    def fail(self, request):
        raise error

    monkeypatch.setattr(httpcore.ConnectionPool, "handle_request", fail)
    with pytest.raises((NetworkError, RequestUnsendable)):
        Connections("http://localhost", Route()).send(httpx.Request("GET", "http://localhost/"), 1.0)


def test_limit_pause_reads_headers():
    """Retry-After counts seconds, resets are epoch milliseconds."""
    assert limit_pause((("Retry-After", "3"),), 0) == 3
    assert 2 < limit_pause((("X-Ratelimit-Reset", "1000002500"),), 1_000_000) < 3


@pytest.mark.parametrize("text", ["nonsense", "ftp://x", "http://", "http://u:p@x", "http://x:99999"])
def test_bad_target_is_refused(text):
    """A target needs an http(s) URL without credentials."""
    with pytest.raises(UsageError):
        base_url_of(text)
