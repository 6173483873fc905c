"""The nightly job: one summary that begins with what changed and whom it hurts, and the exit code of the whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from test_drift import PUBLISHED, planted

import records
from storepact.mock.serve import MockOptions, serve
from storepact.record.comparison import compare_runs
from storepact.run import nightly


def storepact(folder, *arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STOREPACT_")}
    done = subprocess.run(
        [sys.executable, "-m", "storepact", *map(str, arguments)],
        cwd=folder, env={**clean, "COLUMNS": "200", "XDG_STATE_HOME": str(folder / "state"), **environment},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def drift(*differences):
    breaking = sum(each["breaking"] and not each["decision"] for each in differences)
    return {
        "differences": list(differences),
        "breaking": breaking,
        "consumers": [],
        "unused": [],
        "ours": "a",
        "published": "b",
    }


def difference(**more):
    told = {
        "rule": "response-member-became-optional", "breaks": "breaking for consumers", "breaking": True, "says": "a member need not be there",
        "where": "/name", "ours": "", "theirs": "", "pointer": "", "line": None, "decision": "", "consumers": ["terraform"],
        "places": [{"operation": "getIntegration", "part": "response", "status": "200", "member": "/name"}],
    }  # fmt: skip
    return {**told, **more}


def night(run, base=None, *, published=None, complaint="", code=None, trouble=""):
    if run is not None and base is not None:
        run = {**run, "comparison": compare_runs([base], run)}
    told = run["exit_code"] if code is None else code
    return nightly.summary(run, complaint, told, published, trouble, None if base is None else 7)


GREEN, RED = records.record(), records.record(records.finding())


def test_nothing_changed():
    """The summary begins with just that."""
    told = night(GREEN, GREEN, published=drift(difference(decision="D2")))
    assert told["headline"].startswith("Nothing changed since the green run 7 of 2026-11-24 03:00:00 UTC.")
    assert told["headline"].endswith("The published document says nothing that is not known.")
    assert (told["exit_code"], told["changes"]) == (0, [])


def test_what_changed_comes_first():
    """With whom it hurts."""
    told = night(RED, GREEN)
    assert (
        told["headline"] == "1 change since the green run 7 of 2026-11-24 03:00:00 UTC; hurts store-operator:"
    )
    assert told["changes"][0].startswith("behaviour: getIntegration: /version: '1' is not of type 'integer'")
    assert told["exit_code"] == 1
    assert nightly.lines(told)[1].strip() == told["changes"][0]


def test_the_document_may_change_alone():
    """Overnight, with a provider that behaves as before."""
    told = night(
        GREEN,
        GREEN,
        published=drift(
            difference(), difference(breaking=False, breaks="compatible", rule="operation-added")
        ),
    )
    assert told["headline"] == "1 change since the green run 7 of 2026-11-24 03:00:00 UTC; hurts terraform:"
    assert told["changes"][0].startswith("document: /name: a member need not be there")
    assert told["exit_code"] == 1
    assert [note.partition(":")[0] for note in told["notes"]] == ["document, compatible"]


def test_a_new_difference_that_breaks_nothing_is_a_change():
    """Of the document, where the green night is known to have had it otherwise; the first line never calls it nothing."""
    quiet = difference(breaking=False, breaks="compatible", rule="operation-added")
    known = nightly.summary(GREEN, "", 0, drift(quiet), "", None)
    assert "breaks nothing, and says 1 thing otherwise" in known["headline"]
    green = {**GREEN, "comparison": compare_runs([GREEN], GREEN)}
    for before, changes in (({"unexplained": []}, 1), ({"unexplained": [quiet]}, 0)):
        told = nightly.summary(green, "", 0, drift(quiet), "", 7, before)
        assert len(told["changes"]) == changes
        assert told["headline"].startswith("1 change since" if changes else "Nothing changed since")
        assert told["exit_code"] == 0


def test_what_is_back_again_is_a_change():
    """It was green in between; whom it hurts stands in the first line."""
    run = {**RED, "comparison": compare_runs([RED, GREEN], RED)}
    told = nightly.summary(run, "", 1, None, "", 7)
    assert told["headline"].startswith("1 change since the green run 7 of ")
    assert told["headline"].endswith("; hurts store-operator:")
    assert told["changes"][0].startswith("behaviour: getIntegration: /version")


def test_coverage_lost_is_a_change():
    """Even if nothing else is wrong."""
    told = night(records.record(coverage={"getIntegration": {"200": 9}}), GREEN, code=1)
    assert [change.partition(":")[0] for change in told["changes"]] == ["no longer exercised"] * 2
    assert told["exit_code"] == 1


@pytest.mark.parametrize(
    ("how", "words", "code"),
    [
        ({"run": GREEN}, "Nothing changed that could be known (no green run is kept to compare with).", 0),
        ({"run": RED}, "1 change (no green run is kept to compare with); hurts store-operator:", 1),
        ({"run": RED, "base": RED}, "Broken since the green run 7", 1),
        (
            {"run": None, "complaint": "cannot reach http://x: refused", "code": 3},
            "Undetermined: cannot reach http://x: refused",
            3,
        ),
        (
            {"run": GREEN, "base": GREEN, "trouble": "no answer from http://y"},
            "Nothing changed since the green run 7",
            3,
        ),
        (
            {"run": records.record(reasons=["stopped"], verdict="undetermined", exit_code=3)},
            "Undetermined: stopped",
            3,
        ),
        (
            {"run": None, "complaint": "refused", "code": 3, "published": drift(difference())},
            "1 change (no green run",
            1,
        ),
    ],
)
def test_headline_and_exit_code(how, words, code):
    """Whatever came of the parts: broken before undetermined before fine."""
    told = night(how.pop("run"), **how)
    assert told["headline"].startswith(words)
    assert told["exit_code"] == code
    assert nightly.lines(told)[0] == told["headline"]
    assert told["headline"].rstrip(":") in nightly.render_markdown(told).replace("\\", "")


def test_nights(tmp_path):
    """A green night, a quiet one, one in which the document changes, one in which the provider does, one in which nobody is there."""
    quick = ("--examples", "1", "--allow-writes", "--isolation-scope", "default/production")
    with serve(MockOptions()) as running:
        tokens = {
            "STOREPACT_TOKEN": running.tokens["writer"],
            "STOREPACT_READER_TOKEN": running.tokens["reader"],
        }
        target = ("tripwire", "--target", running.url, *quick)
        first = storepact(tmp_path, *target, "--published", PUBLISHED, **tokens)
        assert first.returncode == 0, first.stdout + first.stderr
        assert first.stdout.startswith("Nothing changed that could be known")
        document = storepact(tmp_path, *target, "--published", planted(tmp_path), **tokens)
        assert (document.returncode, document.stdout.startswith("3 changes since the green run 1 of ")) == (
            1,
            True,
        )
        running.configure(faults=["stale-read"])
        broken = storepact(tmp_path, *target, "--published", planted(tmp_path), **tokens)
        assert broken.returncode == 1, broken.stdout + broken.stderr
        assert broken.stdout.startswith("4 changes since the green run 1 of ")
        assert "terraform-provider-launchdarkly" in broken.stdout.splitlines()[0]
    told = json.loads((tmp_path / "storepact-report" / "tripwire.json").read_text(encoding="utf-8"))
    assert [change.partition(":")[0] for change in told["changes"]] == ["document"] * 3 + ["behaviour"]
    written = {path.name for path in (tmp_path / "storepact-report").iterdir()}
    assert {"tripwire.md", "drift.html", "compare.html", "report.html", "run.json"} <= written
    gone = storepact(tmp_path, *target, **tokens)
    assert gone.returncode == 3
    assert gone.stdout.startswith("Undetermined: cannot reach http://127.0.0.1")
    runs = json.loads(storepact(tmp_path, "history", "--json").stdout)["runs"]
    assert [run["verdict"] for run in runs if run["verdict"] != "undetermined"] == [
        "broken",
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
    done = storepact(tmp_path, "tripwire", *arguments)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr
