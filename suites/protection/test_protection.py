"""Access is checked, secrets stay secret, and resources of others stay untouched."""

from __future__ import annotations


def test_doors_are_shut(harness, question):
    """Requests without the right token and headers are refused as documented."""
    findings = harness.run_question(question)
    assert not harness.without_acceptance(findings), harness.describe(findings)


def test_scenario_holds(harness, scenario):
    """A scenario about tokens, secrets, limits, scopes or simultaneous requests is answered as predicted."""
    findings = harness.run_scenario(scenario)
    assert not harness.without_acceptance(findings), harness.describe(findings)
