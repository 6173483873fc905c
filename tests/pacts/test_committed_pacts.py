"""The committed pacts beside the document."""

from __future__ import annotations

from storepact.families import DEFAULT_FAMILY
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.pacts import Level, disagreements, load_contracts

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
CONTRACTS = load_contracts(data_path("contracts"))


def levels(level):
    """The rules and messages of all disagreements of this level."""
    return [
        (disagreement.rule, disagreement.message)
        for contract in CONTRACTS
        for interaction in contract.interactions
        for disagreement in disagreements(interaction, DOCUMENT)
        if disagreement.level is level
    ]


def test_four_consumers_have_pacts():
    """Each of them has interactions."""
    assert len({contract.consumer for contract in CONTRACTS if contract.interactions}) == 4


def test_committed_pacts_fit_the_document():
    """None relies on undescribed members."""
    assert levels(Level.ERROR) == []


def test_optional_members_are_the_only_risk():
    """Needing an optional member is a warning."""
    assert {rule for rule, _ in levels(Level.WARNING)} == {"optional"}
