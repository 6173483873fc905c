"""Every check is needed: each has a fault that no other check catches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from short_gate import without_generated_cases
from storepact.checks import EXCHANGE_CHECKS
from storepact.families import mock_definition
from storepact.run.prover import Prover
from thinned import proof_options, thinned_prover
from witnesses import WITNESSES

FAULTS = {fault.name: fault for fault in mock_definition().faults}


@pytest.fixture(scope="module")
def prover():
    """A prover that runs every sixteenth of the generated cases."""
    with thinned_prover() as thinned:
        yield thinned


def test_every_check_has_a_witness():
    """Every check has a fault that only it catches."""
    assert list(WITNESSES) == [check.code for check in EXCHANGE_CHECKS]


@pytest.mark.parametrize(("code", "name"), WITNESSES.items())
def test_check_is_needed(prover, monkeypatch, tmp_path, code, name):
    """Only this check catches the fault, in all scenarios and probes.

    Pacts come and go with their consumers, and the gate must catch the fault without them.
    """
    without_generated_cases(monkeypatch)
    options = replace(proof_options(exhaustive=True), contracts=tmp_path)
    result = Prover(options, prover.running, prover.corpus).test_fault(name)
    assert result.checks == (code,)
    assert FAULTS[name].caught_by == code
