"""Creates whose answers were lost: what they have created is deleted, also where it is there later."""

from __future__ import annotations

from storepact.engines import lost_creates
from storepact.engines.lost_creates import LostCreates
from storepact.transport.journal import Journal


def test_create_that_is_late(monkeypatch):
    """It is not there when it is looked for first, and is deleted when it is."""
    journal, listed, deleted, slept = Journal(None), [], [], []
    monkeypatch.setattr(lost_creates.time, "sleep", slept.append)
    lost = LostCreates(
        journal, lambda: iter(listed), lambda path, identifier: deleted.append(identifier), seconds=10.0
    )
    assert not lost.recover_late()
    journal.record_uncertainty(journal.record_attempt("http://localhost", "/path", "mark"))
    lost.recover()
    assert not journal.uncertain
    assert not lost.recover_late()
    lost.wait()
    listed.append("A")
    assert lost.recover_late()
    lost.wait()
    assert (deleted, len(slept), 9 < slept[0] <= 10) == (["A"], 1, True)
