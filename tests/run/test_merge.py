"""Shards of a run, and the record that `storepact merge` makes of them."""

from __future__ import annotations

import json
import random
import shutil

import msgspec
import pytest

from commands import call
from short_gate import with_scenarios, without_generated_cases
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import UsageError
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.record.store import load_record
from storepact.run import merge as merge_module
from storepact.run import session
from storepact.run.engine_options import max_requests_of
from storepact.run.plan import Shard, make_plan
from storepact.run.session import interactions_of, load_provider_contracts
from storepact.run.settings import Settings
from storepact.run.settings_rules import check_settings
from storepact.run.sharding import parse_shard
from storepact.run.target import await_mock


def whole_plan():
    """The plan of the committed document and pacts."""
    contracts = load_provider_contracts(data_path("contracts"), DEFAULT_FAMILY.provider)
    document = load_document(data_path("openapi", DEFAULT_FAMILY.document))
    return make_plan(document, DEFAULT_FAMILY, interactions_of(contracts))


@pytest.mark.parametrize("count", [1, 2, 3, 8, 50])
def test_each_test_belongs_to_one_shard(count):
    """The shards of a plan are disjoint, and together they are the plan."""
    plan = whole_plan()
    shards = [{test.name for test in plan.take(Shard(number, count)).tests} for number in range(1, count + 1)]
    assert sum(map(len, shards)) == len(plan.tests)
    assert set().union(*shards) == {test.name for test in plan.tests}


@pytest.mark.parametrize(("most", "count"), [(3, 3), (10, 3), (2_500, 8), (1_001, 1)])
def test_a_budget_of_requests_is_that_of_all_shards(most, count):
    """Each has its part: together they send no more than a run as a whole."""
    shards = [f"{number}/{count}" for number in range(1, count + 1)]
    parts = [max_requests_of(Settings(shard=shard, max_requests=most)) for shard in shards]
    assert sum(parts) == most
    assert max(parts) - min(parts) <= 1


def test_a_budget_that_leaves_a_shard_nothing():
    """It is said before anything is sent."""
    done = call("verify", "--shard", "3/3", "--max-requests", "2")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "--max-requests 2 is for all 3 shards together" in done.stderr


def test_a_shard_depends_on_names_alone():
    """Another order and further tests leave a test where it is."""
    names = [test.name for test in whole_plan().tests]
    shuffled = random.Random(1).sample(names, len(names))
    shard = Shard(2, 5)
    assert {name for name in shuffled if shard.has(name)} == {name for name in names if shard.has(name)}
    assert shard.has("conformance: getIntegration-probes") is shard.has("conformance: getIntegration-probes")


@pytest.mark.parametrize(
    "text", ["", "3", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1.0/3", "٣/٨", "1/99999"]
)
def test_what_is_no_shard_is_refused(text):
    """With the form that it has."""
    with pytest.raises(UsageError, match="write K/N"):
        parse_shard(text)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(shard="1/3", baseline=("7",)), "--baseline is about whole runs.*merge"),
        (Settings(shard="1/3", min_coverage=90.0), "--min-coverage is about whole runs"),
        (Settings(shard="1/3", fail_on_not_verified=True), "--fail-on-not-verified is about"),
        (Settings(shard="1/3", publish=True, broker_url="https://b"), "publish from a whole run"),
        (Settings(shard="9/3"), "write K/N"),
    ],
)
def test_options_about_whole_runs_are_refused(settings, words):
    """They go with merge."""
    with pytest.raises(UsageError, match=words):
        check_settings(settings)


def verify(folder, *words):
    done = call("verify", "--history", "none", "--report-dir", folder, *words)
    assert (folder / "run.json").exists(), done.stderr
    return done, load_record(folder)


def facts(record):
    """What a merged record and the record of the whole run have in common."""
    return (
        record.verdict,
        record.reasons,
        {(finding.fingerprint, finding.cause) for finding in record.findings},
        {cause.id for cause in record.causes},
        {(row.operation, row.status, row.outcome) for row in record.rows},
        record.keywords,
        {(entry.suite, entry.name, entry.status, entry.reason) for entry in record.outcomes},
        record.not_verified,
        {name: set(counts) for name, counts in record.coverage.items()},
    )


