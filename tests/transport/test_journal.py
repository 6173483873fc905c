"""The journal of what a run created on a target, and of what runs that have ended left there."""

from __future__ import annotations

import errno
import os
import stat
from datetime import UTC, datetime

import pytest

from storepact.model.errors import ReportFolderUnusable
from storepact.model.run_mark import RunMark
from storepact.transport.journal import EntryState, Journal, former_journals

MARK = RunMark(datetime(2026, 11, 27, 4, 0, 0, tzinfo=UTC), "0a1b2c3d")


def journal(folder, mark=MARK):
    """The journal of a run in a folder."""
    return Journal(folder / f"{mark}.jsonl")


def attempt(own, path="/a"):
    """The number of a create that is about to be sent."""
    return own.record_attempt("http://t", path, str(MARK))


def test_leftovers_of_a_killed_run(tmp_path):
    """Entries without a deletion can be read back; an incomplete last line is ignored."""
    own = journal(tmp_path)
    kept, gone = attempt(own), attempt(own, "/b")
    own.record_creation(kept, "1")
    own.record_creation(gone, "2")
    own.record_deletion("2")
    own.close()
    own.path.write_text(own.path.read_text() + '{"event": "crea')
    (former,) = former_journals(tmp_path)
    assert [(entry.path, entry.id, entry.state) for entry in former.entries] == [
        ("/a", "1", EntryState.CREATED)
    ]
    assert former.mark == MARK


def test_running_run_is_left_alone(tmp_path):
    """As long as its process lives the journal is not read by others."""
    own = journal(tmp_path)
    own.record_creation(attempt(own), "1")
    assert list(former_journals(tmp_path)) == []
    own.close()
    assert [former.mark for former in former_journals(tmp_path)] == [MARK]


def test_balanced_journal_is_removed(tmp_path):
    """Where nothing is left there is no file and no folder."""
    own = journal(tmp_path / "journal")
    own.record_refusal(attempt(own))
    own.close()
    assert not (tmp_path / "journal").exists()


def test_uncertain_create_stays_open():
    """A create whose response was lost is a leftover until somebody has looked."""
    own = Journal(None)
    own.record_uncertainty(attempt(own))
    assert [entry.state for entry in own.leftovers] == [EntryState.UNCERTAIN]
    assert list(own.uncertain.values()) == list(own.leftovers)


def test_intent_is_on_disk_before_the_request(tmp_path):
    """When the attempt's number is known its line can be read by another process; only its owner may."""
    own = journal(tmp_path)
    attempt(own)
    assert '"event": "creating"' in own.path.read_text()
    assert stat.S_IMODE(own.path.stat().st_mode) == 0o600
    own.close()


def test_mark_of_another_run_is_ignored(tmp_path):
    """An entry belongs to the run that the file is named after, whatever its lines say."""
    own = journal(tmp_path)
    own.record_creation(own.record_attempt("http://t", "/a", "production"), "1")
    own.close()
    assert [former.entries for former in former_journals(tmp_path)] == [()]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[1]",
        '"text"',
        '{"n": [1]}',
        '{"n": 1e999}',
        '{"event": 5, "n": 1}',
        "{" * 100_000,
        "\x00",
    ],
)
def test_line_that_cannot_be_read(tmp_path, line):
    """Other lines count all the same."""
    own = journal(tmp_path)
    own.record_creation(attempt(own), "1")
    own.close()
    own.path.write_text(line + "\n" + own.path.read_text())
    assert [entry.id for former in former_journals(tmp_path) for entry in former.entries] == ["1"]


def test_files_that_are_no_journals(tmp_path):
    """Folders, pipes, links and files with other names have a problem, and no entries."""
    (tmp_path / f"{MARK}.jsonl").mkdir()
    os.mkfifo(tmp_path / f"{MARK}-01.jsonl")
    (tmp_path / "journal.jsonl").write_text('{"event": "creating", "n": 1}')
    (tmp_path / f"{MARK}-02.jsonl").symlink_to(tmp_path / "journal.jsonl")
    formers = list(former_journals(tmp_path))
    assert [former.entries for former in formers] == [()] * 4
    assert all(former.problem for former in formers)


def test_file_that_is_not_text(tmp_path):
    """Its lines are damaged."""
    (tmp_path / f"{MARK}.jsonl").write_bytes(b"\xff\xfe\x00\n\xff")
    assert [(former.entries, former.damaged) for former in former_journals(tmp_path)] == [((), (1,))]


@pytest.mark.parametrize("in_the_way", ["file", "pipe"])
def test_place_that_cannot_be_written(tmp_path, in_the_way):
    """What lies in the way of the journal is an error that names the folder."""
    if in_the_way == "file":
        (tmp_path / "journal").write_text("x")
        own = journal(tmp_path / "journal")
    else:
        os.mkfifo(tmp_path / f"{MARK}.jsonl")
        own = journal(tmp_path)
    with pytest.raises(ReportFolderUnusable):
        attempt(own)


class FullFile:
    """A file on a full disk."""

    def write(self, text):
        """Accept a text, as into a buffer."""

    def flush(self):
        """Fail, as what is in the buffer has no place on the disk."""
        raise OSError(errno.ENOSPC, "No space left on device")

    close = flush


def test_full_disk(tmp_path):
    """Nothing is created any more; what was created is known, and its end is recorded without an error."""
    own = journal(tmp_path)
    first, second, third = attempt(own), attempt(own, "/b"), attempt(own, "/c")
    whole, own._file = own._file, FullFile()
    with pytest.raises(ReportFolderUnusable):
        attempt(own, "/d")
    own.record_creation(first, "1")
    own.record_uncertainty(second)
    own.record_refusal(third)
    assert [(entry.path, entry.id) for entry in own.leftovers] == [("/b", None), ("/a", "1")]
    own.record_deletion("1")
    own.record_refusal(second)
    assert own.leftovers == ()
    own.close()
    whole.close()
    assert not own.path.exists()
