"""Accepted findings: a file that the tool writes and reads, and what it does to a verdict."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import commands
import records
from storepact.model.errors import AcceptanceUnusable, UsageError
from storepact.model.outcome import Status
from storepact.record.acceptance import (
    Acceptance,
    evaluate_acceptances,
    load_acceptances,
    make_acceptance,
    merge_acceptances,
    write_acceptances,
)
from storepact.record.recorder import Recorder
from storepact.record.store import dump
from storepact.record.values import Outcome
from storepact.run.assemble import accepted_path_of
from storepact.run.settings import Settings

TODAY = date(2026, 11, 24)
ONE, TWO = (Acceptance(name * 12, "ticket 7", "someone", TODAY + timedelta(days=9)) for name in "ab")


def test_written_and_read(tmp_path):
    """What is written is read back; a newer entry for the same finding takes the older one's place."""
    path = tmp_path / "accepted.json"
    assert load_acceptances(path) == ()
    again = Acceptance(ONE.fingerprint, "ticket 9", "another", ONE.until)
    write_acceptances(path, merge_acceptances([TWO, ONE], [again]))
    assert load_acceptances(path) == (again, TWO)


def file_of(*entries):
    return json.dumps({"format": 1, "accepted": entries})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "has no array `accepted`"),
        ('{"format": 9, "accepted": []}', "has format 9, this version reads format 1"),
        (
            '{"format": 1, "accepted": [{"fingerprint": "abc"}]}',
            "entry 1 needs texts for fingerprint, reason, owner, until",
        ),
        (
            file_of({"fingerprint": "x", "reason": "r", "owner": "o", "until": "2027-01-01"}),
            "12 hexadecimal digits",
        ),
        (
            file_of({"fingerprint": "a" * 12, "reason": "r", "owner": "o", "until": "soon"}),
            "`until` is a day",
        ),
    ],
)
def test_a_damaged_file_is_named(tmp_path, text, words):
    """Never read as if nothing were accepted, or everything."""
    path = tmp_path / "accepted.json"
    path.write_text(text)
    with pytest.raises(AcceptanceUnusable, match=words):
        load_acceptances(path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("SP104", "why", "me", "2027-01-01"), "is no fingerprint"),
        (("a" * 12, " ", "me", "2027-01-01"), "--reason is empty"),
        (("a" * 12, "why", "me", "tomorrow"), "write a day such as"),
        (("a" * 12, "why", "me", "2026-11-23"), "has passed already"),
    ],
)
def test_what_is_asked_for_is_checked(arguments, words):
    """One clear sentence for each thing that can be wrong."""
    with pytest.raises(UsageError, match=words):
        make_acceptance(*arguments, TODAY)


def test_expired_and_unused():
    """An acceptance holds up to its day; one that names no finding is reported after a whole run only."""
    old = Acceptance("c" * 12, "r", "o", TODAY - timedelta(days=1))
    last_day = Acceptance("d" * 12, "r", "o", TODAY)
    status = evaluate_acceptances([ONE, old, last_day], {ONE.fingerprint: ""}, TODAY, whole=True)
    assert (set(status.active), status.expired, status.unused) == (
        {ONE.fingerprint, "d" * 12},
        (old,),
        (old, last_day),
    )
    assert evaluate_acceptances([ONE], {}, TODAY, whole=False).unused == ()


def test_former_fingerprint_is_accepted():
    """What was accepted before fingerprints had the member stays accepted, in every member that it had."""
    new = {"1" * 12: ONE.fingerprint, "2" * 12: ONE.fingerprint, "3" * 12: "", "4" * 12: "5" * 12}
    status = evaluate_acceptances([ONE], new, TODAY, whole=True)
    assert (set(status.active), status.unused) == ({ONE.fingerprint, "1" * 12, "2" * 12}, ())


@pytest.mark.parametrize(
    ("accepted", "lost", "verdict"),
    [((), (), "broken"), (("f",), (), "conforms"), (("f",), ("row",), "broken")],
)
def test_verdict(accepted, lost, verdict):
    """What is accepted breaks nothing; what the baseline exercised and this run did not, does."""
    passed = Outcome(suite="pacts", name="a test", status=Status.PASSED, reason="", seconds=0.0)
    recorder = Recorder(outcomes=[passed], findings={"f": records.as_values(records.finding()).findings[0]})
    assert recorder.verdict_with(accepted, lost) == verdict


# the command line


