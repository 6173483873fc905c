"""Every check is needed: each has a fault that no other check catches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from short_gate import with_scenarios, without_generated_cases
from storepact.checks import EXCHANGE_CHECKS
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.run.prover import Prover
from thinned import proof_options, thinned_prover
from witnesses import WITNESSES

#: Scenarios that send many values of one kind; what they receive is judged as in the others.
MANY_VALUES = {
    "characters", "configs-updated", "control-characters", "defaults-documented", "dynamodb-configs",
    "large-responses", "lone-surrogates", "long-values", "many", "names", "parts-kept", "parts-patched",
    "provider-sets", "raw-bodies", "redis-configs", "secrets-of-any-shape", "tags",
}  # fmt: skip
FEW_REQUESTS = [entry.name for entry in DEFAULT_FAMILY.scenarios if entry.name not in MANY_VALUES]

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
    """Only this check catches the fault, in all scenarios with few requests, and in all probes.

    Also in the test that caught it before.
    Pacts come and go with their consumers, and the gate must catch the fault without them.
    """
    without_generated_cases(monkeypatch)
    first = prover.options.detections[name].partition(": ")[2]
    with_scenarios(monkeypatch, *FEW_REQUESTS, *MANY_VALUES & {first})
    options = replace(proof_options(exhaustive=True), contracts=tmp_path)
    result = Prover(options, prover.running, prover.kept).test_fault(name)
    assert result.checks == (code,)
    assert FAULTS[name].caught_by == code
