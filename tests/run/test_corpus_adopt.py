"""`storepact corpus adopt`: what of an exploration goes into a corpus, and which records are refused."""

from __future__ import annotations

import json
from shutil import copytree

import msgspec
import pytest

import records
from commands import call
from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.files import case_file, document_digest
from storepact.engines.corpus.journeys import JOURNEYS_FILE, PlayedStep, pin_journey, render_journeys
from storepact.engines.corpus.refresh import render_cases
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import CorpusUnusable
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.run import corpus_adopt
from storepact.run.corpus import pinned_operations, shipped_corpus

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
OPERATION = "getIntegration"
ENTRIES = Corpus(shipped_corpus(), DOCUMENT).pinned_cases(OPERATION)

JOURNEYS = Corpus(shipped_corpus(), DOCUMENT).all_journeys(DEFAULT_FAMILY.journey_rules)
ODD_JOURNEY = pin_journey(1, 5, [PlayedStep("nothing", [], [])])
"""Its step is no rule of the family."""


@pytest.fixture
def thin_corpus(tmp_path):
    """A corpus with one case of an operation, the others left out."""
    folder = copytree(shipped_corpus(), tmp_path / "corpus")
    case_file(folder, OPERATION).write_text(render_cases(DOCUMENT, OPERATION, ENTRIES[:1]), encoding="utf-8")
    return folder


def offer(entry, **changes):
    """A case as an exploration offers it."""
    case = msgspec.json.encode(msgspec.structs.replace(entry, only=())).decode()
    new = [{"kind": "row", "what": "a row"}]
    return {
        "test": "t",
        "operation": OPERATION,
        "round": 0,
        "seed": 5,
        "id": entry.id,
        "case": case,
        "new": new,
    } | changes


def write_record(folder, offers, **changes):
    """A record of an exploration."""
    section = {
        "cases": 5, "repeated": 0, "rounds": 1, "workers": 1, "new": {}, "interesting": offers,
        "digest": document_digest(DOCUMENT),
    }  # fmt: skip
    section |= changes
    folder.mkdir(exist_ok=True)
    data = records.plain(records.as_values()) | {"exploration": section}
    (folder / "run.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


def adopt(run, corpus, *options):
    done = call("corpus", "adopt", run, "--corpus-dir", corpus, *options)
    assert "Traceback" not in done.stderr
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_cases_that_reach_more_are_added_and_no_other(thin_corpus, tmp_path):
    """With what they add in words; the next time nothing is left to add."""
    former = offer(ENTRIES[0], id="", case="")  # earlier versions named responses of journeys, and not more
    run = write_record(tmp_path / "run", [former, *(offer(entry) for entry in ENTRIES)])
    before = case_file(thin_corpus, OPERATION).read_bytes()
    code, output = adopt(run, thin_corpus, "--dry-run")
    assert code == 0, output
    assert "would be added" in output
    assert case_file(thin_corpus, OPERATION).read_bytes() == before
    code, output = adopt(run, thin_corpus)
    assert code == 0, output
    corpus = Corpus(thin_corpus, DOCUMENT)
    corpus.check(pinned_operations(DOCUMENT, DEFAULT_FAMILY), DEFAULT_FAMILY.journey_rules)
    added = len(corpus.pinned_cases(OPERATION)) - 1
    assert 0 < added < len(ENTRIES)
    assert f"{added} of {len(ENTRIES)} offered cases added" in output
    assert f"{output.count('added: ')}" == f"{added}"
    assert f"added: {OPERATION} " in output
    assert "1 are there already" in output
    code, output = adopt(run, thin_corpus)
    assert (code, output.startswith(f"0 of {len(ENTRIES)} offered cases added")) == (0, True), output


def test_journeys_that_reach_more_are_added_and_no_other(thin_corpus, tmp_path):
    """By their steps, the order of these, and branches of rules and oracle; a second time nothing is left."""
    path = thin_corpus / JOURNEYS_FILE
    path.write_text(render_journeys(DOCUMENT, JOURNEYS[:1]), encoding="utf-8")
    run = write_record(tmp_path / "run", [offer(entry, operation="") for entry in JOURNEYS[:6]])
    code, output = adopt(run, thin_corpus)
    assert code == 0, output
    names = {entry.id for entry in Corpus(thin_corpus, DOCUMENT).all_journeys(DEFAULT_FAMILY.journey_rules)}
    assert {JOURNEYS[0].id} < names <= {entry.id for entry in JOURNEYS[:6]}
    assert f"{len(names) - 1} of 6 offered cases added" in output
    assert "added: journey " in output
    assert ": branch of " in output
    code, output = adopt(run, thin_corpus)
    assert (code, output.startswith("0 of 6 offered cases added")) == (0, True), output
    assert names == {
        entry.id for entry in Corpus(thin_corpus, DOCUMENT).all_journeys(DEFAULT_FAMILY.journey_rules)
    }


def test_shipped_corpus_has_no_use_for_its_own_cases(tmp_path):
    run = write_record(tmp_path / "run", [offer(entry) for entry in ENTRIES])
    code, output = adopt(run, shipped_corpus(), "--dry-run")
    assert code == 0
    assert f"0 add nothing, {len(ENTRIES)} are there already" in output


@pytest.mark.parametrize(
    ("offers", "changes", "problem"),
    [
        ([offer(ENTRIES[1])], {"digest": "0123456789abcdef"}, "was made for another document"),
        ([offer(ENTRIES[1])], {"digest": ""}, "explore again"),
        ([], {}, "offers no case"),
        ([offer(ENTRIES[1], case="{")], {}, "is damaged: the case"),
        ([offer(ENTRIES[1], case="[]")], {}, "is damaged: the case"),
        ([offer(ENTRIES[1], operation="nothing")], {}, "was changed by hand"),
        ([offer(msgspec.structs.replace(ENTRIES[1], mutation="mine"))], {}, "was changed by hand"),
        ([offer(JOURNEYS[0], operation="", case="{")], {}, "is damaged: the journey"),
        ([offer(ENTRIES[1], operation="")], {}, "is damaged: the journey"),
        ([offer(msgspec.structs.replace(JOURNEYS[0], seed=1), operation="")], {}, "was changed by hand"),
        ([offer(ODD_JOURNEY, operation="")], {}, "was changed by hand"),
    ],
)
def test_records_that_are_refused(thin_corpus, tmp_path, offers, changes, problem):
    """With exit code 2, what to do, and the corpus as it was."""
    before = case_file(thin_corpus, OPERATION).read_bytes()
    code, output = adopt(write_record(tmp_path / "run", offers, **changes), thin_corpus)
    assert code == 2
    assert problem in output
    assert case_file(thin_corpus, OPERATION).read_bytes() == before


def test_what_is_no_record_of_an_exploration(thin_corpus, tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(records.plain(records.as_values())), encoding="utf-8")
    assert "no record of `storepact explore`" in adopt(tmp_path, thin_corpus)[1]
    assert adopt(tmp_path / "nowhere", thin_corpus)[0] == 2
    code, output = adopt(tmp_path / "run.json", tmp_path / "nowhere", "--dry-run")
    assert (code, "there is no such folder" in output) == (2, True)


def test_a_corpus_stays_small(thin_corpus, monkeypatch):
    monkeypatch.setattr(corpus_adopt, "_MOST_BYTES", 1_000)
    with pytest.raises(CorpusUnusable, match="storepact corpus minimize"):
        corpus_adopt._check_size(thin_corpus, {"x.json": "y"})
