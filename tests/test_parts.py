"""Small facts of the parts: target, secrets, journal, record, curl, contracts, reports."""

from __future__ import annotations

import json
import subprocess

from storepact.families import DEFAULT_FAMILY
from storepact.model.curl import curl
from storepact.model.errors import UnknownName
from storepact.model.exchange import Request
from storepact.model.paths import data_path
from storepact.openapi.document import load_document
from storepact.pacts import Level, disagreements, load_contracts

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))


def test_unknown_name_names_the_nearest():
    """A misspelt name is answered with the one that was meant."""
    assert "did you mean 'conformance'" in str(
        UnknownName("suite", "conformanse", ["document", "conformance"])
    )


def test_curl_line_is_what_a_shell_reads(tmp_path):
    """The line survives the shell, quotes and all, and takes the token from the environment."""
    body = json.dumps({"name": 'it\'s "quoted" $HOME', "config": {"password": "********"}}).encode()
    line = curl(Request("POST", "/p", (("Authorization", "$STOREPACT_TOKEN"),), body), "http://h")
    script = f"curl() {{ printf '%s\\n' \"$@\"; }}\n{line}"
    said = subprocess.run(
        ["bash", "-c", script],
        env={"STOREPACT_TOKEN": "T", "STOREPACT_SECRET": "S"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Authorization: T" in said
    assert json.loads(said.splitlines()[-2])["config"]["password"] == "S"


def test_committed_contracts_fit_the_document():
    """No committed pact relies on undescribed members; needing an optional member is a warning."""
    interactions = [
        each for contract in load_contracts(data_path("contracts")) for each in contract.interactions
    ]
    assert len({each.consumer for each in interactions}) == 4
    told = [
        disagreement for interaction in interactions for disagreement in disagreements(interaction, DOCUMENT)
    ]
    assert [each.message for each in told if each.level is Level.ERROR] == []
    assert {each.rule for each in told if each.level is Level.WARNING} == {"optional"}
