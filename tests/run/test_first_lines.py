"""The first line of the tripwire over simulated nights; docs/nightly.md has these lines word for word."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

import records
from nights import COVERAGE, PUBLISHED, Nights
from published_documents import write_changed
from storepact.report.terminal import print_paragraphs
from storepact.run.night import ItemKind

PAGE = (Path(__file__).parents[2] / "docs" / "nightly.md").read_text(encoding="utf-8")

VERSION = records.finding()
NAME = records.finding(
    "cccccccccccc",
    code="SP602",
    check="read_shows_last_write",
    member="/name",
    locus="200 stale",
    message='/name is "ordinary", not "renamed"',
    consumers=["terraform-provider-launchdarkly"],
)


@pytest.fixture
def nights(tmp_path, monkeypatch):
    """Nights with a history of their own, the first of them green."""
    nights = Nights(tmp_path, monkeypatch)
    nights.run()
    return nights


def without(operation, status):
    """The usual coverage without one status, or without an operation."""
    coverage = copy.deepcopy(COVERAGE)
    if status:
        del coverage[operation][status]
    else:
        del coverage[operation]
    return coverage


def is_documented(summary):
    """Whether the page has the first line, up to what depends on the whole run."""
    line = summary.headline.partition(" The provider conforms")[0]
    assert line in PAGE, line
    return True


def test_the_first_night(tmp_path, monkeypatch):
    """There is nothing to compare with."""
    summary = Nights(tmp_path, monkeypatch).run()
    assert is_documented(summary)
    assert (summary.exit_code, summary.changes) == (0, ())


def test_a_night_without_changes(nights):
    """The green run that it is compared with is named."""
    summary = nights.run()
    assert is_documented(summary)
    assert summary.headline.startswith("Nothing changed since the green run 1 of 2026-11-01 03:00:00 UTC.")


def test_a_new_finding(nights):
    """How many changes, whom they affect, and the first of them."""
    summary = nights.run(VERSION)
    assert is_documented(summary)
    assert summary.exit_code == 1


def test_still_broken(nights):
    """Since which run, and what; the affected consumers stay in the line."""
    nights.run(VERSION)
    nights.run(VERSION)
    summary = nights.run(VERSION)
    assert is_documented(summary)
    line = summary.headline
    assert line.startswith(
        "Still broken since run 2 of 2026-11-02 03:00:00 UTC (3 runs); last green run: 1 of"
    )
    assert "store-operator" in line
    assert [str(item).endswith("in the last 3 runs, since 2026-11-02 03:00") for item in summary.changes] == [
        True
    ]


def test_still_broken_after_a_night_without_an_answer(nights):
    """An undetermined night between two broken ones says nothing, and is not counted."""
    nights.run(VERSION)
    assert nights.run(unreachable=True).headline == "Undetermined: cannot reach it: refused"
    summary = nights.run(VERSION)
    assert summary.headline.startswith("Still broken since run 2 of 2026-11-02 03:00:00 UTC (2 runs)")


def test_the_first_line_is_one_line_in_a_pipe(nights, capsys, monkeypatch):
    """A job's log, a mail and `head -1` have all of it; a terminal has it wrapped."""
    headline = nights.run(VERSION, NAME).headline
    print_paragraphs([headline, "  a note"])
    assert capsys.readouterr().out == f"{headline}\n  a note\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    print_paragraphs([headline])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


def test_a_second_finding_while_broken(nights):
    """Only what is new is counted; since when it is broken stands behind it."""
    nights.run(VERSION)
    summary = nights.run(VERSION, NAME)
    assert is_documented(summary)
    assert summary.headline.startswith(
        "1 change since the run 2 of 2026-11-02 03:00:00 UTC; affects terraform"
    )
    assert [item.is_known for item in summary.changes] == [False, True]


def test_one_of_two_findings_is_mended(nights):
    """It is broken by the other one still; what is gone is a note."""
    nights.run(VERSION, NAME)
    summary = nights.run(VERSION)
    assert summary.headline.startswith("Still broken since run 2")
    assert [str(note).partition(":")[0] for note in summary.notes] == ["gone"]


def test_green_again(nights):
    """With what is gone, and since when it was broken."""
    nights.run(VERSION)
    nights.run(VERSION, NAME)
    summary = nights.run()
    assert is_documented(summary)
    assert summary.headline.startswith(
        "Green again after 2 broken runs (since run 2 of 2026-11-02 03:00:00 UTC);"
    )
    assert "/version" in summary.headline
    assert "/name" in summary.headline
    assert (summary.exit_code, summary.changes) == (0, ())
    after = nights.run()
    assert after.headline.startswith("Nothing changed since the green run 4 of")


