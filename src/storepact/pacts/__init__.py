"""Contracts: what consumers rely on, as frozen values; compared with the document, and asked whom a change hurts."""

from __future__ import annotations

from storepact.pacts.contract import NO_BODY, Contract, Interaction, load_contract, load_contracts
from storepact.pacts.disagreement import Disagreement, Level
from storepact.pacts.impact import Impact
from storepact.pacts.interaction import disagreements

__all__ = [
    "NO_BODY",
    "Contract",
    "Disagreement",
    "Impact",
    "Interaction",
    "Level",
    "disagreements",
    "load_contract",
    "load_contracts",
]
