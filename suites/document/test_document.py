"""The OpenAPI document is sound, and the pacts fit it. No target is needed."""

from __future__ import annotations


def test_document_is_sound(harness):
    """The document is valid OpenAPI, and its examples and links fit it."""
    findings = harness.check_document()
    assert not harness.without_acceptance(findings), harness.describe(findings)


def test_contract_fits_the_document(harness, interaction):
    """What a consumer sends and relies on is described in the document."""
    findings = harness.check_contract(interaction)
    assert not harness.without_acceptance(findings), harness.describe(findings)
