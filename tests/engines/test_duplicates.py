"""Writes that something on the way sends twice, and providers that do each of them twice."""

from __future__ import annotations

import pytest

from fault_proxy import fault_proxy, passing
from network_faults import each, every_nth, first, sends_twice
from short_run import settings_for, short_run
from storepact.model.outcome import Verdict
from storepact.transport import outages

#: A second update shows, though it changes nothing.
COUNTED = {"idle-patch": "counted"}

LIMITS = {"global": 100_000, "token": 50_000}

#: One failure in a short run is more than 1 %.
FEW = ("--max-network-errors", "30")


@pytest.fixture
def provider(provider_mock_process, monkeypatch):
    """A mock; and pauses that are shorter than in a real run."""
    monkeypatch.setattr(outages, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(outages, "LONGEST_PAUSE", 0.1)
    return provider_mock_process


def run(provider, folder, choose=lambda exchange: passing, **options):
    """The record of a short run through a proxy."""
    provider.configure(**options)
    with fault_proxy(provider.url, choose) as proxy:
        settings = settings_for(proxy.url, folder, "--timeout", "2", "--patience", "4", *FEW)
        return short_run(settings, {"STOREPACT_TOKEN": provider.tokens["writer"]}).record


@pytest.mark.parametrize("answer", [0, 1])
def test_update_that_is_sent_twice_now_and_then_is_no_finding(provider, tmp_path, answer):
    """Its version counts one more; the story is played again, and the network's failure is shown."""
    record = run(provider, tmp_path, first("PATCH", sends_twice(answer=answer), skip=1), choices=COUNTED)
    assert (record.verdict, record.findings) == (Verdict.CONFORMS, ()), record.findings
    assert record.traffic.failures == {"duplicate": 1}


@pytest.mark.parametrize("nth", [2, 3])
def test_every_nth_update_that_is_sent_twice_is_no_finding(provider, tmp_path, nth):
    """Another one of the story is concerned once further updates were sent."""
    record = run(provider, tmp_path, every_nth("PATCH", nth, sends_twice(answer=1)), choices=COUNTED)
    assert not record.findings
    assert record.traffic.failures["duplicate"]


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_writes_that_are_counted_twice_were_sent_twice(provider, tmp_path, method):
    """The provider's limits count two requests for one: it is not the provider that does it twice."""
    twice = each(method, sends_twice(answer=1))
    record = run(provider, tmp_path, twice, choices=COUNTED, limits=LIMITS)
    assert (record.verdict, record.findings) == (Verdict.UNDETERMINED, ())
    assert any("twice" in reason for reason in record.reasons), record.reasons


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_writes_that_are_done_twice_without_limits_are_a_finding(provider, tmp_path, method):
    """It may be the provider: which of the two it is, nothing shows."""
    record = run(provider, tmp_path, each(method, sends_twice(answer=1)), choices=COUNTED)
    assert record.verdict is Verdict.BROKEN


@pytest.mark.parametrize("fault", ["version-jumps"])
def test_provider_that_does_each_write_twice_is_broken(provider, tmp_path, fault):
    """Its limits count each request once."""
    record = run(provider, tmp_path, faults=[fault], limits=LIMITS)
    assert record.verdict is Verdict.BROKEN
