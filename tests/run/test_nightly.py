"""The nightly job: one summary that begins with what changed, and the exit code of the whole."""

from __future__ import annotations

import json

import msgspec
import pytest

import commands
import records
from local_mock import serve_locally
from published_documents import PUBLISHED, write_changed
from sample_records import as_values, difference, drift_of, with_comparison
from short_gate import with_scenarios, without_generated_cases
from storepact.engines.questions import AUTH_PHASE
from storepact.model.outcome import Verdict
from storepact.record.values import Published
from storepact.run import nightly
from storepact.run.night import ItemKind, Night


def storepact(folder, *arguments, **environment):
    """A command in a folder, with a history of its own."""
    environment = {"COLUMNS": "200", "XDG_STATE_HOME": str(folder / "state"), **environment}
    result = commands.call(*arguments, cwd=folder, environment=environment)
    assert "Traceback" not in result.stderr
    return result


def summarize(run, base=None, *, drift=None, error="", exit_code=None, drift_error="", published_before=None):
    """The summary of a night with this run, compared with a base of number 7."""
    record = None
    if run is not None:
        record = as_values(run) if base is None else with_comparison(base, run)
    code = record.exit_code if exit_code is None else exit_code
    night = Night(
        record=record,
        error=error,
        run_verdict=next(verdict for verdict in Verdict if verdict.exit_code == code),
        drift=drift,
        drift_error=drift_error,
        base=None if base is None else 7,
        published_before=published_before,
    )
    return nightly.summarize(night)


GREEN, RED = records.record(), records.record(records.finding())


def test_nothing_changed():
    """The summary begins with just that."""
    summary = summarize(GREEN, GREEN, drift=drift_of(difference(decision="D2")))
    assert summary.headline.startswith("Nothing changed since the green run 7 of 2026-11-24 03:00:00 UTC.")
    assert summary.headline.endswith("The published document has no unexplained differences.")
    assert (summary.exit_code, summary.changes) == (0, ())


def test_what_changed_comes_first():
    """With the consumers that it affects."""
    summary = summarize(RED, GREEN)
    since = "since the green run 7 of 2026-11-24 03:00:00 UTC"
    title = "getIntegration: /version: '1' is not of type 'integer'"
    assert summary.headline == f"1 change {since}; affects store-operator: {title}"
    change = str(summary.changes[0])
    assert change.startswith("behaviour: getIntegration: /version: '1' is not of type 'integer'")
    assert summary.exit_code == 1
    assert nightly.lines(summary)[1].strip() == change


@pytest.mark.parametrize(
    ("changes", "permission"),
    [({}, ""), ({"target": "staging"}, " --allow-writes"), ({"target": "staging", "writes": False}, "")],
)
def test_the_last_line_sends_the_findings_again(changes, permission):
    """A finding of each open cause, with the permission that the run had; nothing after a green night."""
    finding = records.finding()
    summary = summarize(records.record(finding, **changes), GREEN)
    assert summary.replay == f"storepact replay {finding['fingerprint']}{permission}"
    assert nightly.lines(summary)[-1] == f"to send it again: {summary.replay}"
    assert f"`{summary.replay}`" in nightly.render_markdown(summary)
    assert summarize(GREEN, GREEN).replay == ""


def test_the_document_may_change_alone():
    """Overnight, with a provider that behaves as before."""
    addition = difference(breaking=False, breaks="compatible", rule="operation-added")
    summary = summarize(GREEN, GREEN, drift=drift_of(difference(), addition))
    since = "since the green run 7 of 2026-11-24 03:00:00 UTC"
    text = "document: /name: a member need not be there [response-member-became-optional]"
    assert summary.headline == f"1 change {since}; affects terraform: {text}"
    assert str(summary.changes[0]).startswith("document: /name: a member need not be there")
    assert summary.exit_code == 1
    assert [str(note).partition(":")[0] for note in summary.notes] == ["document, compatible"]


HARMLESS = difference(breaking=False, breaks="compatible", rule="operation-added")


def test_a_harmless_difference_stands_in_the_headline():
    """Without a green run to compare with, it is a note, and the headline points to it."""
    summary = summarize(GREEN, drift=drift_of(HARMLESS))
    assert "breaks nothing, and has 1 unexplained difference" in summary.headline
    assert len(summary.notes) == 1


@pytest.mark.parametrize("is_new", [True, False])
def test_a_new_harmless_difference_is_a_change(is_new):
    """If the green run recorded the document without it; the exit code stays 0."""
    names = ("rule", "breaks", "breaking", "says", "where", "ours", "theirs", "consumers")
    earlier = {name: getattr(HARMLESS, name) for name in names}
    before = msgspec.convert({"name": "b", "breaking": 0, "unexplained": [earlier] * (not is_new)}, Published)
    summary = summarize(GREEN, GREEN, drift=drift_of(HARMLESS), published_before=before)
    assert len(summary.changes) == is_new
    assert summary.headline.startswith("1 change since" if is_new else "Nothing changed since")
    assert summary.exit_code == 0


