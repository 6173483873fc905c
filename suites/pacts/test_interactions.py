"""The target does what each consumer relies on."""

from __future__ import annotations


def test_interaction_holds(harness, interaction):
    """The target responds to this interaction as its consumer needs."""
    findings = harness.verify_interaction(interaction)
    assert not harness.without_acceptance(findings), harness.describe(findings)