@pytest.fixture(scope="module")
def document_shards(tmp_path_factory):
    """The document suite in three shards, and as a whole."""
    folder = tmp_path_factory.mktemp("shards")
    whole, _ = verify(folder / "whole", "--suite", "document")
    assert whole.returncode == 0
    for number in (1, 2, 3):
        done, _ = verify(folder / f"s{number}", "--suite", "document", "--shard", f"{number}/3")
        assert done.returncode == 0, done.stdout
    return folder


def merge(folder, *shards, words=()):
    return call("merge", *shards, "--history", "none", "--report-dir", folder, *words)


def test_merged_shards_are_the_whole_run(document_shards, tmp_path):
    """Verdict, findings, coverage, outcomes; in any order of the arguments the same bytes."""
    names = [document_shards / f"s{number}" for number in (1, 2, 3)]
    done = merge(tmp_path / "a", *names)
    assert done.returncode == 0, done.stderr
    again = merge(tmp_path / "b", names[2] / "run.json", names[0], names[1])
    assert again.returncode == 0
    texts = [(tmp_path / name / "run.json").read_text() for name in ("a", "b")]
    assert texts[0] == texts[1]
    assert facts(load_record(tmp_path / "a")) == facts(load_record(document_shards / "whole"))
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        path.name for path in (document_shards / "whole").iterdir()
    }


def test_a_shard_says_what_it_is(document_shards):
    """Its record names the plan, and what the other shards test as not verified."""
    record = load_record(document_shards / "s2")
    assert (record.shard.number, record.shard.count) == (2, 3)
    (entry,) = record.not_verified
    assert entry.reason_code == "other_shard"
    assert "storepact merge" in entry.reason


def shard_with(folder, tmp_path, **changes):
    """The record of a shard with other members; dotted names lead into the section of the shard."""
    data = json.loads((folder / "run.json").read_text())
    for name, value in changes.items():
        place = data["shard"] if name.startswith("shard_") else data
        place[name.removeprefix("shard_")] = value
    target = tmp_path / "changed"
    shutil.copytree(folder, target)
    (target / "run.json").write_text(json.dumps(data))
    return target


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 7}, "not of one run: seed 7, and 20261123"),
        ({"target": "https://app.example.com"}, "not of one run: target"),
        ({"profile": "explore"}, "not of one run: profile"),
        ({"storepact": "9.9"}, "not of one run: storepact 9.9"),
        ({"shard_document": "0" * 16}, "not of one run: digest of the OpenAPI document"),
        ({"shard_contracts": "0" * 16}, "not of one run: digest of the pacts"),
        ({"shard_count": 4}, "not of one run: number of shards 4, and 3"),
        ({"shard_options": {"suite": "[]"}}, "not of one run: --allow-enable"),
        ({"shard_plan": "0" * 16}, "not of one run: digest of the plan"),
        ({"format": 3}, "a newer storepact wrote it: upgrade"),
        ({"format": "x"}, "has format 'x'"),
        ({"shard_number": 0}, "is damaged"),
        ({"shard": {}}, "is damaged"),
        ({"shard": None}, "is the record of a whole run"),
        ({"shard_number": 1}, "shard 1/3 is there twice"),
    ],
)
def test_records_that_do_not_fit_are_refused(document_shards, tmp_path, changes, words):
    """Each with what is wrong about it, and nothing is written."""
    other = shard_with(document_shards / "s3", tmp_path, **changes)
    done = merge(tmp_path / "merged", document_shards / "s1", document_shards / "s2", other)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert words in done.stderr
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize(
    ("shards", "words"),
    [
        ((), "name the records of all shards"),
        (("s1", "s3"), "a shard is missing: 2/3; make the record with storepact verify --shard 2/3"),
        (("s2",), "shards are missing: 1/3, 3/3"),
        (("s1", "s2", "s3", "s2"), "shard 2/3 is there twice"),
        (("s1", "s2", "whole"), "is the record of a whole run"),
        (("s1", "s2", "absent"), "cannot be read"),
    ],
)
def test_a_wrong_number_of_shards_is_refused(document_shards, tmp_path, shards, words):
    """What is missing is named."""
    done = merge(tmp_path / "merged", *(document_shards / name for name in shards))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert words in done.stderr


