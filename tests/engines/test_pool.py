"""The pool of resources: created when needed, shared, deleted at the end; the journal shows the rest."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

import finding_subjects
import records
from notes import FAMILY, NotesProvider
from small_provider import serve_provider
from storepact.engines import deletions
from storepact.engines.harness import Harness
from storepact.engines.options import EngineOptions
from storepact.engines.preflight import NoLog
from storepact.engines.workspace import Workspace
from storepact.model.api import Scope
from storepact.model.case import Auth, Case
from storepact.model.errors import PrerequisiteMissing, SetupFailed
from storepact.model.outcome import Reason
from storepact.model.run_mark import make_run_mark
from storepact.openapi.load import load_document
from storepact.record.values import Finding
from storepact.transport.credentials import Credentials
from storepact.transport.journal import former_journals

DOCUMENT_PATH = Path(__file__).parent.parent / "data" / "notes" / "notes.yaml"
DOCUMENT = load_document(DOCUMENT_PATH)


@contextmanager
def workspace(provider, *, writable=True, journal=None, **live):
    """A workspace on a provider of notes; a live target where `live` says how."""
    credentials = Credentials({Auth.WRITER: "notes-token-of-the-tests"})
    with serve_provider(provider) as url:
        options = EngineOptions(
            url, (Scope(()),), writable=writable, journal=journal, is_mock=not live, **live
        )
        with Workspace(options, FAMILY, credentials, DOCUMENT, Scope(()), NoLog()) as space:
            yield space


class OneNote(NotesProvider):
    """A provider that allows one note at a time."""

    def create(self, body):
        return (409, {"code": "conflict", "message": "one note only"}) if self.notes else super().create(body)


class SilentProvider(NotesProvider):
    """A provider whose response to a create lacks the reference."""

    def create(self, body):
        status, note = super().create(body)
        return status, {name: value for name, value in note.items() if name != "ref"}


def test_resource_is_created_once():
    """Every case borrows the same note."""
    provider = NotesProvider()
    with workspace(provider) as space:
        assert space.pool.borrow("note") == space.pool.borrow("note")
        assert len(provider.notes) == 1


def test_resource_is_deleted_at_the_end():
    """Nothing of the pool remains, and the journal is balanced."""
    provider = NotesProvider()
    with workspace(provider) as space:
        space.pool.borrow("note")
        assert space.finish() == []
        assert space.inventory.is_empty
    assert provider.notes == {}


def test_deleted_note_is_replaced():
    """After a case has deleted the borrowed note, the next case gets another one."""
    with workspace(NotesProvider()) as space:
        first = space.pool.borrow("note")
        space.send_case(Case("deleteNote", "note"), "conformance")
        assert space.pool.borrow("note") != first


def test_created_note_is_deleted():
    """What a case creates is deleted after it."""
    provider = NotesProvider()
    with workspace(provider) as space:
        space.send_case(Case("createNote", "note", body={"text": "x"}), "conformance")
    assert provider.notes == {}


def test_one_at_a_time():
    """A 409 while the pool keeps a note empties the pool, and the create is repeated."""
    with workspace(OneNote()) as space:
        space.pool.borrow("note")
        exchange, _ = space.send_case(Case("createNote", "note", body={"text": "x"}), "conformance")
        assert exchange.response.status == 201
        assert space.pool.one_at_a_time


def test_reference_is_looked_up_in_the_list():
    """Where the response to a create lacks the id, it is found in the list by the run's marker."""
    provider = SilentProvider()
    with workspace(provider) as space:
        assert space.pool.create("note") == "n1"
        assert space.pool.create("note") == "n2"
        space.clean_up()
    assert provider.notes == {}


def test_refused_create():
    """A provider that refuses an ordinary create cannot be set up."""
    provider = NotesProvider()
    provider.create = lambda body: (500, None)
    with (
        workspace(provider) as space,
        pytest.raises(SetupFailed, match="no note note could be created"),
    ):
        space.pool.borrow("note")