def test_what_is_back_again_is_a_change():
    """It was green in between; the headline names the affected consumers."""
    summary = summarize(RED, [RED, GREEN])
    assert summary.headline.startswith("1 change since the green run 7 of ")
    assert "; affects store-operator: getIntegration: /version" in summary.headline
    assert summary.headline.endswith(", back again")
    assert str(summary.changes[0]).startswith("behaviour: getIntegration: /version")


def test_coverage_lost_is_a_change():
    """Even if nothing else is wrong."""
    summary = summarize(records.record(coverage={"getIntegration": {"200": 9}}), GREEN, exit_code=1)
    assert [change.kind for change in summary.changes] == [ItemKind.LOST] * 2
    assert summary.exit_code == 1


UNDETERMINED = records.record(reasons=["stopped"], verdict="undetermined", exit_code=3)


@pytest.mark.parametrize(
    ("night", "headline", "exit_code"),
    [
        ({"run": GREEN}, "Nothing to compare with: no green run is kept.", 0),
        ({"run": RED}, "1 change (no green run is kept to compare with); affects store-operator:", 1),
        ({"run": RED, "base": RED}, "Still broken; last green run: 7", 1),
        (
            {"run": None, "error": "cannot reach http://x: refused", "exit_code": 3},
            "Undetermined: cannot reach http://x: refused",
            3,
        ),
        (
            {"run": GREEN, "base": GREEN, "drift_error": "no response from http://y"},
            "Nothing changed since the green run 7",
            3,
        ),
        ({"run": UNDETERMINED}, "Undetermined: stopped", 3),
        (
            {"run": None, "error": "refused", "exit_code": 3, "drift": drift_of(difference())},
            "1 change (no green run",
            1,
        ),
    ],
)
def test_headline_and_exit_code(night, headline, exit_code):
    """Of the parts the worst counts: broken before undetermined before conforming."""
    summary = summarize(**night)
    assert summary.headline.startswith(headline)
    assert summary.exit_code == exit_code
    assert nightly.lines(summary)[0] == summary.headline
    assert summary.headline.rstrip(":") in nightly.render_markdown(summary).replace("\\", "")


def test_an_error_is_listed_once():
    """In the headline, or as a line below it."""
    alone = summarize(None, error="refused", exit_code=3)
    assert [line for line in nightly.lines(alone) if "refused" in line] == ["Undetermined: refused"]
    beside = summarize(GREEN, drift_error="no response")
    assert "  could not be determined: no response" in nightly.lines(beside)


def test_json_has_the_names_that_scripts_read():
    """tripwire.json keeps its members."""
    assert list(summarize(RED, GREEN).to_json()) == [
        "format",
        "headline",
        "exit_code",
        "target",
        "verdict",
        "base",
        "changes",
        "troubles",
        "hurts",
        "notes",
    ]


def test_nights(tmp_path, monkeypatch):
    """A green night, one in which document and provider have changed, one without a provider."""
    without_generated_cases(monkeypatch, phases=(AUTH_PHASE, "examples"))
    with_scenarios(monkeypatch, "created-and-read", "renamed", "deleted")
    quick = ("--allow-writes", "--isolation-scope", "default/production")
    with serve_locally() as running:
        tokens = {
            "STOREPACT_TOKEN": running.tokens["writer"],
            "STOREPACT_READER_TOKEN": running.tokens["reader"],
        }
        target = ("tripwire", "--target", running.url, *quick)
        first = storepact(tmp_path, *target, "--published", PUBLISHED, **tokens)
        assert first.returncode == 0, first.stdout + first.stderr
        assert first.stdout.startswith("Nothing to compare with: no green run is kept.")
        running.configure(faults=["stale-read"])
        broken = storepact(tmp_path, *target, "--published", write_changed(tmp_path), **tokens)
        assert broken.returncode == 1, broken.stdout + broken.stderr
        assert broken.stdout.startswith("4 changes since the green run 1 of ")
        assert "terraform-provider-launchdarkly" in broken.stdout.splitlines()[0]
    summary = json.loads((tmp_path / "storepact-report" / "tripwire.json").read_text(encoding="utf-8"))
    assert [change.partition(":")[0] for change in summary["changes"]] == ["document"] * 3 + ["behaviour"]
    files = {path.name for path in (tmp_path / "storepact-report").iterdir()}
    assert {"tripwire.md", "drift.html", "compare.html", "report.html", "run.json"} <= files
    gone = storepact(tmp_path, *target, **tokens)
    assert gone.returncode == 3
    assert gone.stdout.startswith("Undetermined: cannot reach http://127.0.0.1")
    runs = json.loads(storepact(tmp_path, "history", "--json").stdout)["runs"]
    assert [run["verdict"] for run in runs if run["verdict"] != "undetermined"] == [
        "broken",
        "conforms",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--target", "nowhere"), "nowhere"),
        (("--published", "none.json"), "none.json: cannot be read"),
        (("--history", "none"), "compares with earlier runs"),
        (("--profile", "tiny"), "there is no profile 'tiny'"),
        (("--target", "eu"), "STOREPACT_TOKEN"),
    ],
)
def test_wrong_usage(tmp_path, arguments, words):
    """Exit 2 and one clear line."""
    result = commands.call("tripwire", *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert words in result.stderr
