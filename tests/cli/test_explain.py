"""`storepact explain` and `storepact checks`, and the page that they make."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

import records
from commands import call
from storepact.checks import CHECKS
from storepact.checks.explanations import EXPLANATIONS
from storepact.checks.lookup import find_check
from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.model.errors import UnknownName
from storepact.model.links import HOME, check_url
from storepact.model.outcome import STORE, SUITES
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.record.store import dump
from storepact.run.prove import proven_checks

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")


def test_every_check_has_a_reason_of_its_own() -> None:
    """One sentence for each, no two equal, and a suite that exists."""
    assert list(EXPLANATIONS) == [check.code for check in CHECKS]
    reasons = [explanation.why for explanation in EXPLANATIONS.values()]
    assert len(set(reasons)) == len(reasons)
    assert all(re.fullmatch(r"[A-Z`][^\n]{30,120}\.", why) for why in reasons)
    assert {explanation.suite for explanation in EXPLANATIONS.values()} == {*SUITES, STORE}


def test_every_check_has_an_example() -> None:
    """A finding of an operation that exists; its fault, where exchanges are judged, is in the catalogue."""
    document = load_document(data_path("openapi", DEFAULT_FAMILY.document))
    faults = {fault.name: fault.caught_by for fault in mock_definition().faults}
    assert list(DEFAULT_FAMILY.examples) == [check.code for check in CHECKS]
    for check in CHECKS:
        example = DEFAULT_FAMILY.examples[check.code]
        assert example.operation in {*document.operations, STORE}
        assert example.message
        assert faults.get(example.fault) == (check.code if check in proven_checks() else None)


@pytest.mark.parametrize("word", ["SP605", "sp605", "refused_changes_nothing", "Refused-Changes nothing"])
def test_a_check_has_a_code_and_a_name(word: str) -> None:
    """In any letter case."""
    assert find_check(word).code == "SP605"


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("SP6O5", "SP605"),
        ("sp60", "SP6"),
        ("605", "SP605"),
        ("refused_changes_nothin", "refused_changes_nothing"),
    ],
)
def test_an_unknown_check_is_an_error_with_the_nearest(word: str, nearest: str) -> None:
    """By code and by name."""
    with pytest.raises(UnknownName, match=f"did you mean '{nearest}"):
        find_check(word)


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("SP9999", "did you mean 'SP"),
        ("sp6o5", "did you mean 'SP605'?"),
        ("XYZ", "see storepact checks"),
        ("D999", "openapi/DECISIONS.md has D1 to D"),
        ("2be904e2d2b6", "`storepact replay 2be904e2d2b6`"),
        ("2BE904", "`storepact explain CODE`"),
    ],
)
def test_a_word_that_is_no_check_leads_on(tmp_path: Path, word: str, words: str) -> None:
    """To a code where it is like one, to the decisions, or to what is done with a finding."""
    done = call("explain", word, cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert words in done.stderr


def test_the_check_of_a_finding_of_the_last_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "storepact-report").mkdir()
    (tmp_path / "storepact-report" / "run.json").write_text(dump(records.record(*records.BROKEN)))
    finding = records.BROKEN[0]
    done = call("explain", finding["fingerprint"], cwd=tmp_path)
    assert f"`storepact explain {finding['code']}` explains its check" in done.stderr


def test_a_decision_is_explained_with_its_checks() -> None:
    """From openapi/DECISIONS.md; beside checks, and as JSON."""
    done = call("explain", "d27", "SP605")
    assert done.stdout.startswith("D27 Consistency with earlier requests (openapi/DECISIONS.md)\n  Sources: ")
    assert re.search(r"  Checks: .*SP605", done.stdout)
    assert "\nSP605 refused_changes_nothing" in done.stdout
    decision, check = json.loads(call("explain", "D27", "SP605", "--json").stdout)
    assert (decision["number"], check["code"]) == ("D27", "SP605")


def test_explain_prints_all_that_is_known() -> None:
    """Rule, reason, decision, a finding, its fault, and how to accept one."""
    done = call("explain", "sp605")
    assert done.returncode == 0
    for words in (
        "SP605 refused_changes_nothing",
        find_check("SP605").rule,
        EXPLANATIONS["SP605"].why,
        "D27",
        "Consistency with earlier requests",
        "half done",
        "storepact prove --fault partial-patch",
        "storepact accept",
        check_url("SP605"),
    ):
        assert words in done.stdout


@pytest.mark.parametrize(
    "words", [("explain",), ("explain", "SP999x"), ("explain", "SP605", "nothing-at-all")]
)
def test_a_wrong_check_is_wrong_usage(words: tuple[str, ...]) -> None:
    """One line, and nothing on stdout."""
    done = call(*words)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_the_table_has_a_line_for_each_check() -> None:
    """Tab-separated in a pipe, and the same as JSON."""
    titles, *rows = (line.split("\t") for line in call("checks").stdout.splitlines())
    assert titles == ["code", "name", "suite", "severity", "rule"]
    listed = json.loads(call("checks", "--json").stdout)
    assert rows == [[entry[title] for title in titles] for entry in listed]
    assert [row[0] for row in rows] == [check.code for check in CHECKS]


def test_the_page_is_current() -> None:
    """docs/checks.md is what `storepact checks --markdown` prints."""
    assert call("checks", "--markdown").stdout == PAGE


def test_the_page_has_an_anchor_for_each_check() -> None:
    """The heading is the code alone, so that the anchor is, too; links to decisions have theirs."""
    assert re.findall(r"^## (SP\d+)$", PAGE, re.MULTILINE) == [check.code for check in CHECKS]
    decisions = (ROOT / "openapi" / "DECISIONS.md").read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^## (.+)$", decisions, re.MULTILINE)
    }
    assert set(re.findall(r"DECISIONS\.md#([^)]+)\)", PAGE)) <= anchors


def test_the_address_of_the_documentation_is_that_of_the_project() -> None:
    """One constant, equal to the project's URLs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"]["Homepage"] == HOME
    assert check_url("SP605").startswith("https://")
    assert check_url("SP605").endswith("/docs/checks.md#sp605")
