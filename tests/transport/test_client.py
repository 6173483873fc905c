"""The HTTP client: errors, waits and addresses."""

from __future__ import annotations

import httpx
import pytest

from storepact.model.errors import StorepactError, UsageError
from storepact.transport.addresses import base_url_of
from storepact.transport.client import translate_errors
from storepact.transport.pacing import limit_pause


def every_httpx_error():
    errors = [
        value for value in vars(httpx).values() if isinstance(value, type) and issubclass(value, Exception)
    ]
    return [error for error in errors if error is not httpx.HTTPStatusError]  # raised on request only


@pytest.mark.parametrize("error", every_httpx_error(), ids=lambda error: error.__name__)
def test_every_httpx_error_becomes_ours(error):
    """Every exception of the HTTP library is translated into one of ours."""
    with pytest.raises(StorepactError), translate_errors("http://localhost", 1.0):
        raise error.__new__(error)


def test_limit_pause_reads_headers():
    """Retry-After counts seconds, resets are epoch milliseconds."""
    assert limit_pause((("Retry-After", "3"),), 0) == 3
    assert 2 < limit_pause((("X-Ratelimit-Reset", "1000002500"),), 1_000_000) < 3


@pytest.mark.parametrize("text", ["nonsense", "ftp://x", "http://", "http://u:p@x", "http://x:99999"])
def test_bad_target_is_refused(text):
    """A target needs an http(s) URL without credentials."""
    with pytest.raises(UsageError):
        base_url_of(text)
