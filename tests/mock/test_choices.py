"""The gate has no finding on a mock that conforms, whatever its choices."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from covering import ROUNDS, covering_combinations
from gate import gate
from gate_on_cases import ask_mock, distinct, pinned_cases, probes
from storepact.families import mock_definition
from storepact.model.errors import PrerequisiteMissing

CHOICES = mock_definition().choices
COMBINATIONS = covering_combinations(CHOICES)
#: The round of each combination.
ROUND_OF = [number * ROUNDS // len(COMBINATIONS) for number in range(len(COMBINATIONS))]
SEED = 20_261_123


@pytest.fixture(scope="module")
def cases():
    """All probes and all pinned cases, each request once."""
    return distinct(probes()), distinct(pinned_cases())


def combination(seed):
    """Return a random value for every choice."""
    dice = random.Random(seed)
    return {choice.name: dice.choice(choice.values) for choice in CHOICES}


def describe(findings):
    return [
        f"{finding.code} {finding.operation} {finding.locus}: {finding.message} ({finding.mutation})"
        for finding in findings
    ]


@pytest.mark.parametrize("number", range(len(COMBINATIONS)))
def test_no_finding_under_every_choice(local_mock, cases, number):
    """Every value of every choice meets all probes and all pinned cases: a third of them in each round."""
    turn = ROUND_OF[number]
    local_mock.configure(choices=COMBINATIONS[number])
    findings = ask_mock(local_mock, [case for group in cases for case in group[turn::ROUNDS]])
    assert not describe(findings), COMBINATIONS[number]


def test_every_value_of_every_choice_occurs_in_each_round():
    """The combinations of each round cover all choices."""
    pairs = {(choice.name, value) for choice in CHOICES for value in choice.values}
    for turn in range(ROUNDS):
        combinations = [COMBINATIONS[number] for number, round_ in enumerate(ROUND_OF) if round_ == turn]
        assert {pair for combination in combinations for pair in combination.items()} == pairs


@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_no_finding_under_random_combinations(local_mock, cases, seed):
    """No finding under a random combination of all choices: all probes, every sixth pinned case."""
    all_probes, all_pinned = cases
    local_mock.configure(choices=combination(seed))
    findings = ask_mock(local_mock, [*all_probes, *all_pinned[seed % 6 :: 6]])
    assert not describe(findings), combination(seed)


@pytest.mark.parametrize("seed", range(3))
def test_pacts_hold_under_a_random_combination(local_mock, seed):
    """Every pact is kept under a random combination, but for what the documents leave open."""
    local_mock.configure(choices=combination(seed))
    kept = 0
    with gate(local_mock) as harness:
        for interaction in harness.interactions():
            with suppress(PrerequisiteMissing):
                harness.verify_interaction(interaction)
                kept += 1
        assert kept > len(harness.interactions()) / 2
        assert not describe(harness.recorder.findings.values()), combination(seed)
