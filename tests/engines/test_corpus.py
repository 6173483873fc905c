"""The pinned corpus: its files, what they send, what a run refuses, and how they are made again."""

from __future__ import annotations

import json
from dataclasses import replace
from os import mkfifo
from pathlib import Path
from shutil import copytree

import pytest

from commands import call
from gate import gate, shrink_findings
from storepact.engines.corpus.cache import CachedCorpus
from storepact.engines.corpus.corpus import Corpus
from storepact.engines.corpus.files import case_file
from storepact.engines.corpus.journeys import (
    JOURNEYS_FILE,
    PinnedDraw,
    PlayedStep,
    pin_journey,
    render_journeys,
)
from storepact.engines.corpus.reach import Judge, cover, shapes, unique_reach
from storepact.engines.corpus.refresh import ChangeKind, Refresh, Refreshed, check_files, pinned_questions
from storepact.engines.corpus.values import SECRET, pin
from storepact.engines.questions import CaseGenerator, Question
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Case
from storepact.model.errors import CorpusUnusable
from storepact.model.expectation import Promise
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.run import corpus_minimize
from storepact.run.corpus import corpus_of, is_cache, pinned_operations, shipped_corpus
from storepact.run.corpus_journeys import refresh_journeys
from storepact.run.corpus_work import open_work
from storepact.run.engine_options import engine_options
from storepact.run.settings import Settings

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
OPERATIONS = pinned_operations(DOCUMENT, DEFAULT_FAMILY)
ANY = "http://127.0.0.1:9"


def corpus_of_package() -> Corpus:
    return Corpus(shipped_corpus(), DOCUMENT)


def generator(kept=None, corpus=None, **settings) -> CaseGenerator:
    options = engine_options(Settings(**settings), ANY)
    return CaseGenerator(DOCUMENT, DEFAULT_FAMILY, options, kept, corpus)


def cases_of(maker: CaseGenerator, question: Question) -> list[Case]:
    cases: list[Case] = []
    maker.generate(question, cases.append)
    return cases


# what ships


def test_the_shipped_corpus_fits_the_shipped_document() -> None:
    """Whoever changes the document runs `storepact corpus refresh`."""
    corpus_of_package().check(OPERATIONS, DEFAULT_FAMILY.journey_rules)
    assert sum(path.stat().st_size for path in corpus_of_package().files) < 1_000_000


def test_what_the_shipped_cases_expect_is_what_the_documents_promise() -> None:
    """A change of the family's rules shows in the files."""
    judge = Judge(DOCUMENT, DEFAULT_FAMILY)
    for operation in OPERATIONS:
        for entry in corpus_of_package().pinned_cases(operation):
            assert judge.promise(entry.to_case(operation)) is entry.expects, (operation, entry.id)


def test_no_pinned_case_has_a_secret_in_the_clear() -> None:
    """Wherever a run puts in a new secret, a file has its symbol."""
    for operation in OPERATIONS:
        for entry in corpus_of_package().pinned_cases(operation):
            planted = DEFAULT_FAMILY.plant_secrets(entry.body, lambda: SECRET)
            assert planted == entry.body, (operation, entry.id)


@pytest.mark.parametrize(
    "case",
    [
        Case("createIntegration", "redis", "coverage", body={"config": {"host": "a", "password": "p"}}),
        Case("createIntegration", "redis", "fuzzing", "invalid", body=b"\xff{\x00"),
        Case("createIntegration", "redis", "coverage", body=[2**70, 1.0, -0.0, None, "\ud800", "ä"]),
        Case("createIntegration", "redis", "coverage", body=None),
        Case("getIntegration", "redis", "coverage", "path", path_parameters=(("projectKey", "%00"),)),
        Case("getIntegration", None, "examples", headers=(("LD-API-Version", None), ("A", "b"), ("A", "c"))),
        Case("listIntegrations", None, "fuzzing", query=(("a", "1"), ("a", "2"))),
    ],
    ids=["secret", "bytes", "numbers", "null", "path", "headers", "query"],
)
def test_a_pinned_case_sends_what_the_generated_one_sends(tmp_path: Path, case: Case) -> None:
    """All but secrets survives the way into a file and back."""
    from storepact.engines.corpus.files import read_cases
    from storepact.engines.corpus.refresh import render_cases

    path = case_file(tmp_path, case.operation)
    path.write_text(render_cases(DOCUMENT, case.operation, (pin(case, DEFAULT_FAMILY, Promise.SILENT, 1),)))
    (entry,) = read_cases(path).cases
    body = case.body
    if isinstance(body, dict):
        body = {"config": {"host": "a", "password": SECRET}}
    assert entry.to_case(case.operation) == replace(case, body=body)
    assert repr(entry.to_case(case.operation).body) == repr(body)