def test_read_only_target_lends_what_it_lists():
    """Without writes the pool lends notes of others, and says so if there are none."""
    provider = NotesProvider()
    with workspace(provider, writable=False) as space:
        with pytest.raises(PrerequisiteMissing, match="lists no note"):
            space.pool.borrow("note")
        provider.notes["n9"] = {"ref": "n9", "text": "of others", "pinned": False}
        assert space.pool.borrow("note") == "n9"


def test_journal_keeps_what_is_left(tmp_path):
    """What was created and not deleted stands in the journal, for the next run."""
    mark = str(make_run_mark())
    with workspace(NotesProvider(), journal=tmp_path / "journal", run_mark=mark) as space:
        space.pool.borrow("note")
        space.inventory.close()
    (journal,) = former_journals(tmp_path / "journal")
    assert str(journal.mark) == mark
    assert [entry.id for entry in journal.entries] == ["n1"]


class KeepingProvider(NotesProvider):
    """A provider whose deletes are answered and have no effect."""

    def respond(self, method, path, headers, body):
        notes = dict(self.notes)
        response = super().respond(method, path, headers, body)
        self.notes.update(notes)
        return response


@pytest.mark.parametrize(("provider", "keeps"), [(NotesProvider, False), (KeepingProvider, True)])
def test_deletes_without_effect_are_noticed(provider, keeps, monkeypatch):
    """After some deletes one look at the list shows whether they have an effect."""
    monkeypatch.setattr(deletions, "PATIENCE", 0.0)
    with workspace(provider()) as space:
        for _ in range(12):
            space.pool.borrow("note")
            assert not space.inventory.keeps_deleted_resources or keeps
            space.pool.clear()
        assert space.inventory.keeps_deleted_resources is keeps


def finding_of(**fields):
    """A finding as a record holds it."""
    finding = {**records.BARE, "exchange": records.exchange(), **fields}
    return msgspec.convert(finding_subjects.describe(finding), Finding)


@pytest.mark.parametrize("is_live", [True, False])
def test_no_story_begins_where_deletes_have_no_effect(is_live, monkeypatch, tmp_path):
    """On a live target, once it is a finding that is not accepted: each story would lengthen every list."""
    monkeypatch.setattr(deletions, "PATIENCE", 0.0)
    credentials = Credentials({Auth.WRITER: "notes-token-of-the-tests"})
    with serve_provider(KeepingProvider()) as url:
        options = EngineOptions(
            url,
            (Scope(()),),
            openapi=DOCUMENT_PATH,
            contracts=tmp_path,
            accepted=tmp_path / "accepted.json",
            writable=True,
            is_mock=not is_live,
        )
        with Harness(options, FAMILY, credentials) as harness:
            for _ in range(12):
                harness.workspace.pool.borrow("note")
                harness.workspace.pool.clear()
            findings = harness.recorder.findings
            findings["1"] = finding_of(code="SP104", locus="200 /version", flaw="type")
            assert not harness.misses_deletes()
            findings["2"] = finding_of(code="SP604", locus="gone", flaw="accepted", request_flaws=["gone"])
            assert harness.misses_deletes() is is_live
            if is_live:
                with pytest.raises(PrerequisiteMissing) as missing:
                    harness.run_journey(1)
                assert missing.value.reason is Reason.DELETES_NOTHING
            harness._accepted_fingerprints = frozenset({"2"})
            assert not harness.misses_deletes()


def test_list_that_was_late_ends_no_story(monkeypatch):
    """Where a second look at the list shows nothing of what was deleted, deletes have an effect."""
    monkeypatch.setattr(deletions, "PATIENCE", 0.0)
    provider = KeepingProvider()
    with workspace(provider) as space:
        for _ in range(12):
            space.pool.borrow("note")
            space.pool.clear()
        assert space.inventory.keeps_deleted_resources
        provider.notes.clear()
        assert not space.inventory.still_keeps_deleted_resources()
        assert not space.inventory.keeps_deleted_resources
