"""Does the target do what each consumer relies on?"""

from __future__ import annotations


def test_interaction_holds(harness, interaction):
    """The target answers this interaction as its consumer needs."""
    findings = harness.verify(interaction)
    assert not harness.not_accepted(findings), harness.tell(findings)
