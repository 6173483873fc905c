"""The whole gate, by the command line: silent on a provider that conforms, loud on one that does not."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from commands import call, run
from local_mock import serve_locally
from storepact.families import DEFAULT_FAMILY
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.record import recorder

SCHEMA = json.loads(Path(recorder.__file__).with_name("run.schema.json").read_text(encoding="utf-8"))


def record_in(folder: Path):
    """The record in a folder that a command was run in."""
    return json.loads((folder / "storepact-report" / "run.json").read_text(encoding="utf-8"))


@contextmanager
def broken(*faults):
    """The mock with faults, as a live target: its URL, and the tokens as the environment has them."""
    with serve_locally() as running:
        running.configure(faults=faults)
        tokens = {
            "STOREPACT_TOKEN": running.tokens["writer"],
            "STOREPACT_READER_TOKEN": running.tokens["reader"],
        }
        yield running.url, tokens


@pytest.fixture(scope="module")
def clean(clean_run):
    """The record of the shared run on the embedded mock."""
    return json.loads((clean_run.reports / "run.json").read_text(encoding="utf-8"))


def test_mock_conforms(clean_run, clean):
    """The clean mock gets exit code 0 and no finding."""
    assert (clean_run.code, clean["verdict"], clean["findings"]) == (0, "conforms", []), clean_run.stdout


def test_gate_sends_enough(clean):
    """The gate profile sends at least 600 requests."""
    assert clean["exchanges_total"] >= 600


def test_every_owed_row_is_reached_on_the_mock(clean):
    """Each of the 30 documented (operation, status) rows is reached, so nothing is left unverified."""
    rows = load_document(data_path("openapi", DEFAULT_FAMILY.document)).rows
    missing = [row for row in rows if not clean["coverage"].get(row[0], {}).get(row[1])]
    assert (len(rows), missing, clean["not_verified"]) == (30, [], [])


def test_record_fits_its_schema(clean):
    """run.json is as run.schema.json says."""
    jsonschema.Draft202012Validator(SCHEMA).validate(clean)


def test_reports_are_written(clean_run, clean):
    """The report folder holds the record and its renderings."""
    files = {path.name for path in clean_run.reports.iterdir()}
    assert files == {
        "run.json", "stories.json", "report.html", "junit.xml", "summary.md", "storepact.sarif"
    }  # fmt: skip
    cases = ElementTree.parse(clean_run.reports / "junit.xml").getroot().iter("testcase")
    assert sum(1 for _ in cases) == len(clean["outcomes"])
    assert "Conforms" in (clean_run.reports / "report.html").read_text(encoding="utf-8")
    stories = json.loads((clean_run.reports / "stories.json").read_text(encoding="utf-8"))["stories"]
    assert {story["name"].partition(":")[0] for story in stories} == {"lifecycle", "pacts", "protection"}


def test_report_shows_the_last_proof(tmp_path):
    """A proof in the report folder is shown in the report, and the record still fits its schema."""
    fault = {
        "fault": "stale-read", "checks": ["SP602"], "question": "q", "message": "m", "exchanges": 5,
        "seconds": 0.1, "trouble": "",
        "caught": True, "category": "state", "explanation": "e", "named": "SP602",
    }  # fmt: skip
    clean_run = {
        "silent": True,
        "checks": [],
        "exchanges": 9,
        "seconds": 1.0,
        "question": "",
        "message": "",
        "trouble": "",
    }
    proof = {
        "format": 1, "storepact": "0", "made": "2026-11-24T00:00:00+00:00", "command": "storepact prove",
        "seconds": 2.0,
        "without": [], "exhaustive": False, "clean": clean_run,
        "checks": [{"code": "SP602", "name": "n", "rule": "r"}], "faults": [fault],
    }  # fmt: skip
    (tmp_path / "storepact-report").mkdir()
    (tmp_path / "storepact-report" / "teeth.json").write_text(json.dumps(proof))
    done = call("verify", "--suite", "document", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "storepact-report" / "report.html").read_text(encoding="utf-8")
    assert "Does the gate catch faults?" in page
    assert "stale-read" in page
    jsonschema.Draft202012Validator(SCHEMA).validate(record_in(tmp_path))


def test_the_lines_of_the_embedded_mock_send_to_the_mock_that_the_report_starts(tmp_path):
    """A line to paste names the port of the mock whose command stands below it."""
    pact = json.loads(data_path("contracts/store-operator.json").read_text(encoding="utf-8"))
    pact["interactions"] = [item for item in pact["interactions"] if item["response"]["status"] == 200][:1]
    pact["interactions"][0]["response"] |= {"status": 418, "matchingRules": {}}
    (tmp_path / "pact.json").write_text(json.dumps(pact))
    done = run("verify", "--suite", "pacts", "--contracts", tmp_path, "--history", "none", cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    ports = set(re.findall(r"http://127\.0\.0\.1:([0-9]+)", done.stdout))
    assert set(re.findall(r"storepact mock --port ([0-9]+)", done.stdout)) == ports != set()


#: A shard that has a part of every suite, and `ALONE`.
SHARD = "4/11"

#: What needs the provider for itself.
ALONE = {"pacts: launchdarkly-api-python: list no integrations", "lifecycle: large-responses"}


def test_two_processes_send_what_one_sends(tmp_path):
    """The same seed makes the same requests, with one process or two, and two make one record.

    What needs the provider for itself is not verified beside another process.
    """
    records = []
    for verify, workers in ((call, 1), (run, 2)):
        folder = tmp_path / str(workers)
        folder.mkdir()
        done = verify("verify", "--shard", SHARD, "--workers", workers, "--history", "none", cwd=folder)
        assert done.returncode == 0, done.stdout
        records.append(record_in(folder))
    alone, several = ([outcome["name"] for outcome in record["outcomes"]] for record in records)
    assert alone == several
    rest = [{entry["what"] for entry in record["not_verified"]} for record in records]
    assert rest[1] - rest[0] <= ALONE
    assert _refusals(records[0]["coverage"]) == _refusals(records[1]["coverage"])


def _refusals(coverage):
    """How often each operation refused a request, by status; what is created for tests differs by process."""
    return {
        operation: {status: count for status, count in rows.items() if status >= "400"}
        for operation, rows in coverage.items()
    }


@pytest.fixture(scope="module")
def broken_record(broken_part):
    """The record of the shared run on a provider with three faults."""
    return json.loads((broken_part.reports / "run.json").read_text(encoding="utf-8"))


def test_broken_provider_is_found(broken_part, broken_record):
    """A broken provider gets exit 1, and findings that name what is broken, where, and how to repeat it."""
    assert broken_part.code == 1, broken_part.stdout
    assert {"SP102", "SP105", "SP602"} <= {finding["code"] for finding in broken_record["findings"]}
    assert all(finding["curl"] and finding["line"] for finding in broken_record["findings"])
    jsonschema.Draft202012Validator(SCHEMA).validate(broken_record)


def test_compare_names_exactly_the_three_faults(green_part, broken_part, broken_record, tmp_path):
    """Three faults lead to many findings; the comparison with a clean run names three causes."""
    assert len(broken_record["findings"]) > 20
    compared = call("compare", green_part.reports, broken_part.reports, "--report-dir", "diff", cwd=tmp_path)
    diff = json.loads((tmp_path / "diff" / "compare.json").read_text(encoding="utf-8"))
    assert compared.returncode == 1
    assert "Regression: 3 new causes" in compared.stdout
    causes = sorted(cause["codes"][0] for cause in diff["causes"])
    assert causes == ["SP102", "SP105", "SP602"]
    assert (diff["still"], diff["gone"]) == ([], [])


def test_no_secret_reaches_a_report(tmp_path):
    """Not even a provider that echoes passwords gets one, or a token, into a report or a stream."""
    with broken("password-on-get") as (url, tokens):
        suites = ("--suite", "pacts", "--suite", "protection")
        options = ("--target", url, "--allow-writes", *suites)
        done = call("verify", *options, cwd=tmp_path, environment=tokens)
    texts = [
        done.stdout,
        done.stderr,
        *(path.read_text(encoding="utf-8") for path in (tmp_path / "storepact-report").iterdir()),
    ]
    assert "secrets_stay_secret" in done.stdout
    assert not [
        text for text in texts if "sp-canary-" in text or any(token in text for token in tokens.values())
    ]


def test_missing_means_are_not_passed(tmp_path):
    """Without a reader token or a second scope the tests that need them are not verified, with the reason."""
    suites = ("--suite", "protection")
    with broken() as (url, tokens):
        only = {"STOREPACT_TOKEN": tokens["STOREPACT_TOKEN"]}
        done = call("verify", "--target", url, "--allow-writes", *suites, cwd=tmp_path, environment=only)
    record = record_in(tmp_path)
    assert done.returncode == 0, done.stdout
    reasons = {entry["what"]: entry["reason"] for entry in record["not_verified"]}
    assert "STOREPACT_READER_TOKEN" in reasons["protection: reader-changes-nothing"]
    assert "--isolation-scope" in reasons["protection: environments-apart"]
    assert not [
        outcome
        for outcome in record["outcomes"]
        if outcome["name"].endswith("[access]") and outcome["status"] == "passed"
    ]


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("default", "write PROJECT/ENV"),
        ("default/test", "name another place"),
        ("default/nowhere", "answers 404"),
    ],
)
def test_isolation_scope_that_cannot_be_used(tmp_path, scope, words):
    """A second scope must be there, and another one than the first: exit 2 and one line."""
    with broken() as (url, tokens):
        options = ("--target", url, "--allow-writes", "--isolation-scope", scope)
        done = call("verify", *options, cwd=tmp_path, environment=tokens)
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("reader", "code", "words"),
    [
        ("wrong", 3, "does not accept the token that may only read (401); check STOREPACT_READER_TOKEN"),
        ("same", 2, "is the token of STOREPACT_TOKEN"),
        ("two\nlines-of-a-secret", 2, "STOREPACT_READER_TOKEN holds a line break"),
    ],
)
def test_a_reader_token_that_is_none_says_nothing_about_the_provider(tmp_path, reader, code, words):
    """A wrong token is the caller's mistake: nothing is broken by it."""
    with broken() as (url, tokens):
        wrong = {"wrong": "api-00000000000000000000", "same": tokens["STOREPACT_TOKEN"]}.get(reader, reader)
        environment = {**tokens, "STOREPACT_READER_TOKEN": wrong}
        options = ("--target", url, "--suite", "protection")
        done = call("verify", *options, cwd=tmp_path, environment=environment)
    assert (done.returncode, words in done.stderr) == (code, True), done.stdout + done.stderr
    assert "lines-of-a-secret" not in done.stdout + done.stderr


def test_live_target_is_read_only_unless_allowed(tmp_path):
    """Without --allow-writes nothing but GET is sent, and what that leaves open is on record."""
    with broken() as (url, tokens):
        only = {"STOREPACT_TOKEN": tokens["STOREPACT_TOKEN"]}
        done = call("verify", "--target", url, "--examples", 1, cwd=tmp_path, environment=only)
    record = record_in(tmp_path)
    assert done.returncode == 0, done.stdout
    assert set(record["coverage"]) <= {"listIntegrations", "getIntegration"}
    assert "read_only" in {entry.get("reason_code") for entry in record["not_verified"]}
