"""`storepact replay`: the requests of a finding are sent again, and the checks judge the responses again."""

from __future__ import annotations

import contextlib
import json
import os
import signal

import msgspec
import pytest

import records
from commands import call
from gate import gate
from sample_records import as_values
from short_run import settings_for, short_run
from storepact.engines.replay import replay
from storepact.engines.replay_steps import NotRepeatable
from storepact.engines.replay_values import Origin
from storepact.model.errors import SetupFailed, StorepactError
from storepact.record.store import dump
from storepact.record.values import Finding
from storepact.run import replay as replays
from storepact.run.plan import make_plan

ORIGIN = Origin(("default", "test"), 20_261_123)


def findings_of(running, fault, *names):
    """The findings of these tests on a mock with a fault."""
    running.configure(faults=[fault])
    with gate(running) as harness:
        plan = make_plan(harness.document, harness.family, harness.interactions())
        tests = [test for test in plan.tests if test.name in names]
        assert len(tests) == len(names)
        for test in tests:
            with contextlib.suppress(StorepactError):
                test.run(harness)
        return list(harness.recorder.findings.values())


def shows(running, finding, *faults):
    running.configure(faults=faults)
    with gate(running) as harness:
        return replay(harness, finding, ORIGIN)


def as_recorded(findings):
    """The findings as a run.json has them, with texts that are no Unicode."""
    return msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(findings))), list[Finding])


#: A fault, and the test that detects it: one for each way in which a finding comes about.
KINDS = (
    ("stale-read", "lifecycle: renamed"),
    ("delete-202", "conformance: deleteIntegration-redis-probes"),
    ("delete-202", "pacts: terraform-provider-launchdarkly: delete a redis integration"),
    ("maintainer-added", "conformance: createIntegration-redis-probes"),
    ("maintainer-added", "lifecycle: created-and-read"),
    ("self-link-broken", "lifecycle: created-and-read"),
    ("version-race", "protection: one-version-one-winner"),
    ("cut-off-body-500", "conformance: createIntegration-redis-probes"),
    ("no-token-deletes", "protection: deleteIntegration-redis-doors"),
    ("unknown-id-403", "conformance: getIntegration-redis-probes"),
    ("surrogates-replaced", "lifecycle: lone-surrogates"),
    ("list-links-of-first", "lifecycle: defaults-documented"),
    ("last-error-nan", "conformance: getIntegration-redis-probes"),
    ("list-in-utf-16", "conformance: listIntegrations-probes"),
    ("origin-forgotten-in-errors", "protection: origins"),
    ("tests-compare-digits", "lifecycle: tests-are-strict"),
    ("list-shows-deleted", "lifecycle: deleted"),
    ("ids-in-part", "lifecycle: created-and-read"),
    ("part-of-id-500", "lifecycle: created-and-read"),
    ("ids-in-capitals-deleted", "lifecycle: ids-in-other-case"),
    ("write-back-destroys", "lifecycle: written-back"),
)


@pytest.mark.parametrize(("fault", "test"), KINDS)
def test_still_there_or_gone(provider_mock, fault, test):
    """With the fault it is still there, without it it is gone."""
    findings = findings_of(provider_mock, fault, test)
    assert findings
    for finding in as_recorded(findings[:2]):
        assert shows(provider_mock, finding, fault)
        assert not shows(provider_mock, finding)


@pytest.fixture
def broken(provider_mock, tmp_path):
    """The folder of a run on a mock with a fault, which is a live target, and how to replay there."""
    provider_mock.configure(faults=["stale-read"])
    tokens = {"STOREPACT_TOKEN": provider_mock.tokens["writer"]}
    run = short_run(settings_for(provider_mock.url, tmp_path, "--seed", "7"), tokens, ("renamed",))
    assert len(run.record.findings) == 1
    (tmp_path / "run.json").write_text(dump(run.record), encoding="utf-8")

    def start(*words):
        return call("replay", *words, "--history", "none", "--report-dir", tmp_path, environment=tokens)

    return start, run.record.findings[0], provider_mock


def test_live_target(broken):
    """The run's target by default; writes only with permission; exit codes 1, 0 and 3."""
    start, finding, running = broken
    done = start()
    assert (done.returncode, done.stdout.splitlines()[0].split(":")[0]) == (3, "undecided"), done.stdout
    assert "--allow-writes" in done.stdout
    done = start(finding.fingerprint[:8], "--allow-writes")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"still there: SP602 getIntegration [{finding.fingerprint}] /name is")
    running.configure()
    done = start("--allow-writes", "--times", "2", "--json")
    result = json.loads(done.stdout)["results"][0]
    assert (done.returncode, result["result"], result["times"], result["shown"]) == (0, "gone", 2, 0)
    done = start(finding.fingerprint, "--target", "mock", "--fault", "stale-read")
    assert (done.returncode, done.stdout.partition(":")[0]) == (1, "still there"), done.stdout