def test_green_again_by_an_acceptance(nights):
    """What was accepted is not gone."""
    nights.run(VERSION)
    summary = nights.run(VERSION, accepted=[VERSION["fingerprint"]])
    assert is_documented(summary)
    assert "gone" not in summary.headline
    assert "ticket 417" in summary.headline


def test_an_acceptance_that_expired(nights):
    """What, whom it affects, and which ticket: accepted up to the fourth, open on the fifth."""
    for _ in range(3):
        green = nights.run(VERSION, accepted=[VERSION["fingerprint"]])
        assert green.exit_code == 0
    summary = nights.run(VERSION, accepted=[VERSION["fingerprint"]])
    assert is_documented(summary)
    line = summary.headline
    assert line.startswith(
        "Acceptance expired: getIntegration: /version: '1' is not of type 'integer'; ticket 417"
    )
    assert "affects store-operator" in line
    assert (summary.exit_code, [item.kind for item in summary.changes]) == (1, ["acceptance expired"])
    next_night = nights.run(VERSION, accepted=[VERSION["fingerprint"]])
    assert next_night.headline.startswith("Still broken since run 5 of 2026-11-05 03:00:00 UTC (2 runs)")
    assert "ticket 417" in next_night.headline


def test_what_was_accepted_is_mended_the_night_it_expires(nights):
    """It is gone, and nothing has expired; the night after it nothing has changed."""
    for _ in range(3):
        nights.run(VERSION, accepted=[VERSION["fingerprint"]])
    summary = nights.run(accepted=[VERSION["fingerprint"]])
    assert is_documented(summary)
    assert summary.headline.startswith("No new findings since the green run 4 of")
    assert (summary.exit_code, summary.changes) == (0, ())
    assert nights.run().headline.startswith("Nothing changed since the green run 5 of")


def test_an_acceptance_expires_while_another_finding_is_mended(nights):
    """The first line has what is open again; it is no note as well."""
    for findings in ((VERSION,), (VERSION, NAME), (VERSION, NAME)):
        nights.run(*findings, accepted=[VERSION["fingerprint"]])
    summary = nights.run(VERSION, accepted=[VERSION["fingerprint"]])
    assert summary.headline.startswith("Acceptance expired: getIntegration: /version")
    assert "Broken since run 3 of 2026-11-03 03:00:00 UTC (3 runs)" in summary.headline
    assert [str(note).partition(":")[0] for note in summary.notes] == ["gone"]


def test_one_is_mended_and_another_is_new(nights):
    """The new one is the change; it is broken since the mended one was."""
    nights.run(VERSION)
    summary = nights.run(NAME)
    assert summary.headline.startswith("1 change since the run 2 of")
    assert "/name" in summary.headline
    assert "broken since run 2 of 2026-11-02 03:00:00 UTC (2 runs)" in summary.headline
    assert [str(note).partition(":")[0] for note in summary.notes] == ["gone"]


def test_history_that_was_deleted(nights):
    """Nothing is known of the nights before: neither a green run, nor since when it is broken."""
    nights.run(VERSION)
    (nights.folder / "history.db").unlink()
    summary = nights.run(VERSION)
    assert summary.headline.startswith("1 change (no green run is kept to compare with)")
    assert nights.run(VERSION).headline.startswith("Still broken since run 1 of 2026-11-03")


def test_a_finding_is_mended_and_the_document_breaks(tmp_path, monkeypatch):
    """The document is the change; since when it is broken counts the finding."""
    nights, changed = Nights(tmp_path, monkeypatch), write_changed(tmp_path)
    nights.run(published=PUBLISHED)
    nights.run(VERSION, published=PUBLISHED)
    summary = nights.run(published=changed)
    assert summary.headline.startswith("3 changes since the run 2 of 2026-11-02")
    assert "document: /owner" in summary.headline
    back = nights.run(VERSION, published=PUBLISHED)
    assert back.headline.startswith("1 change since the run 3 of 2026-11-03")
    assert "document: /" not in back.headline


