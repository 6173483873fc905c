"""A second API needs a document and a family of its own; the suites know none of its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import call
from notes import FAMILY, NotesProvider
from pact_files import interaction, write_pact
from small_provider import serve_provider
from storepact.engines.harness import Harness
from storepact.engines.options import EngineOptions
from storepact.engines.questions import questions
from storepact.model.api import Scope
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
    write_pact(
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
    with serve_provider(provider) as url:
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
    return {finding.code for finding in findings}


def test_provider_that_conforms(contracts):
    """A provider that keeps the document and the pacts has no finding."""
    assert codes("", contracts) == set()


def test_wrong_type_is_found(contracts):
    """A member of another type breaks the document and the pact."""
    assert {"SP104", "SP401"} <= codes("text pinned", contracts)


def test_ignored_header_is_found(contracts):
    """Requests without the required header are accepted: the finding of the version check."""
    assert "SP205" in codes("no release", contracts)


@pytest.fixture
def package_folder(tmp_path, monkeypatch):
    """A folder that Python takes for an installed package with the family of notes."""
    folder = tmp_path / "packages" / "notes-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: notes\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[storepact.families]\nnotes = notes:FAMILY\n")
    monkeypatch.syspath_prepend(folder.parent)
    return {"STOREPACT_TOKEN": TOKEN}


@pytest.mark.parametrize(("fault", "code"), [("", 0), ("text pinned", 1)])
def test_family_is_chosen_by_name(fault, code, contracts, package_folder, tmp_path):
    """`--family` runs the suites on the API of an installed package; exit code 0 if it conforms."""
    with serve_provider(NotesProvider(fault)) as url:
        done = call(
            *("verify", "--family", "notes", "--target", url, "--allow-writes", "--history", "none"),
            *("--suite", "document", "--suite", "conformance", "--suite", "pacts"),
            *("--openapi", DOCUMENT, "--contracts", contracts, "--examples", 3),
            cwd=tmp_path,
            environment=package_folder,
        )
    assert done.returncode == code, done.stdout + done.stderr


def test_unknown_family_is_wrong_usage(tmp_path):
    """The nearest family is named."""
    done = call("verify", "--family", "persistent-stores", "--history", "none", cwd=tmp_path)
    assert (done.returncode, "persistent-store" in done.stderr) == (2, True)


def test_family_without_a_mock(package_folder, tmp_path):
    """A family of another package has no mock: a target must be named."""
    done = call("verify", "--family", "notes", "--history", "none", cwd=tmp_path, environment=package_folder)
    assert (done.returncode, "--target" in done.stderr) == (2, True)
