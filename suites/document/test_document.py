"""Is the document sound, and do the contracts fit it? No target is asked."""

from __future__ import annotations


def test_document_is_sound(harness):
    """The document is valid OpenAPI, and its examples and links fit it."""
    findings = harness.check_document()
    assert not harness.not_accepted(findings), harness.tell(findings)


def test_contract_fits_the_document(harness, interaction):
    """What a consumer sends and relies on is described."""
    findings = harness.check_contract(interaction)
    assert not harness.not_accepted(findings), harness.tell(findings)