def test_an_acceptance_that_was_removed(nights):
    """From the file, before its day."""
    nights.run(VERSION, accepted=[VERSION["fingerprint"]])
    summary = nights.run(VERSION)
    assert summary.headline.startswith("Acceptance ended: getIntegration: /version")
    assert "ticket 417" in summary.headline
    later = nights.run(VERSION)
    assert later.headline.startswith("Still broken since run 3 of 2026-11-03 03:00:00 UTC (2 runs)")
    assert "affects store-operator: getIntegration: /version" in later.headline


def test_an_acceptance_expires_beside_a_new_finding(nights):
    """The first line has both."""
    for _ in range(3):
        nights.run(VERSION, accepted=[VERSION["fingerprint"]])
    summary = nights.run(VERSION, NAME, accepted=[VERSION["fingerprint"]])
    assert is_documented(summary)
    assert summary.headline.startswith("2 changes since the green run 4 of")
    assert "ticket 417" in summary.headline
    assert "/name" in summary.headline


def test_coverage_lost(nights):
    """What is no longer exercised; the night after it is still broken, and says by what."""
    summary = nights.run(coverage=without("updateIntegration", "409"))
    assert is_documented(summary)
    assert summary.headline.startswith("Coverage lost since the green run 1 of 2026-11-01 03:00:00 UTC: ")
    assert (summary.exit_code, "updateIntegration 409" in summary.headline) == (1, True)
    again = nights.run(coverage=without("updateIntegration", "409"))
    assert is_documented(again)
    assert "updateIntegration 409" in again.headline
    back = nights.run()
    assert is_documented(back)
    assert "exercised again: updateIntegration 409" in back.headline


def test_coverage_lost_without_permission(tmp_path, monkeypatch):
    """A night that may only read exercises less than the green one that wrote: the line says why."""
    nights = Nights(tmp_path, monkeypatch)
    nights.settings = {"target": "https://app.example.com", "allow_writes": True}
    nights.run()
    nights.settings = {**nights.settings, "allow_writes": False}
    summary = nights.run(coverage=without("updateIntegration", ""))
    assert is_documented(summary)
    assert "updateIntegration no longer exercised, as the run had no --allow-writes" in summary.headline
    assert any(note.kind is ItemKind.SETTINGS for note in summary.notes)


def test_coverage_lost_with_a_finding(nights):
    """Both are changes."""
    summary = nights.run(NAME, coverage=without("deleteIntegration", ""))
    assert summary.headline.startswith("2 changes since the green run 1")
    assert {item.kind for item in summary.changes} == {"behaviour", "no longer exercised"}


def test_a_finding_that_comes_back(nights):
    """After a green night it is a change again, and says that it was there before."""
    nights.run(VERSION)
    nights.run()
    summary = nights.run(VERSION)
    assert is_documented(summary)
    assert summary.headline.startswith("1 change since the green run 3 of 2026-11-03")
    assert "back again" in summary.headline


def test_broken_from_the_first_night_on(tmp_path, monkeypatch):
    """Without a green run."""
    nights = Nights(tmp_path, monkeypatch)
    first = nights.run(VERSION)
    assert first.headline.startswith(
        "1 change (no green run is kept to compare with); affects store-operator"
    )
    summary = nights.run(VERSION)
    assert summary.headline.startswith(
        "Still broken since run 1 of 2026-11-01 03:00:00 UTC (2 runs); no green"
    )
    assert nights.run().headline.startswith("Green again after 2 broken runs")


def test_a_run_of_one_suite_is_no_night(nights):
    """It conforms, but says little: the complete run before it stays the base."""
    nights.run(suites=["document"], coverage={})
    assert nights.run().headline.startswith("Nothing changed since the green run 1 of")


def test_the_published_document(tmp_path, monkeypatch):
    """It may change alone, stay changed, and be mended."""
    nights = Nights(tmp_path, monkeypatch)
    changed = write_changed(tmp_path)
    nights.run(published=PUBLISHED)
    assert nights.run(published=changed).headline.startswith("3 changes since the green run 1 of")
    still = nights.run(published=changed)
    assert still.headline.startswith("Still broken since run 2 of 2026-11-02")
    assert "document: /" in still.headline
    mended = nights.run(published=PUBLISHED)
    assert mended.headline.startswith("Green again after 2 broken runs")
    assert "the published document breaks nothing any more" in mended.headline


def test_too_little_coverage(tmp_path, monkeypatch):
    """A night that covered too little is undetermined, and says so."""
    nights = Nights(tmp_path, monkeypatch, settings={"min_coverage": 90.0})
    summary = nights.run()
    assert summary.exit_code == 3
    assert summary.headline.startswith("Undetermined: 0 of ")
