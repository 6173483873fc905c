"""Resources behave over time as the oracle predicts."""

from __future__ import annotations


def test_scenario_holds(harness, scenario):
    """Every response of a scenario is the one that the oracle predicts."""
    findings = harness.run_scenario(scenario)
    assert not harness.without_acceptance(findings), harness.describe(findings)


def test_journey_holds(harness, journey):
    """Every response of generated stories is the one that the oracle predicts."""
    findings = harness.run_journey(journey)
    assert not harness.without_acceptance(findings), harness.describe(findings)