def test_nothing_remains(broken, monkeypatch):
    """What a replay creates carries its own mark and is deleted."""
    start, _, running = broken
    assert start("--allow-writes").returncode == 1
    with gate(running) as harness:
        assert harness.workspace.inventory.listing.count() == 0


@pytest.mark.parametrize(
    ("answers", "times", "expected"),
    [
        ([True], None, ("still there", 1, 1)),
        ([False, True, True], None, ("flaky", 2, 3)),
        ([False, False, False], None, ("gone", 0, 3)),
        ([True, False], 2, ("flaky", 1, 2)),
        ([SetupFailed("no")], None, ("undecided", 0, 0)),
        ([False, SetupFailed("no")], None, ("undecided", 0, 1)),
        ([True, SetupFailed("no")], 2, ("still there", 1, 1)),
    ],
)
def test_how_often(monkeypatch, answers, times, expected):
    """Once where it shows at once, else three times; what could not be sent is not gone."""
    rest = iter(answers)

    def answer(harness, finding, origin):
        value = next(rest)
        if isinstance(value, Exception):
            raise value
        return value

    monkeypatch.setattr(replays, "replay", answer)
    finding = as_values(records.record(records.finding())).findings[0]
    result, end = replays._replay_one(None, finding, ORIGIN, times)
    assert ((result.result, result.shown, result.times), end) == (expected, None)
    assert next(rest, None) is None


def test_an_interrupted_replay_says_what_it_knows(broken, monkeypatch):
    """Findings that were sent keep their result; a Ctrl-C that a callback would drop is not lost."""
    start, _, running = broken
    real = replays.replay

    def answer(harness, finding, origin):
        result = real(harness, finding, origin)
        os.kill(os.getpid(), signal.SIGINT)
        return result

    monkeypatch.setattr(replays, "replay", answer)
    done = start("--allow-writes", "--times", "2")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("still there: SP602"), done.stdout
    monkeypatch.undo()
    with gate(running) as harness:
        assert harness.workspace.inventory.listing.count() == 0


def test_record_of_an_earlier_version(provider_mock):
    """Without recorded requests nothing is said about the provider."""
    finding = as_values(records.record(records.finding())).findings[0]
    with pytest.raises(NotRepeatable, match="does not hold its requests"):
        shows(provider_mock, finding)


def _write(folder, **changes):
    record = {**records.record(records.finding("0123456789ab")), **changes}
    (folder / "run.json").write_text(json.dumps(record))


BAD = (
    (("0123456789ac",), {}, "did you mean 0123456789ab"),
    (("beefbeefbeef",), {}, "storepact report"),
    (("nothing-like-it",), {}, "neither a run nor a fingerprint"),
    ((".", "run.json"), {}, "name one run, not 2"),
    ((".",), {"format": 3}, "newer storepact"),
    ((".",), {"verdict": "splendid"}, "is damaged"),
    ((".",), {"target": "app.har"}, "name one with --target"),
    ((".", "--target", "http://127.0.0.1:9", "--fault", "stale-read"), {}, "--target mock"),
    ((".", "--target", "mock", "--fault", "stale-raed"), {}, "did you mean 'stale-read'"),
    ((".", "--times", "0"), {}, "--times"),
)


@pytest.mark.parametrize(("words", "changes", "message"), BAD)
def test_bad_input(tmp_path, words, changes, message):
    """One line that says what to do next, and exit code 2."""
    _write(tmp_path, **changes)
    done = call("replay", *words, "--report-dir", ".", "--history", "none", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_no_run(tmp_path):
    """Neither a report folder nor a history."""
    done = call("replay", "--history", "none", cwd=tmp_path)
    assert done.returncode == 2
    assert "`storepact verify` makes one" in done.stderr


def test_clean_run(tmp_path):
    """A run without findings has nothing to send again."""
    (tmp_path / "run.json").write_text(json.dumps(records.record()))
    done = call("replay", tmp_path, "--history", "none", cwd=tmp_path)
    assert (done.returncode, "no findings" in done.stdout) == (0, True)
