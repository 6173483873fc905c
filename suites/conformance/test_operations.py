"""Do generated requests get documented answers?"""

from __future__ import annotations


def test_requests_get_documented_answers(harness, question):
    """Valid requests are accepted, invalid ones refused, and every answer is as described."""
    findings = harness.conform(question)
    assert not harness.not_accepted(findings), harness.tell(findings)
