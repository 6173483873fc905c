"""The gate is silent on every way in which a provider may keep the documents."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from gate_on_cases import asked, distinct, generated, probes
from storepact.families.persistent_store.provider.choices import Choices
from storepact.mock.choices import choices_of

EVERY = tuple(choices_of(Choices))
OTHERS = [(each.name, value) for each in EVERY for value in each.values if value != each.default]
SEED = 20_261_123


@pytest.fixture(scope="module")
def cases():
    """All probes, and everything that is generated."""
    return distinct(probes()), distinct(generated())


def combination(seed):
    """Some of the choices, at random."""
    dice = random.Random(seed)
    return {each.name: dice.choice(each.values) for each in EVERY}


def told(findings):
    return [
        f"{finding.code} {finding.operation} {finding.locus}: {finding.message} ({finding.mutation})"
        for finding in findings
    ]


@pytest.mark.parametrize(("name", "value"), OTHERS, ids=["=".join(each) for each in OTHERS])
def test_silent_under_each_choice(provider_mock, cases, name, value):
    """No finding under a single choice: all probes, and every twelfth generated case, others for each choice."""
    asked_first, made = cases
    provider_mock.configure(choices={name: value})
    found = asked(provider_mock, [*asked_first, *made[OTHERS.index((name, value)) % 12 :: 12]])
    assert not told(found)


@pytest.mark.parametrize("seed", range(SEED, SEED + 6))
def test_silent_under_random_combinations(provider_mock, cases, seed):
    """No finding under a combination of all choices, drawn at random: all probes, every sixth generated case."""
    asked_first, made = cases
    provider_mock.configure(choices=combination(seed))
    found = asked(provider_mock, [*asked_first, *made[seed % 6 :: 6]])
    assert not told(found), combination(seed)


@pytest.mark.parametrize("seed", [1])
def test_verify_is_silent_under_random_combinations(provider_mock, tmp_path, seed):
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
