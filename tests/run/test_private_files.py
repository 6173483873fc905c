"""Who may read the files of a run: only their owner where they hold what a live target has answered."""

from __future__ import annotations

from pathlib import Path
from stat import S_IMODE

import msgspec
import pytest

from commands import call
from sample_records import clean
from small_provider import small_provider
from storepact.record.comparison import compare_runs
from storepact.record.store import dump
from storepact.report import RenderOptions, write_reports
from storepact.transport.journal import Journal

TOKEN = "api-a-token-for-this-test"


def record_of(target: str):
    """The record of a run on a target."""
    return msgspec.structs.replace(clean(), target=target)


def modes(folder: Path) -> dict[str, str]:
    """The permissions of a folder and of all that is in it, in octal digits."""
    return {str(path.relative_to(folder.parent)): f"{S_IMODE(path.stat().st_mode):o}"
            for path in (folder, *folder.rglob("*"))}  # fmt: skip


@pytest.mark.parametrize(("is_live", "folder", "file"), [(True, "700", "600"), (False, "755", "644")])
def test_run(is_live, folder, file, tmp_path):
    """Record and reports of a run, in a folder that it makes."""
    with small_provider() as provider:
        target = ("--target", provider.url) if is_live else ()
        options = (*target, "--suite", "document", "--history", "none", "--report-dir", "new/reports")
        done = call("verify", *options, cwd=tmp_path, environment={"STOREPACT_TOKEN": TOKEN})
    found = modes(tmp_path / "new" / "reports")
    assert found.pop("reports") == folder, done.stderr
    assert set(found) >= {"reports/run.json", "reports/report.html", "reports/junit.xml"}
    assert set(found.values()) == {file}


@pytest.mark.parametrize(("target", "file"), [("https://app.example.com", "600"), ("mock", "644")])
def test_reports_that_are_made_again(target, file, tmp_path):
    """The record decides, wherever it comes from; a folder that exists keeps its permissions."""
    record = record_of(target)
    path = tmp_path / "kept"
    path.mkdir(mode=0o755)
    (path / "run.json").write_text(dump(record))
    assert call("report", "kept", "--report-dir", "kept", cwd=tmp_path).returncode == 0
    found = modes(path)
    assert (found.pop("kept"), found.pop("kept/run.json")) == ("755", "644")
    assert set(found.values()) == {file}


def test_comparison_of_live_runs(tmp_path):
    """Also where only the base was a run on a live target."""
    live, mock = record_of("https://app.example.com"), record_of("mock")
    assert compare_runs([live], mock, ()).is_private
    assert not compare_runs([mock], mock, ()).is_private
    write_reports(live, RenderOptions(tmp_path))
    for name, record in (("a.json", live), ("b.json", mock)):
        (tmp_path / name).write_text(dump(record))
    call("compare", "a.json", "b.json", "--report-dir", "new", cwd=tmp_path)
    assert set(modes(tmp_path / "new").values()) == {"700", "600"}


def test_journal(tmp_path):
    """The journal of creates and its folder."""
    journal = Journal(tmp_path / "journal" / "storepact-20261127041530-9f2c1a7b.jsonl")
    journal.record_attempt("https://app.example.com", "/x", "storepact")
    assert set(modes(tmp_path / "journal").values()) == {"700", "600"}
    journal.close()
