"""What is judged of a 429 that a run waits out: its form, and not that it came."""

from __future__ import annotations

import pytest

from short_run import settings_for, short_run
from storepact.families.persistent_store.api import BASE
from storepact.mock.exchange import MockRefusal, MockResponse
from wrapped_mock import wrapped_mock

#: The one 429 of a provider, and the check that it is reported under, if any.
LIMITS = {
    "with a limit": (MockRefusal(429, "rate_limited", "later", {"Retry-After": "0"}).response(), None),
    "without a limit": (MockRefusal(429, "rate_limited", "later").response(), "SP111"),
    "with a time that is over": (
        MockRefusal(429, "rate_limited", "later", {"Retry-After": "-5"}).response(),
        "SP107",
    ),
    "with another code": (MockRefusal(429, "forbidden", "later", {"Retry-After": "0"}).response(), "SP109"),
    "of a gateway": (MockResponse(429, {"message": "slow down"}, {}), None),
}


def limit_once(limit):
    """A wrapper that answers the first get of an integration with a 429."""
    remaining = [limit]

    def respond(request, inner):
        is_read = request.method == "GET" and request.path.count("/") > BASE.count("/")
        response = inner(request)
        return remaining.pop() if is_read and remaining and response.status == 200 else response

    return respond


@pytest.mark.parametrize("name", LIMITS)
def test_form_of_a_limit_is_judged(name, tmp_path):
    """The documents say what a 429 of the API holds; the request is sent again, and judged for itself."""
    limit, code = LIMITS[name]
    with wrapped_mock(limit_once(limit)) as mock:
        settings = settings_for(mock.url, tmp_path)
        run = short_run(settings, {"STOREPACT_TOKEN": mock.tokens["writer"]}, ("created-and-read",))
    assert [finding.code for finding in run.record.findings] == ([] if code is None else [code])