# what a run sends


def test_pinned_cases_stand_for_generated_ones_and_the_seed_changes_fresh_ones_only() -> None:
    """Two seeds send the same pinned cases, and a few fuzzed ones of their own."""
    question = Question("createIntegration", "redis", "fuzzing")
    pinned = [
        entry.to_case("createIntegration")
        for entry in corpus_of_package().pinned_cases("createIntegration")
        if (entry.variant, entry.phase) == ("redis", "fuzzing")
    ]
    sent = [cases_of(generator(corpus=corpus_of_package(), seed=seed), question) for seed in (1, 2)]
    assert all(cases[: len(pinned)] == pinned for cases in sent)
    fresh = [cases[len(pinned) :] for cases in sent]
    assert all(len(cases) == 2 for cases in fresh), "one of each mode"
    assert fresh[0] != fresh[1]
    more = cases_of(generator(corpus=corpus_of_package(), seed=1, examples=3), question)
    assert len(more) == len(pinned) + 6


def test_the_profile_decides_whether_cases_are_pinned() -> None:
    """The gate sends the corpus; exploration, live targets and `--corpus-dir none` generate."""
    assert corpus_of(Settings(), DOCUMENT, None) == shipped_corpus()
    assert corpus_of(Settings(profile="explore"), DOCUMENT, None) is None
    assert corpus_of(Settings(target="https://a.example.com"), DOCUMENT, "https://a.example.com") is None
    assert corpus_of(Settings(corpus_dir="none"), DOCUMENT, None) is None
    named = Settings(corpus_dir=str(shipped_corpus()), profile="explore")
    assert corpus_of(named, DOCUMENT, None) == shipped_corpus()


# bad input


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped corpus."""
    return copytree(shipped_corpus(), tmp_path / "corpus")


def edit(path: Path, before: str, after: str) -> int:
    """Replace the first occurrence of a text; returns its line."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return text[: text.index(before)].count("\n") + 1


def spoil(path: Path, before: bytes, after: bytes) -> int:
    """Replace the first occurrence of some bytes; returns its line."""
    content = path.read_bytes()
    path.write_bytes(content.replace(before, after, 1))
    return content[: content.index(before)].count(b"\n") + 1


def empty(path: Path) -> int:
    """Leave no case in a file; returns the line of its list."""
    data = json.loads(path.read_text(encoding="utf-8")) | {"cases": []}
    text = json.dumps(data, indent=1)
    path.write_text(text, encoding="utf-8")
    return text[: text.index('"cases"')].count("\n") + 1


LIST, JOURNEYS = "listIntegrations.json", "journeys.json"

