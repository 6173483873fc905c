"""A second API needs a document and a family of its own: the suites test it without knowing any of its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from notes import FAMILY, NotesProvider
from pact_files import interaction, written
from small_provider import served
from storepact.engines.family import Scope
from storepact.engines.harness import Harness
from storepact.engines.options import EngineOptions
from storepact.engines.questions import questions
from storepact.model.case import Auth
from storepact.transport.credentials import Credentials

DOCUMENT = Path(__file__).parent.parent / "data" / "notes" / "notes.yaml"
TOKEN = "notes-token-of-the-tests"
HEADERS = {"Authorization": "some-token", "Notes-Release": "7"}


@pytest.fixture
def contracts(tmp_path):
    """A consumer that lists notes, creates one and deletes one."""
    note = {"ref": "n1", "text": "buy milk", "pinned": False}
    types = {f"$.notes[*].{name}": {"match": "type"} for name in note}
    written(
        tmp_path / "contracts" / "reader.json",
        interaction(
            "GET",
            "/notes",
            states=("a note exists",),
            headers=HEADERS,
            description="list notes",
            body={"notes": [note]},
            rules=types,
        ),
        interaction(
            "POST",
            "/notes",
            states=(),
            headers=HEADERS,
            description="create a note",
            sent={"text": "buy milk"},
            status=201,
            body={"pinned": False},
        ),
        interaction(
            "DELETE",
            "/notes/n-of-the-pact",
            states=("a note exists",),
            headers=HEADERS,
            description="delete a note",
            status=204,
        ),
        provider="notes",
    )
    return tmp_path / "contracts"


def codes(fault: str, contracts: Path) -> set[str]:
    """The codes of the findings of document, conformance and pacts on a provider of notes."""
    provider = NotesProvider(fault)
    with served(provider) as url:
        options = EngineOptions(
            url, (Scope(()),), writable=True, openapi=DOCUMENT, contracts=contracts, shrink=False
        )
        with Harness(options, FAMILY, Credentials({Auth.WRITER: TOKEN})) as harness:
            harness.check_document()
            for pact in harness.interactions():
                harness.check_contract(pact)
                harness.verify_interaction(pact)
            for question in questions(harness.document, FAMILY, writable=True):
                if question.suite == "conformance":
                    harness.run_question(question)
            findings = list(harness.recorder.findings.values())
    assert provider.notes == {}, "what the run created is deleted"
    return {finding["code"] for finding in findings}


def test_provider_that_conforms(contracts):
    """A provider that keeps the document and the pacts has no finding."""
    assert codes("", contracts) == set()


def test_wrong_type_is_found(contracts):
    """A member of another type breaks the document and the pact."""
    assert {"SP104", "SP401"} <= codes("text pinned", contracts)


def test_ignored_header_is_found(contracts):
    """Requests without the required header are accepted: the finding of the version check."""
    assert "SP205" in codes("no release", contracts)
