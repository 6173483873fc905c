"""Every check is needed: each has a fault that no other check catches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storepact.checks import EXCHANGE_CHECKS
from storepact.families import mock_definition
from storepact.run import plan
from storepact.run.prover import Prover
from thinned import proof_options, thinned_prover

FAULTS = {fault.name: fault for fault in mock_definition().faults}

#: For each check a fault that no other check catches.
WITNESSES = {
    "SP101": "cut-off-body-500",
    "SP102": "create-202-for-dynamodb",
    "SP103": "dynamodb-as-text",
    "SP104": "last-sync-as-string",
    "SP105": "maintainer-added",
    "SP106": "error-without-body",
    "SP107": "reset-in-seconds",
    "SP108": "allow-wrong",
    "SP109": "error-code-wrong",
    "SP110": "error-with-trace",
    "SP111": "silent-429",
    "SP112": "remaining-grows",
    "SP113": "origin-fixed",
    "SP201": "wrapper-refused",
    "SP202": "host-not-required",
    "SP203": "no-token-lists",
    "SP204": "reader-tunnels",
    "SP205": "any-version-updates",
    "SP206": "put-accepted",
    "SP207": "unknown-project-400",
    "SP301": "password-in-status",
    "SP302": "environments-mixed",
    "SP303": "access-too-generous",
    "SP601": "names-composed",
    "SP602": "append-not-read",
    "SP603": "list-of-ten",
    "SP604": "patch-resurrects",
    "SP605": "partial-patch",
    "SP606": "version-begins-at-two",
    "SP607": "update-names-production",
    "SP608": "self-link-broken",
    "SP609": "tests-compare-text",
    "SP610": "write-back-destroys",
    "SP611": "rename-touches-sibling",
    "SP612": "version-race",
    "SP613": "on-by-default",
}


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
    """Only this check catches the fault, in all tests but journeys and pacts.

    Pacts come and go with their consumers, and the gate must catch the fault without them.
    """
    monkeypatch.setattr(plan, "journeys", lambda family: ())
    options = replace(proof_options(exhaustive=True), contracts=tmp_path)
    result = Prover(options, prover.running, prover.corpus).test_fault(name)
    assert result.checks == (code,)
    assert FAULTS[name].caught_by == code
