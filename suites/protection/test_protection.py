"""Is what should be locked locked, what is secret secret, and what is somebody else's left alone?"""

from __future__ import annotations


def test_doors_are_shut(harness, question):
    """Without the right token and version nothing is let in, and the refusal says why."""
    findings = harness.conform(question)
    assert not harness.not_accepted(findings), harness.tell(findings)


def test_scenario_holds(harness, scenario):
    """A story about tokens, secrets, limits, neighbours or simultaneous requests ends well."""
    findings = harness.enact(scenario)
    assert not harness.not_accepted(findings), harness.tell(findings)