def storepact(folder, *arguments, **environment):
    done = commands.call(*arguments, cwd=folder, environment={"COLUMNS": "200", **environment})
    assert "Traceback" not in done.stderr
    return done


def run_in(folder, *findings):
    (folder / "storepact-report").mkdir()
    (folder / "contracts").mkdir()
    (folder / "storepact-report" / "run.json").write_text(dump(records.record(*findings)))


def test_accept_writes_beside_the_pacts(tmp_path):
    """The finding is told, the file lies in contracts/, and what has the same cause is mentioned."""
    run_in(tmp_path, *records.BROKEN)
    done = storepact(
        tmp_path, "accept", "0123456789ab", "--reason", "ticket  7", "--until", "2099-01-31", "--owner", "me"
    )
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "0123456789ab getIntegration: /version: '1' is not of type 'integer'",
            "1 more finding of the last run with the same cause: --cause accepts all of them",
            "contracts/accepted.json: 1 written, until 2099-01-31, owner me",
        ],
    )
    told = json.loads((tmp_path / "contracts" / "accepted.json").read_text())
    assert told["accepted"] == [
        {"fingerprint": "0123456789ab", "owner": "me", "reason": "ticket 7", "until": "2099-01-31"}
    ]


def test_accept_the_whole_cause(tmp_path):
    """--cause takes every finding of the last run that has the same cause."""
    run_in(tmp_path, *records.BROKEN)
    assert (
        storepact(
            tmp_path, "accept", "0123456789ab", "--reason", "r", "--until", "2099-01-31", "--cause"
        ).returncode
        == 0
    )
    assert [each.fingerprint for each in load_acceptances(tmp_path / "contracts" / "accepted.json")] == [
        "0123456789ab",
        "bbbbbbbbbbbb",
    ]


def test_accept_writes_the_file_that_the_last_run_read(tmp_path):
    """That of its --contracts or --accepted; another one that is named is written, and the line says so."""
    run_in(tmp_path, *records.BROKEN)
    (tmp_path / "pacts").mkdir()
    record = records.record(*records.BROKEN, accepted_path="pacts/accepted.json")
    (tmp_path / "storepact-report" / "run.json").write_text(dump(record))
    done = storepact(tmp_path, "accept", "0123456789ab", *ACCEPT)
    assert (done.returncode, done.stdout.splitlines()[-1][:30]) == (0, "pacts/accepted.json: 1 written")
    assert (tmp_path / "pacts" / "accepted.json").is_file()
    done = storepact(tmp_path, "accept", "0123456789ab", *ACCEPT, "--contracts", "contracts")
    assert (tmp_path / "contracts" / "accepted.json").is_file()
    assert done.stdout.splitlines()[-1].startswith("the last run read pacts/accepted.json")


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({}, ""),
        ({"contracts": Path("pacts")}, "pacts/accepted.json"),
        ({"contracts": Path("pacts/one.json")}, "pacts/accepted.json"),
        ({"contracts": Path("pacts"), "accepted": Path("../a.json")}, "../a.json"),
    ],
)
def test_a_record_names_the_file_that_an_option_names(tmp_path, monkeypatch, options, path):
    """From the folder of the run."""
    (tmp_path / "pacts").mkdir()
    monkeypatch.chdir(tmp_path)
    assert accepted_path_of(Settings(**options)) == path


ACCEPT = ("--reason", "r", "--until", "2099-01-31", "--owner", "me")


