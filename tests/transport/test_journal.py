"""The journal of what a run created on a target."""

from __future__ import annotations

from storepact.transport.journal import Journal, leftovers_of


def test_leftovers_of_a_killed_run_are_read(tmp_path):
    """Entries without a deletion can be read back; an incomplete last line is ignored."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    kept, gone = journal.record_attempt("http://t", "/a", "m"), journal.record_attempt("http://t", "/b", "m")
    journal.record_creation(kept, "1")
    journal.record_creation(gone, "2")
    journal.record_deletion("2")
    path.write_text(path.read_text() + '{"event": "crea')
    assert [(entry.path, entry.id) for entry in leftovers_of(path, "http://t")] == [("/a", "1")]