DAMAGES = {
    "no JSON": (lambda folder: edit(folder / LIST, '"cases": [', '"cases": [,'), "is no JSON"),
    "NaN": (lambda folder: edit(folder / LIST, '"format": 1', '"format": NaN'), "cannot be read"),
    "a large number": (
        lambda folder: edit(folder / LIST, '"cases"', f'"more": {"9" * 5_000}, "cases"'),
        "cannot be read",
    ),
    "too deep": (
        lambda folder: edit(folder / LIST, '"cases": [', '"cases": [' + "[" * 100_000),
        "is nested too deeply",
    ),
    "too deep in one entry": (
        lambda folder: edit(folder / LIST, '"phase": ', '"phase": ' + '{"a":[' * 50_000 + '"'),
        "is nested too deeply",
    ),
    "not in UTF-8": (lambda folder: spoil(folder / LIST, b"listInt", b"li\xe9t"), "not in UTF-8"),
    "cases twice": (
        lambda folder: edit(folder / JOURNEYS, '"journeys": [', '"journeys": [], "journeys": ['),
        'has "journeys" twice',
    ),
    "a member twice": (
        lambda folder: edit(folder / LIST, '"phase"', '"phase": "coverage", "phase"'),
        'has "phase" twice',
    ),
    "a pipe": (lambda folder: ((folder / LIST).unlink(), mkfifo(folder / LIST)), "no such file|is no file"),
    "format true": (lambda folder: edit(folder / LIST, '"format": 1', '"format": true'), "format true"),
    "format 1.0": (lambda folder: edit(folder / LIST, '"format": 1', '"format": 1.0'), "format 1.0"),
    "other format": (lambda folder: edit(folder / LIST, '"format": 1', '"format": 9'), "format 9"),
    "other document": (lambda folder: edit(folder / LIST, '"digest": "', '"digest": "0'), "another document"),
    "no digest": (lambda folder: edit(folder / LIST, '"digest"', '"digits"'), "names no digest"),
    "changed by hand": (
        lambda folder: edit(folder / LIST, '"expects": "accept"', '"expects": "refuse"'),
        "changed by hand",
    ),
    "unknown member": (lambda folder: edit(folder / LIST, '"expects"', '"expect"'), "is damaged"),
    "no list": (
        lambda folder: edit(folder / LIST, '"cases": [', '"cases": "", "journeys": ['),
        "no list of cases",
    ),
    "no object": (lambda folder: (folder / LIST).write_text("[]"), "no file of a corpus"),
    "no text": (lambda folder: (folder / LIST).write_bytes(b"\xff"), "cannot be read"),
    "unknown member of the file": (
        lambda folder: edit(folder / LIST, '"cases"', '"comment": "mine", "cases"'),
        'unknown member "comment"',
    ),
    "no cases": (lambda folder: empty(folder / LIST), "listIntegrations has no cases"),
    "missing file": (lambda folder: (folder / LIST).unlink(), "listIntegrations has no cases"),
    "another operation's file": (
        lambda folder: edit(folder / LIST, '"listIntegrations"', '"getIntegration"'),
        "holds the cases of 'getIntegration'",
    ),
    "unknown operation": (
        lambda folder: (folder / LIST).rename(folder / "purgeIntegrations.json"),
        "no such operation",
    ),
    "empty folder": (lambda folder: [path.unlink() for path in folder.iterdir()], "no corpus in this folder"),
    "no folder": (lambda folder: folder.rename(folder.with_name("elsewhere")), "no such folder"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_corpus_that_cannot_be_used_is_refused(folder: Path, name: str) -> None:
    """One clear line before anything is sent, with the file."""
    damage, message = DAMAGES[name]
    damage(folder)
    with pytest.raises(CorpusUnusable, match=message) as caught:
        corpus_of(Settings(corpus_dir=str(folder)), DOCUMENT, None)
    assert str(folder) in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "name",
    [
        "no JSON",
        "changed by hand",
        "unknown member",
        "NaN",
        "a large number",
        "too deep",
        "not in UTF-8",
        "a member twice",
        "no cases",
    ],
)
def test_damage_is_shown_with_its_line(folder: Path, name: str) -> None:
    """The line is that of the entry, or of the place where the JSON ends to be JSON."""
    line = DAMAGES[name][0](folder)
    with pytest.raises(CorpusUnusable) as caught:
        corpus_of(Settings(corpus_dir=str(folder)), DOCUMENT, None)
    assert caught.value.line is not None
    assert abs(caught.value.line - line) <= 10


def test_commands_refuse_a_bad_corpus_with_exit_code_2(folder: Path) -> None:
    """`verify`, `prove` and `corpus stats` say the same, on one line."""
    edit(folder / LIST, '"expects": "accept"', '"expects": "refuse"')
    for words in (["verify"], ["prove", "--fault", "create-200"], ["corpus", "stats"]):
        done = call(*words, "--corpus-dir", folder, cwd=folder.parent)
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith(f"storepact: {folder / LIST}:")
        assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_generated(tmp_path: Path) -> None:
    """The line says which option names another one."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = call("corpus", "refresh", "--corpus-dir", tmp_path / "file", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("name another folder with --corpus-dir")


def test_a_shipped_corpus_is_not_overwritten_for_another_document(tmp_path: Path) -> None:
    """`corpus refresh` wants a folder where the document is not the one of the checkout."""
    own = tmp_path / "api.yaml"
    own.write_bytes(DOCUMENT.path.read_bytes())
    done = call("corpus", "refresh", "--openapi", own)
    assert done.returncode == 2
    assert "--corpus-dir" in done.stderr


# refresh


PLAIN = Case("listIntegrations", None, "coverage")


def refresh(folder: Path, **cases: list[Case]):
    """Make a corpus of generated cases that are given by question, and write it."""
    kept = {str(question): [] for question in pinned_questions(DOCUMENT, DEFAULT_FAMILY)}
    kept.update({name.replace("_", "-"): values for name, values in cases.items()})
    result = Refresh(folder, generator(kept), 1).run(lambda question: None)
    for name, text in result.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return result


def test_refresh_changes_nothing_where_nothing_has_changed(tmp_path: Path) -> None:
    """The same document and generator lead to the same files, and to no change."""
    refresh(tmp_path, listIntegrations_coverage=[PLAIN])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = refresh(tmp_path, listIntegrations_coverage=[PLAIN])
    assert not again.changes
    assert (again.kept, again.entries) == (1, 1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_refresh_keeps_what_the_generator_no_longer_makes_and_adds_what_reaches_more(tmp_path: Path) -> None:
    """Another version of a library makes other cases: those that are pinned stay."""
    refresh(tmp_path, listIntegrations_coverage=[PLAIN])
    wrong = replace(PLAIN, mutation="header", headers=(("LD-API-Version", "x"),))
    same = replace(wrong, headers=(("LD-API-Version", "y"),))
    again = refresh(tmp_path, listIntegrations_coverage=[wrong, same])
    assert (again.kept, again.entries) == (1, 2), "one of two that reach the same"
    assert [change.kind for change in again.changes] == [ChangeKind.ADDED]


def test_refresh_reports_each_case_that_no_longer_fits(tmp_path: Path) -> None:
    """None is dropped in silence: what the document has no more, what it promises now, what is damaged."""
    refresh(tmp_path, listIntegrations_coverage=[PLAIN])
    path = case_file(tmp_path, "listIntegrations")
    entry = json.loads(path.read_text(encoding="utf-8"))
    case = entry["cases"][0]
    entry["cases"] = [
        {**case, "expects": "refuse"},
        {**case, "variant": "cassandra"},
        {**case, "path": {"region": "x"}},
        {**case, "headers": 7},
    ]
    path.write_text(json.dumps(entry), encoding="utf-8")
    purge = {**entry, "operation": "purge", "cases": []}
    case_file(tmp_path, "purge").write_text(json.dumps(purge), encoding="utf-8")
    check_files(tmp_path)
    again = refresh(tmp_path)
    changes = [(change.kind, change.place, change.why) for change in again.changes]
    assert (
        ChangeKind.REMADE,
        "listIntegrations",
        "the documents promise accept now, and refuse before",
    ) in changes
    assert (
        ChangeKind.DROPPED,
        "listIntegrations",
        "the document has no cassandra variant of the operation",
    ) in changes
    assert (
        ChangeKind.DROPPED,
        "listIntegrations",
        "the document describes no path parameter region",
    ) in changes
    assert sum(kind is ChangeKind.DROPPED and place == "listIntegrations" for kind, place, _ in changes) == 3
    assert (ChangeKind.DROPPED, "purge.json", "the document has no such operation") in changes
    assert [path.name for path in again.removed] == ["purge.json"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package.json", '{"name": "another program"}'),
        ("notes.json", "no JSON"),
        (LIST, ""),
        (LIST, '{\n<<<<<<< ours\n  "format": 1\n}'),
        (LIST, '{"format": 9, "digest": "a", "cases": []}'),
        (LIST, '{"format": 1, "digest": "a", "case": []}'),
        (LIST, '{"format": 1, "digest": "a", "cases": [], "comment": "mine"}'),
        (JOURNEYS, '{"format": 1, "digest": "a", "journeys": {}}'),
    ],
)
def test_refresh_neither_writes_over_nor_deletes_what_it_cannot_read(
    tmp_path: Path, name: str, text: str
) -> None:
    """A conflict of a merge, a file of a later version, or one of another program: it stays, and is named."""
    refresh(tmp_path, listIntegrations_coverage=[PLAIN])
    (tmp_path / name).write_text(text, encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = call("corpus", "refresh", "--corpus-dir", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"storepact: {tmp_path / name}:")
    assert len(done.stderr.splitlines()) == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_refresh_reads_journeys_one_by_one(journeys_folder: Path) -> None:
    """One that is damaged or has an unknown step is reported; one changed by hand is played again."""
    path = journeys_folder / JOURNEYS_FILE
    data = json.loads(path.read_text(encoding="utf-8"))
    (entry,) = data["journeys"]
    unknown = {**entry, "steps": [{"rule": "destroy", "draws": [0], "sends": []}]}
    data["journeys"] = [{**entry, "id": "mine"}, {**entry, "steps": "x"}, unknown, entry]
    path.write_text(json.dumps(data), encoding="utf-8")
    result = Refreshed()
    refresh_journeys(open_work(journeys_folder, None, None), result)
    dropped = [change for change in result.changes if change.kind is ChangeKind.DROPPED]
    assert [change.entry for change in dropped] == ["journey 2", "journey 3"]
    assert "destroy" in dropped[1].why
    assert len(json.loads(result.files[JOURNEYS_FILE])["journeys"]) == 1, "both play the same steps"


def test_a_refresh_measures_what_only_a_journey_reaches(journeys_folder: Path) -> None:
    """As minimize does: what stands there may be of another document, or changed by hand."""
    path = journeys_folder / JOURNEYS_FILE
    data = json.loads(path.read_text(encoding="utf-8"))
    (entry,) = data["journeys"]
    data["journeys"] = [{**entry, "only": ["what it never reached"]}]
    path.write_text(json.dumps(data), encoding="utf-8")
    result = Refreshed()
    refresh_journeys(open_work(journeys_folder, None, None), result)
    (again,) = json.loads(result.files[JOURNEYS_FILE])["journeys"]
    assert again["only"]
    assert "what it never reached" not in again["only"]
    (change,) = result.changes
    assert change.kind is ChangeKind.REMADE


# reach


def test_the_cover_reaches_all_and_leaves_out_what_adds_nothing() -> None:
    """Greedy: the widest first, the first of two that add as much; what is reached already needs none."""
    items = {name: frozenset((letter,) for letter in name) for name in ("ab", "abc", "c", "d", "dd")}
    assert cover(list(items.items())) == ["abc", "d"]
    assert cover(list(items.items()), reached=[("d",)]) == ["abc"]
    assert cover([]) == []
    assert unique_reach(items)["d"] == ()
    assert unique_reach({"ab": items["ab"], "c": items["c"]})["c"] == ("c",)


def test_shapes_tell_boundaries_apart_and_long_texts_by_their_length() -> None:
    """Two texts of one length count once; lengths, types, names and elements count by themselves."""
    assert set(shapes({"a": "x" * 30})) == set(shapes({"a": "y" * 30}))
    distinct = [{"a": "x" * 30}, {"a": "x" * 31}, {"a": ""}, {"a": None}, {"a": [1]}, {"a": []}, {"b": ""}, 7]
    assert len({frozenset(shapes(value)) for value in distinct}) == len(distinct)


def test_a_case_reaches_keywords_in_both_directions_and_branches_of_the_rules() -> None:
    """A body that breaks a keyword reaches another direction than one that keeps it."""
    judge = Judge(DOCUMENT, DEFAULT_FAMILY)
    body = DEFAULT_FAMILY.ordinary_body("redis", "mark")
    kept = judge.reach(Case("createIntegration", "redis", "coverage", body=body))
    broken = judge.reach(Case("createIntegration", "redis", "coverage", "no config", body={}))
    directions = {item[4] for item in broken if item[0] == "keyword"}
    assert directions == {"kept", "broken"}
    assert {item[0] for item in kept} == {"branch", "keyword", "promise", "value"}
    assert {item[0] for item in broken} == {"branch", "keyword", "promise", "flaw", "damage"}
    assert {item for item in broken if item[0] == "branch"} - kept


# journeys


@pytest.fixture
def journeys_folder(tmp_path: Path) -> Path:
    """A corpus of journeys alone, with one story of each of two rules."""
    (tmp_path / "corpus").mkdir()
    steps = [
        PlayedStep("create", [0], []),
        PlayedStep("delete", [0], []),
        PlayedStep("patch", [9, 9, 9, 9], []),
    ]
    text = render_journeys(DOCUMENT, [pin_journey(1, 7, steps)])
    (tmp_path / "corpus" / JOURNEYS_FILE).write_text(text, encoding="utf-8")
    return tmp_path / "corpus"


def test_pinned_journeys_are_played_without_hypothesis(local_mock, journeys_folder: Path) -> None:
    """A story has the requests of its steps, fresh stories follow; impossible steps are left out."""
    with gate(local_mock, corpus=journeys_folder) as harness:
        (entry,) = Corpus(journeys_folder, DOCUMENT).journeys(1, DEFAULT_FAMILY.journey_rules)
        assert [step.texts for step in harness.replay_journey(entry)] == [
            ["create a redis integration"],
            [],
            ["patch A: add /config, replace /name, replace /name, replace /name"],
        ]
        assert harness.run_journey(1) == []
        assert harness.recorder.exchanges > 30


def test_a_finding_of_a_pinned_journey_has_the_shortest_story(local_mock, journeys_folder: Path) -> None:
    """Nothing differs from a generated journey: the finding is recorded, and its story is short."""
    local_mock.configure(faults=["create-200"])
    with gate(local_mock, corpus=journeys_folder) as harness:
        findings = shrink_findings(harness, harness.run_journey(1))
        assert {finding.code for finding in findings} == {"SP102"}
        assert [len(finding.story) for finding in findings] == [1]
        assert set(harness.recorder.findings) >= {finding.fingerprint for finding in findings}


def test_a_corpus_without_journeys_leads_to_generated_ones() -> None:
    """Journeys of another folder are not those that ship."""
    folder = data_path("openapi")
    assert Corpus(folder, DOCUMENT).journeys(1, DEFAULT_FAMILY.journey_rules) == ()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"rule": "create"', '"rule": "destroy"', "there is no rule 'destroy'"),
        ('"draws": [0]', '"draws": [1]', "changed by hand"),
        ('"draws": [0]', '"draws": ["x"]', "is damaged"),
        ('"digest": "', '"digest": "0', "another document"),
    ],
)
def test_damaged_journeys_are_refused(journeys_folder: Path, before: str, after: str, message: str) -> None:
    """As damaged cases are; a rule that does not exist is named, though the entry is whole."""
    path = journeys_folder / JOURNEYS_FILE
    if "destroy" in after:
        steps = [PlayedStep("destroy", [0], [])]
        path.write_text(render_journeys(DOCUMENT, [pin_journey(1, 7, steps)]), encoding="utf-8")
    else:
        edit(path, before, after)
    with pytest.raises(CorpusUnusable, match=message):
        Corpus(journeys_folder, DOCUMENT).journeys(1, DEFAULT_FAMILY.journey_rules)


def test_what_was_drawn_is_drawn_again_within_what_there_is() -> None:
    """With less to choose from an index counts from the start; what is missing is the simplest."""
    draw = PinnedDraw([1, 1, 5, 9])
    assert (draw.choice("ab"), draw.flag(), draw.choice("abc"), draw.number(1, 4)) == ("b", True, "c", 4)
    assert (draw.choice("ab"), draw.flag(), draw.number(2, 4), draw.choice("a")) == ("a", False, 2, "a")


# the cache of other documents


def cache_of(folder: Path, *cases: Case) -> CachedCorpus:
    """A cache whose generator makes these cases of one question."""
    kept = {str(question): [] for question in pinned_questions(DOCUMENT, DEFAULT_FAMILY)}
    return CachedCorpus(folder, generator({**kept, "listIntegrations-coverage": list(cases)}))


def test_cases_of_another_document_are_generated_once(tmp_path: Path) -> None:
    """The second run reads what the first one has made; a damaged or empty file is made again."""
    folder = tmp_path / "cache" / "corpus"
    (first,) = cache_of(folder, PLAIN).pinned_cases("listIntegrations")
    assert first.to_case("listIntegrations") == PLAIN
    assert cache_of(folder).pinned_cases("listIntegrations") == (first,)
    path = case_file(folder, "listIntegrations")
    for damaged in ("{", json.dumps({**json.loads(path.read_text(encoding="utf-8")), "cases": []})):
        path.write_text(damaged, encoding="utf-8")
        assert cache_of(folder, PLAIN).pinned_cases("listIntegrations") == (first,)
        assert cache_of(folder).pinned_cases("listIntegrations") == (first,)


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    """The cases are generated, and nothing is reported."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    (entry,) = cache_of(tmp_path / "file" / "corpus", PLAIN).pinned_cases("listIntegrations")
    assert entry.to_case("listIntegrations") == PLAIN


def test_a_run_says_that_the_pinned_cases_are_not_sent(tmp_path: Path) -> None:
    """With another document they are generated ones, and the line names where they are; pacts need none."""
    own = tmp_path / "api.yaml"
    own.write_text(DOCUMENT.path.read_text(encoding="utf-8").replace("1.0.0", "1.0.1"), encoding="utf-8")
    words = ("verify", "--history", "none", "--report-dir", tmp_path / "report")
    cases = ("--suite", "conformance", "--operation", "listIntegrations")
    for options, is_said in (
        ((*cases, "--openapi", own), True),
        (("--suite", "pacts", "--openapi", own), False),
        (cases, False),
    ):
        done = call(*words, *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert ("the pinned cases are for another document than api.yaml" in done.stderr) == is_said


def test_another_document_has_a_cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found by the digest of what the document describes; layout and comments do not count."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    text = DOCUMENT.path.read_text(encoding="utf-8")
    folders = []
    for content in (text.replace("1.0.0", "1.0.1"), text.replace("1.0.0", "1.0.2"), f"# mine\n{text}"):
        path = tmp_path / "api.yaml"
        path.write_text(content, encoding="utf-8")
        folders.append(corpus_of(Settings(openapi=path), load_document(path), None))
    assert is_cache(folders[0])
    assert is_cache(folders[1])
    assert folders[0] != folders[1]
    assert folders[2] == shipped_corpus()


def test_prove_wants_a_corpus_where_it_is_to_stand_alone(tmp_path: Path) -> None:
    """`--corpus` without pinned cases is wrong usage."""
    done = call("prove", "--corpus", "--corpus-dir", "none", "--fault", "create-200", cwd=tmp_path)
    assert done.returncode == 2
    assert "--corpus-dir" in done.stderr


# the same every time


def test_two_runs_of_the_corpus_record_the_same(local_mock) -> None:
    """Requests, statuses, shapes and keywords are the same; ids and times are not compared."""
    records = []
    for _ in range(2):
        local_mock.configure(limits={"token": 100_000})
        with gate(local_mock, corpus=shipped_corpus(), shrink=True) as harness:
            for phase in ("examples", "coverage", "fuzzing"):
                assert harness.run_question(Question("getIntegration", "redis", phase)) == []
            assert harness.run_journey(2) == []
            recorder = harness.recorder
            shapes_of_responses = {
                name: (
                    shape.answers,
                    shape.headers,
                    {key: (m.seen, m.types) for key, m in shape.members.items()},
                )
                for name, shape in recorder.shapes.items()
            }
            records.append(
                (recorder.exchanges, recorder.coverage, recorder.rows, recorder.tried, shapes_of_responses)
            )
    assert records[0] == records[1]
    assert records[0][0] > 200


# minimize


def test_minimize_keeps_what_all_entries_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two cases that reach the same one stays; another minimize changes nothing."""
    monkeypatch.setattr(corpus_minimize, "has_mock", lambda work: False)
    header = replace(PLAIN, mutation="header", headers=(("LD-API-Version", "x"),))
    refresh(
        tmp_path,
        listIntegrations_coverage=[PLAIN, header, replace(header, headers=(("LD-API-Version", "y"),))],
    )
    done = call("corpus", "minimize", "--corpus-dir", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "listIntegrations.json\t3\t2\t" in done.stdout
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = call("corpus", "minimize", "--corpus-dir", tmp_path, cwd=tmp_path)
    assert "listIntegrations.json\t2\t2\t" in again.stdout
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert b'"damage header"' in before["listIntegrations.json"]


def test_stats_count_entries_and_what_they_reach(tmp_path: Path) -> None:
    """A table, and JSON for scripts."""
    refresh(tmp_path, listIntegrations_coverage=[PLAIN])
    done = call("corpus", "stats", "--corpus-dir", tmp_path, "--json", cwd=tmp_path)
    file = next(file for file in json.loads(done.stdout)["files"] if file["name"] == LIST)
    assert (file["entries"], file["expects"]) == (1, {"accept": 1})
    assert file["reach"]["keyword"] > 0
    table = call("corpus", "stats", "--corpus-dir", tmp_path, cwd=tmp_path).stdout.splitlines()
    assert table[-1].startswith("all\t1\t")
