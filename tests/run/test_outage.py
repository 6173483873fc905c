"""A target that answers nothing any more: what the run says first."""

from __future__ import annotations

import json

from commands import run
from fault_proxy import fault_proxy, response
from network_faults import PAGE, sends, since


def test_headline_of_an_outage_names_it(provider_mock_process, tmp_path):
    """What could not be deleted is due to it, and comes after it."""
    provider_mock_process.configure()
    with fault_proxy(provider_mock_process.url, since(17, sends(response(503, PAGE)))) as proxy:
        options = ("--suite", "lifecycle", "--patience", "1", "--history", "none")
        done = run(
            *("verify", "--target", proxy.url, "--allow-writes", *options),
            cwd=tmp_path,
            environment={"STOREPACT_TOKEN": provider_mock_process.tokens["writer"]},
        )
    assert done.returncode == 3
    headline = next(line for line in done.stdout.splitlines() if line.startswith("UNDETERMINED"))
    assert headline.startswith(f"UNDETERMINED: the run was stopped: {proxy.url} has not answered")
    first, *others = json.loads((tmp_path / "storepact-report" / "run.json").read_text())["reasons"]
    assert first.startswith("the run was stopped")
    assert any(reason.startswith("could not delete") for reason in others)
