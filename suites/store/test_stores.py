"""What the target writes to stores is what LaunchDarkly's SDK reads there."""

from __future__ import annotations


def test_scenario_holds(harness, scenario):
    """A store that this run has started is written as documented, and `_status` follows it."""
    findings = harness.run_scenario(scenario)
    assert not harness.without_acceptance(findings), harness.describe(findings)