@pytest.mark.parametrize("last_run", [True, False])
def test_a_fingerprint_that_the_last_run_does_not_have_needs_force(tmp_path, last_run):
    """Nothing is written for a mistyped fingerprint, nor where there is no run to look it up in."""
    if last_run:
        run_in(tmp_path, *records.BROKEN)
    else:
        (tmp_path / "contracts").mkdir()
    names = ("0123456789ab", "0123456789ac")
    refused = commands.call("accept", *names, *ACCEPT, cwd=tmp_path)
    assert refused.returncode == 2
    assert "0123456789ac" in refused.stderr if last_run else "no record of a last run" in refused.stderr
    assert "--force" in refused.stderr
    assert list(tmp_path.rglob("accepted.json")) == []
    forced = commands.call("accept", *names, *ACCEPT, "--force", cwd=tmp_path)
    assert (forced.returncode, forced.stderr) == (0, "")
    assert "--force" in forced.stdout
    written = load_acceptances(tmp_path / "contracts" / "accepted.json")
    assert [entry.fingerprint for entry in written] == list(names)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("accept", "xyz", "--reason", "r", "--until", "2099-01-01"), "is no fingerprint"),
        (("accept", "a" * 12, "--until", "2099-01-01"), "--reason"),
        (("accept", "a" * 12, "--reason", "r", "--until", "2001-01-01"), "has passed already"),
        (
            ("accept", "a" * 12, "--reason", "r", "--until", "2099-01-01", "--cause"),
            "--cause needs the last run",
        ),
        (
            ("accept", "a" * 12, "--reason", "r", "--until", "2099-01-01", "--accepted", "no/where.json"),
            "there is no folder no",
        ),
    ],
)
def test_wrong_usage(tmp_path, arguments, words):
    """Exit code 2, one clear sentence, nothing written."""
    done = storepact(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert list(tmp_path.rglob("accepted.json")) == []


def test_accepted_findings_no_longer_break_the_verdict(tmp_path):
    """They stay in every report; once the day is over, they break it again."""
    document = tmp_path / "odd.yaml"
    text = (Path(__file__).parents[2] / "openapi" / "persistent-store-integrations.yaml").read_text(
        encoding="utf-8"
    )
    document.write_text(
        text.replace(
            "version: 1\n                        _status", 'version: "1"\n                        _status', 1
        )
    )
    run = ("verify", "--suite", "document", "--openapi", document, "--accepted", tmp_path / "accepted.json")
    nowhere = storepact(tmp_path, *run)
    assert (nowhere.returncode, "there is no such file" in nowhere.stderr) == (2, True)
    write_acceptances(tmp_path / "accepted.json", [])
    first = storepact(tmp_path, *run)
    record = json.loads((tmp_path / "storepact-report" / "run.json").read_text())
    names = [finding["fingerprint"] for finding in record["findings"]]
    assert (first.returncode, bool(names)) == (1, True), first.stdout
    until = datetime.now(UTC).date() + timedelta(days=30)
    done = storepact(
        tmp_path, "accept", *names, "--reason", "known", "--until", until, "--accepted", "accepted.json"
    )
    assert done.returncode == 0, done.stderr
    second = storepact(tmp_path, *run)
    assert second.returncode == 0, second.stdout
    assert "accepted" in (tmp_path / "storepact-report" / "report.html").read_text(encoding="utf-8")
    expired = json.loads((tmp_path / "accepted.json").read_text())
    for each in expired["accepted"]:
        each["until"] = "2026-01-01"
    (tmp_path / "accepted.json").write_text(json.dumps(expired))
    third = storepact(tmp_path, *run)
    assert third.returncode == 1
    assert "expired on 2026-01-01" in third.stdout


def test_a_damaged_file_stops_the_gate(tmp_path):
    """Before anything is asked."""
    (tmp_path / "accepted.json").write_text("{")
    done = storepact(tmp_path, "verify", "--suite", "document", "--accepted", "accepted.json")
    assert (done.returncode, "is not JSON" in done.stderr) == (2, True)


def test_baseline(tmp_path):
    """What is no longer exercised breaks the verdict, and every report says what changed."""
    assert storepact(tmp_path, "verify", "--suite", "document", "--report-dir", "base").returncode == 0
    same = storepact(tmp_path, "verify", "--suite", "document", "--baseline", "base")
    assert (same.returncode, "Nothing changed." in same.stdout) == (0, True)
    assert (tmp_path / "storepact-report" / "compare.html").exists()
    richer = json.loads((tmp_path / "base" / "run.json").read_text())
    richer["coverage"] = {"getIntegration": {"200": 4}}
    (tmp_path / "richer.json").write_text(json.dumps(richer))
    lost = storepact(tmp_path, "verify", "--suite", "document", "--baseline", "richer.json")
    assert lost.returncode == 1
    assert "1 item that the baseline exercised is no longer exercised" in lost.stdout
    none = storepact(tmp_path, "verify", "--suite", "document", "--baseline", "nowhere.json")
    assert (none.returncode, "nowhere.json: cannot be read" in none.stderr) == (2, True)


def test_github(tmp_path):
    """In GitHub Actions findings are annotations, and the summary is added to the job's."""
    summary = tmp_path / "summary.md"
    done = storepact(
        tmp_path, "verify", "--suite", "document", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary)
    )
    assert done.returncode == 0
    assert summary.read_text(encoding="utf-8").startswith("## ✅ storepact: conforms")
