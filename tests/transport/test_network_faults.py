"""The table of network faults: verdict, exit code, leftovers, foreign resources; docs/live.md shows it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from fault_proxy import fault_proxy
from mock_client import client_of, create
from network_faults import Fault, markdown, table
from short_run import settings_for, short_run
from storepact.families.persistent_store.api import BASE
from storepact.model.outcome import Verdict
from storepact.transport import outages

ROWS = table()


@pytest.fixture(scope="module")
def provider(provider_mock_process):
    """A mock; and pauses that are shorter than in a real run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outages, "FIRST_PAUSE", 0.01)
        patch.setattr(outages, "LONGEST_PAUSE", 0.1)
        yield provider_mock_process


def list_integrations(running):
    """The integrations that the mock lists: ours, and the hash of the others."""
    with client_of(running) as client:
        items = client.get(BASE).json()["items"]
    own = [item for item in items if "storepact" in json.dumps(item)]
    foreign = [item for item in items if item not in own]
    return own, hashlib.sha256(json.dumps(foreign, sort_keys=True).encode()).hexdigest()


@pytest.mark.parametrize("fault", ROWS, ids=lambda fault: fault.name)
def test_fault(fault: Fault, provider, tmp_path):
    """A fault of the network leads to the verdict of its row, leaves nothing, and touches nothing foreign."""
    provider.configure()
    with client_of(provider) as client:
        for number in range(3):
            create(client, config={"host": f"cache-{number}.example.com"}, name=f"cache {number}")
    before = list_integrations(provider)[1]
    with fault_proxy(provider.url, fault.choose()) as proxy:
        options = ("--timeout", "0.4", "--patience", "2", *fault.options)
        settings = settings_for(proxy.url, tmp_path, *options)
        record = short_run(settings, {"STOREPACT_TOKEN": provider.tokens["writer"]}).record
        sent = len(proxy.requests)
    own, foreign = list_integrations(provider)
    assert (record.verdict, foreign) == (Verdict(fault.verdict), before), record.reasons
    reported = sum("could not delete" in reason for reason in record.reasons)
    assert reported >= max(1, len(own)) if fault.leaves else not own + [reported] * reported, record.reasons
    assert sent <= fault.most_requests
    assert {finding.code for finding in record.findings} >= fault.codes
    if fault.verdict != Verdict.BROKEN:
        assert not record.findings
    assert fault.failure in (record.traffic.failures or {"": 0})


def test_the_page_shows_the_table():
    """docs/live.md has every row; `network_faults.markdown()` makes the table."""
    page = Path(__file__).parents[2] / "docs" / "live.md"
    assert markdown() in page.read_text(encoding="utf-8")
