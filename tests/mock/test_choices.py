"""The gate has no finding on a mock that conforms, whatever its choices."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from covering import covering_combinations
from gate_on_cases import asked, distinct, generated, probes
from storepact.families import mock_definition

CHOICES = mock_definition().choices
COMBINATIONS = covering_combinations(CHOICES)
SEED = 20_261_123


@pytest.fixture(scope="module")
def cases():
    """All probes and all generated cases, each request once."""
    return distinct(probes()), distinct(generated())


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
def test_no_finding_under_every_choice(provider_mock, cases, number):
    """No finding where every value of every choice occurs: all probes, and every sixth generated case."""
    all_probes, fuzzed = cases
    provider_mock.configure(choices=COMBINATIONS[number])
    findings = asked(provider_mock, [*all_probes, *fuzzed[number % 6 :: 6]])
    assert not describe(findings), COMBINATIONS[number]


def test_every_value_of_every_choice_occurs():
    """The combinations cover all choices."""
    pairs = {(choice.name, value) for choice in CHOICES for value in choice.values}
    assert {pair for combination in COMBINATIONS for pair in combination.items()} == pairs


@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_no_finding_under_random_combinations(provider_mock, cases, seed):
    """No finding under a random combination of all choices: all probes, every sixth generated case."""
    all_probes, fuzzed = cases
    provider_mock.configure(choices=combination(seed))
    findings = asked(provider_mock, [*all_probes, *fuzzed[seed % 6 :: 6]])
    assert not describe(findings), combination(seed)


@pytest.mark.parametrize("seed", [1])
def test_verify_conforms_under_a_random_combination(provider_mock, tmp_path, seed):
    """`storepact verify` as a whole, pacts included, conforms under a random combination."""
    provider_mock.configure(choices=combination(seed))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "storepact",
            "verify",
            "--target",
            provider_mock.url,
            "--allow-writes",
            "--examples",
            "5",
        ],
        cwd=tmp_path,
        env={
            "PATH": "",
            "STOREPACT_TOKEN": provider_mock.tokens["writer"],
            "STOREPACT_READER_TOKEN": provider_mock.tokens["reader"],
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    record = json.loads((tmp_path / "storepact-report" / "run.json").read_text(encoding="utf-8"))
    assert (done.returncode, record["findings"]) == (0, []), (combination(seed), done.stdout)