def test_other_files_are_no_records(document_shards, tmp_path):
    """Not JSON, and JSON of something else."""
    for text, words in (("<html>", "is not JSON"), ("[1]", "is not a record of a run")):
        (tmp_path / "run.json").write_text(text)
        done = merge(tmp_path / "merged", document_shards / "s1", document_shards / "s2", tmp_path)
        assert done.returncode == 2
        assert words in done.stderr


def test_the_record_of_a_shard_is_not_overwritten(document_shards, tmp_path):
    """The folder of the merged record is another one."""
    names = [document_shards / f"s{number}" for number in (1, 2, 3)]
    done = merge(document_shards / "s1", *names)
    assert done.returncode == 2
    assert "choose another folder" in done.stderr
    assert load_record(document_shards / "s1").shard is not None


def test_another_document_is_refused(document_shards, tmp_path):
    """The merged record refers to lines of the document that the shards were made with."""
    text = data_path("openapi", DEFAULT_FAMILY.document).read_text(encoding="utf-8")
    other = tmp_path / "other.yaml"
    other.write_text(text + "\n# another one\n", encoding="utf-8")
    names = [document_shards / f"s{number}" for number in (1, 2, 3)]
    done = merge(tmp_path / "merged", *names, words=("--openapi", other))
    assert done.returncode == 2
    assert "is not the OpenAPI document of the shards" in done.stderr


def test_a_shard_without_a_test_is_undetermined(tmp_path):
    """Nothing that was tested has not passed; its record says so, and can be merged."""
    done, record = verify(tmp_path / "s1", "--suite", "document", "--shard", "1/9999")
    assert done.returncode == 3
    assert "has no test of this plan: take fewer shards" in record.reasons[0]
    assert (record.outcomes, record.shard.evidence.troubles) == ((), ())


def await_faulty_mock(starting, settings, faults=()):
    """A mock whose first read after an update returns the state before it."""
    return await_mock(starting, settings, ("stale-read",))


def test_merged_shards_of_a_run_with_a_fault(tmp_path, monkeypatch):
    """A broken provider: the findings, their causes and coverage are those of the whole run."""
    without_generated_cases(monkeypatch)
    with_scenarios(monkeypatch, "created-and-read", "renamed", "deleted")
    monkeypatch.setattr(session, "await_mock", await_faulty_mock)
    done, whole = verify(tmp_path / "whole", "--suite", "lifecycle")
    assert done.returncode == 1
    codes = []
    for number in (1, 2):
        done, _ = verify(tmp_path / f"s{number}", "--suite", "lifecycle", "--shard", f"{number}/2")
        codes.append(done.returncode)
    assert sorted(codes) == [0, 1]
    done = merge(tmp_path / "merged", tmp_path / "s1", tmp_path / "s2")
    assert done.returncode == 1, done.stderr
    assert facts(load_record(tmp_path / "merged")) == facts(whole)


@pytest.mark.parametrize(("name", "text"), [("suite", "nothing"), ("suite", "7"), ("allow_writes", '"x"')])
def test_edited_options_are_a_damaged_record(document_shards, tmp_path, name, text):
    """One line, and no traceback."""
    options = {**load_record(document_shards / "s1").shard.options, name: text}
    names = []
    for number in (1, 2, 3):
        (tmp_path / str(number)).mkdir()
        names.append(
            shard_with(document_shards / f"s{number}", tmp_path / str(number), shard_options=options)
        )
    done = merge(tmp_path / "merged", *names)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "is damaged: the options of its shard cannot be read" in done.stderr


def test_a_merge_holds_one_whole_record_at_a_time(document_shards, tmp_path, monkeypatch):
    """A thousand shards need no more memory than ten: what is kept of each says which part it is."""
    paths = [document_shards / f"s{number}" for number in (3, 1, 2)]
    shards = merge_module.load_shards(paths)
    assert [shard.section.number for shard in shards] == [1, 2, 3]
    for shard in shards:
        whole = (shard.path / "run.json").stat().st_size
        assert len(msgspec.json.encode(shard.record)) < whole / 20
        assert not shard.section.evidence.outcomes
    reads = []
    load = merge_module.load_record
    monkeypatch.setattr(merge_module, "load_record", lambda path: reads.append(path.name) or load(path))
    merge_module.merge_shards(paths, Settings(report_dir=tmp_path / "merged", history="none"))
    assert reads == ["s3", "s1", "s2", "s1", "s2", "s3"]
