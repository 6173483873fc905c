"""Does the resource tell one story over time? The oracle says what each answer must be."""

from __future__ import annotations


def test_scenario_holds(harness, scenario):
    """A story that people tell is answered as the oracle predicts, every answer as a whole."""
    findings = harness.enact(scenario)
    assert not harness.not_accepted(findings), harness.tell(findings)


def test_journey_holds(harness, journey):
    """So is one that nobody thought of."""
    findings = harness.journey(journey)
    assert not harness.not_accepted(findings), harness.tell(findings)
