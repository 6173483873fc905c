"""Every operation responds as documented to generated requests, valid and invalid ones."""

from __future__ import annotations


def test_requests_get_documented_answers(harness, question):
    """Valid requests are accepted, invalid ones refused, and every response is as described."""
    findings = harness.run_question(question)
    assert not harness.without_acceptance(findings), harness.describe(findings)
