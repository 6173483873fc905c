"""Shards of an exploration, and the record that `storepact merge` makes of them."""

from __future__ import annotations

import json

import msgspec
import pytest

from commands import call
from storepact.families import DEFAULT_FAMILY
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.record.store import load_record
from storepact.run import session
from storepact.run.explore.chunks import explored_tests, make_chunks
from storepact.run.plan import Shard, make_plan
from storepact.run.target import await_mock

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
TESTS = explored_tests(make_plan(DOCUMENT, DEFAULT_FAMILY, ()))

#: More than one round of the two operations that are explored here, with few cases in each chunk.
CASES, COUNT = 40, 3


def explore(folder, *words):
    """The exit code and the record of an exploration of two operations."""
    selection = ("--operation", "createIntegration", "--operation", "updateIntegration", "--workers", "1")
    done = call("explore", "--cases", str(CASES), *selection, "--report-dir", folder, *words)
    assert (folder / "run.json").exists(), done.stderr
    return done, load_record(folder)


@pytest.fixture(scope="module")
def explorations(tmp_path_factory):
    """An exploration of a mock with a fault as a whole, and in three shards."""
    folder = tmp_path_factory.mktemp("explorations")

    def await_faulty_mock(starting, settings, faults=()):
        return await_mock(starting, settings, ("create-without-id",))

    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(session, "await_mock", await_faulty_mock)
        patches.setattr("storepact.run.explore.chunks.EXAMPLES", 3)
        patches.setattr("storepact.run.explore.chunks.STORIES", 1)
        explore(folder / "whole")
        for number in range(1, COUNT + 1):
            explore(folder / f"s{number}", "--shard", f"{number}/{COUNT}")
        yield folder


def merge(folder, *shards):
    return call("merge", *shards, "--history", "none", "--report-dir", folder)


def facts(record):
    """What a merged record and that of the exploration without shards have in common."""
    return (
        record.verdict,
        record.reasons,
        record.exchanges_total,
        {(finding.fingerprint, finding.cause, finding.seen) for finding in record.findings},
        {(row.operation, row.status, row.outcome, row.seen) for row in record.rows},
        record.keywords,
        {(entry.name, entry.status, entry.reason, entry.findings) for entry in record.outcomes},
        record.not_verified,
        msgspec.structs.replace(record.exploration, workers=1),
    )


@pytest.mark.parametrize("count", [1, 2, 3, 7, 200])
def test_each_chunk_belongs_to_one_shard(count):
    """Together the shards have the chunks of the exploration, the budget of cases included."""
    whole = list(make_chunks(TESTS, DOCUMENT, 7, 3_001))
    shards = [list(make_chunks(TESTS, DOCUMENT, 7, 3_001, Shard(k, count))) for k in range(1, count + 1)]
    chunks = [chunk for shard in shards for chunk in shard]
    assert sorted(chunks, key=lambda chunk: chunk.number) == whole
    sizes = [len(shard) for shard in shards]
    assert max(sizes) - min(sizes) <= 1


def test_merged_shards_are_the_whole_exploration(explorations, tmp_path):
    """Findings, coverage, cases by their digest, and which case was the first to reach what; in any order."""
    whole = load_record(explorations / "whole")
    assert whole.findings
    assert whole.exploration.rounds > 1
    done = merge(tmp_path / "a", *(explorations / f"s{number}" for number in (1, 2, 3)))
    again = merge(tmp_path / "b", *(explorations / f"s{number}" for number in (3, 1, 2)))
    assert (done.returncode, again.returncode) == (1, 1), done.stderr
    assert facts(load_record(tmp_path / "a")) == facts(whole)
    assert (tmp_path / "a" / "run.json").read_text() == (tmp_path / "b" / "run.json").read_text()
    assert "first reached: " in done.stderr


def test_a_shard_of_an_exploration_says_what_it_is(explorations):
    """Its record has the digests of its cases, and names what other shards explore as not verified."""
    record = load_record(explorations / "s2")
    assert (record.shard.number, record.shard.count) == (2, COUNT)
    assert 0 < len(record.shard.cases) <= record.exploration.cases
    assert "other_shard" in {entry.reason_code for entry in record.not_verified}


@pytest.mark.parametrize(
    ("names", "changes", "words"),
    [
        (("s1", "s2"), {}, "a shard is missing: 3/3; make the record with storepact explore --shard 3/3"),
        (("s1", "s2", "s2", "s3"), {}, "shard 2/3 is there twice"),
        (("s1", "whole", "s3"), {}, "is the record of a whole run"),
        (("s1", "s2", "s3"), {"budget_cases": 41}, "--cases 41, and 40"),
        (("s1", "s2", "s3"), {"budget_s": 60.0}, "--time 60.0, and nothing"),
    ],
)
def test_records_that_are_not_all_shards_are_refused(explorations, tmp_path, names, changes, words):
    """In a line that names the record or the shard."""
    data = json.loads((explorations / names[-1] / "run.json").read_text())
    data["exploration"].update(changes)
    (tmp_path / "run.json").write_text(json.dumps(data))
    done = merge(tmp_path / "merged", *(explorations / name for name in names[:-1]), tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert words in done.stderr


def test_a_shard_without_a_case_is_undetermined(tmp_path):
    """Nothing that was explored has not passed."""
    done, record = explore(tmp_path, "--shard", "900/999")
    assert done.returncode == 3
    assert "shard 900/999 has no case: take fewer shards, or explore more cases" in record.reasons[0]
