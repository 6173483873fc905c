"""Contracts: what consumers rely on, compared with the document, and which consumers a change affects."""

from __future__ import annotations

from storepact.pacts.contract import NO_BODY, Contract, Interaction
from storepact.pacts.disagreement import Disagreement, Level
from storepact.pacts.impact import Impact, impact_of
from storepact.pacts.interaction import disagreements
from storepact.pacts.read import collect_contracts, load_contract, load_contracts

__all__ = [
    "NO_BODY",
    "Contract",
    "Disagreement",
    "Impact",
    "Interaction",
    "Level",
    "collect_contracts",
    "disagreements",
    "impact_of",
    "load_contract",
    "load_contracts",
]
