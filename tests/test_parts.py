"""Small facts of the parts: target, secrets, journal, record, curl, contracts, reports."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode

import httpx
import pytest

from storepact.families import DEFAULT_FAMILY
from storepact.model.curl import curl
from storepact.model.errors import StorepactError, UnknownName, UsageError
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.paths import data_path
from storepact.openapi.document import load_document
from storepact.openapi.lint import lint
from storepact.pacts import Level, disagreements, load_contracts
from storepact.record.recorder import Recorder
from storepact.transport.client import base_url_of, limit_pause, translate_errors
from storepact.transport.journal import Journal, leftovers_of
from storepact.transport.redaction import CANARY, Secrets

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))


def every_httpx_error():
    found = [
        value for value in vars(httpx).values() if isinstance(value, type) and issubclass(value, Exception)
    ]
    return [error for error in found if error not in (httpx.HTTPStatusError,)]


@pytest.mark.parametrize("error", every_httpx_error(), ids=lambda error: error.__name__)
def test_every_httpx_error_becomes_ours(error):
    """No exception of the HTTP library gets past the target."""
    with pytest.raises(StorepactError), translate_errors("http://localhost", 1.0):
        raise error.__new__(error)


def test_leak_is_located_and_masked():
    """A planted secret is found by place, and gone from what is kept."""
    secrets = Secrets(frozenset({"password"}))
    secret = CANARY + "0123456789abcdef"
    secrets.register_all({"config": {"password": secret}})
    body = json.dumps({"items": [{"name": f"x {secret}"}]}).encode()
    assert [leak.place for leak in secrets.leaks((), body)] == ["/items/*/name"]
    assert secret.encode() not in secrets.mask_body(body)


def test_encoded_leak_is_located():
    """A secret in base64 is still a secret."""
    secrets = Secrets(frozenset({"password"}))
    secret = CANARY + "0123456789abcdef"
    secrets.register(secret, "the password")
    body = json.dumps({"config": {"debug": b64encode(secret.encode()).decode()}}).encode()
    assert [leak.place for leak in secrets.leaks((), body)] == ["/config/debug"]


def test_monotonous_password_is_masked_but_not_searched_for():
    """Eight zeros turn up by chance, but are never shown where a password stands."""
    secrets = Secrets(frozenset({"password"}))
    secrets.register_all({"config": {"password": "00000000"}})
    assert secrets.leaks((), b'{"name": "00000000"}') == ()
    assert b"00000000" not in secrets.mask_body(b'{"config": {"password": "00000000"}}')


def test_journal_tells_what_a_killed_run_left(tmp_path):
    """What was created and not deleted can be read back; a torn last line is passed over."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    kept, gone = journal.record_attempt("http://t", "/a", "m"), journal.record_attempt("http://t", "/b", "m")
    journal.record_created(kept, "1")
    journal.record_created(gone, "2")
    journal.record_deleted("2")
    path.write_text(path.read_text() + '{"event": "crea')
    assert [(entry.path, entry.id) for entry in leftovers_of(path, "http://t")] == [("/a", "1")]


def test_limit_pause_reads_headers():
    """Retry-After counts seconds, resets are epoch milliseconds."""
    assert limit_pause((("Retry-After", "3"),), 0) == 3
    assert 2 < limit_pause((("X-Ratelimit-Reset", "1000002500"),), 1_000_000) < 3


@pytest.mark.parametrize("text", ["nonsense", "ftp://x", "http://", "http://u:p@x", "http://x:99999"])
def test_bad_target_is_refused(text):
    """What is no http(s) URL, or holds a password, is no target."""
    with pytest.raises(UsageError):
        base_url_of(text)


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


def test_document_is_sound():
    """The document passes its own lint."""
    assert list(lint(DOCUMENT)) == []


def test_committed_contracts_fit_the_document():
    """No committed pact relies on what is not described; what it needs and the document calls optional is a warning."""
    interactions = [
        each for contract in load_contracts(data_path("contracts")) for each in contract.interactions
    ]
    assert len({each.consumer for each in interactions}) == 4
    told = [
        disagreement for interaction in interactions for disagreement in disagreements(interaction, DOCUMENT)
    ]
    assert [each.message for each in told if each.level is Level.ERROR] == []
    assert {each.rule for each in told if each.level is Level.WARNING} == {"optional"}


def parcel(fingerprint, curl_line, weight):
    recorder = Recorder()
    recorder.find({"fingerprint": fingerprint, "curl": curl_line, "seen": 1}, weight)
    recorder.count("get", Exchange(Request("GET", "/", ()), Response(200, (), b"")))
    return recorder.as_parcel()


def test_parcels_merge_into_one_record():
    """Of two workers' findings with one fingerprint the lighter stays, and the counts add up."""
    merged = Recorder()
    merged.merge(parcel("f", "long", 9))
    merged.merge(parcel("f", "short", 5))
    assert (merged.findings["f"]["curl"], merged.findings["f"]["seen"], merged.exchanges) == ("short", 2, 2)


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        (["passed"], "conforms"),
        (["passed", "skipped"], "conforms"),
        (["passed", "undetermined"], "undetermined"),
        (["undetermined", "failed"], "broken"),
        (["skipped"], "undetermined"),
        ([], "undetermined"),
    ],
)
def test_verdict(statuses, verdict):
    """Findings break, unknown is not clean, nothing asked is not passed."""
    recorder = Recorder(outcomes=[{"status": status} for status in statuses])
    assert recorder.verdict == verdict
