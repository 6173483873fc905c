"""Two runs beside each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import msgspec
import pytest

import records
from storepact.model.exchange import Exchange, Request, Response
from storepact.record.comparison import compare_runs, past_findings, since
from storepact.record.recorder import Recorder
from storepact.record.store import dump
from storepact.record.values import Comparison
from storepact.report import compare as report


def typed(diff):
    """A comparison as values."""
    return msgspec.convert(diff, Comparison)


def finding(fingerprint, code="SP104", operation="getIntegration", locus="200 /version", **more):
    told = {
        "code": code,
        "check": "c",
        "operation": operation,
        "locus": locus,
        "message": f"{locus} is wrong",
        "consumers": ["mine"],
    }
    return records.finding(fingerprint.ljust(12, "0"), **{**told, "actual": "wrong", **more})


def record(*findings, **more):
    coverage = {"getIntegration": {"200": 9, "404": 2}, "deleteIntegration": {"204": 3}}
    return records.record(*findings, **{"coverage": coverage, "latency": {}, **more})


def names(told):
    return [each["fingerprint"].rstrip("0") for each in told]


def bent(bend):
    changed = record()
    bend(changed["observed"]["getIntegration 200"])
    return [
        (each["what"], each["where"], each["detail"]) for each in compare_runs([record()], changed)["drift"]
    ]


def test_nothing_changed():
    """The same run twice."""
    diff = compare_runs([record(finding("a"))], record(finding("a")))
    assert (diff["regression"], names(diff["still"])) == (False, ["a"])
    assert report.headline(typed(compare_runs([record()], record()))) == "Nothing changed."


def test_new_and_gone():
    """A new finding is a regression, one that is gone is none."""
    diff = compare_runs([record(finding("a"), finding("b"))], record(finding("b"), finding("c")))
    told = {name: names(diff[name]) for name in ("new", "still", "gone")}
    assert told == {"new": ["c"], "still": ["b"], "gone": ["a"]}
    assert diff["regression"]
    assert not compare_runs([record(finding("a"))], record())["regression"]


def test_flapping():
    """What came and went more than once is no news, and no regression."""
    bases = [record(finding("a")), record(), record(finding("a"))]
    diff = compare_runs(bases, record())
    assert (names(diff["flapping"]), diff["gone"], diff["regression"]) == (["a"], [], False)


def test_one_cause_is_told_once():
    """A member that goes wrong does so in every operation, every suite and every pact that relies on it."""
    found = [
        finding("a"),
        finding("b", operation="listIntegrations", locus="200 /items/*/version"),
        finding(
            "c", code="SP401", locus="mine/asks/body $.version", touches="200 /version", consumers=["other"]
        ),
        finding("d", code="SP602", locus="200 /name", message='/name is "a", not "b"'),
    ]
    causes = compare_runs([record()], record(*found))["causes"]
    assert [sorted(name.rstrip("0") for name in cause["fingerprints"]) for cause in causes] == [
        ["a", "b", "c"],
        ["d"],
    ]
    assert causes[0]["operations"] == ["getIntegration", "listIntegrations"]
    assert causes[0]["consumers"] == ["mine", "other"]
    assert causes[0]["curl"]


def test_accepted_findings_are_no_regression():
    """What somebody has accepted is told apart, and breaks nothing."""
    held = {"fingerprint": "a".ljust(12, "0"), "reason": "known", "owner": "me", "until": "2027-01-31"}
    diff = compare_runs([record()], record(finding("a", accepted=held)))
    assert (diff["regression"], diff["new"], names(diff["accepted"])) == (False, [], ["a"])


def test_since():
    """How many runs in a row a finding has been there, and whether it came back."""
    with_it = [record(finding("a"), started=f"2026-11-2{day}T03:00:00+00:00") for day in range(3)]
    without = record()
    name = "a".ljust(12, "0")
    assert since(name, [], "now") is None
    assert since(name, past_findings([without]), "now") == {"runs": 1, "first": "now", "flapping": False}
    assert since(name, past_findings([without, *with_it]), "now") == {
        "runs": 4,
        "first": "2026-11-20T03:00:00+00:00",
        "flapping": False,
    }
    assert since(name, past_findings([with_it[0], without]), "now") == {
        "runs": 1,
        "first": "now",
        "flapping": True,
    }


def test_what_only_a_mock_can_show_is_not_lost_on_a_live_target():
    """A row that no live target can be brought to is told apart; any other row is lost."""
    beyond = records.row(
        "getIntegration", "404", 0, "depends on a token; only a mock can be brought into this state"
    )
    coverage = {"getIntegration": {"200": 9}, "deleteIntegration": {"204": 3}}
    live = record(coverage=coverage, target="http://127.0.0.1:1", rows=[beyond])
    diff = compare_runs([record()], live)
    assert (diff["regression"], [each["status"] for each in diff["out_of_reach"]]) == (False, ["404"])
    assert compare_runs([record()], record(coverage=coverage, rows=[beyond]))["regression"]


def test_a_mended_provider_has_lost_nothing():
    """A status that is not described, and a member that was a finding, are no coverage."""
    odd = {**records.row("getIntegration", "418", 2), "outcome": "not described"}
    base = record(finding("a", code="SP105", locus="200 /note"), rows=[odd])
    base["coverage"]["getIntegration"]["418"] = 2
    mended = record()
    del mended["observed"]["getIntegration 200"]["members"]["/note"]
    diff = compare_runs([base], mended)
    assert (diff["regression"], diff["lost"], names(diff["gone"])) == (False, [], ["a"])


def test_what_comes_back_is_a_regression():
    """It flaps, and it is there: what was green yesterday is not today."""
    bases = [record(), record(finding("a")), record()]
    diff = compare_runs(bases, record(finding("a")))
    assert (names(diff["flapping"]), diff["regression"]) == (["a"], True)


def test_only_a_cause_that_explains_a_loss_takes_it():
    """A wrong member does not make a status disappear; an answer of another status does."""
    now = {"coverage": {"getIntegration": {"200": 9}, "deleteIntegration": {"204": 3}}}
    apart = compare_runs([record()], record(finding("a"), **now))
    assert ([each["status"] for each in apart["apart"]], apart["causes"][0]["lost"]) == (["404"], [])
    status = finding("b", code="SP207", locus="id 403", actual="403", message="refused with 403")
    explained = compare_runs([record()], record(status, **now))
    assert (explained["apart"], [each["status"] for each in explained["causes"][0]["lost"]]) == ([], ["404"])


def test_latency():
    """A p95 that moved beyond chance is a note; what moved everything alike is told once."""

    def told(*buckets):
        operations = ("listIntegrations", "getIntegration", "createIntegration")
        return {name: records.latency(400, bucket) for name, bucket in zip(operations, buckets, strict=True)}

    calm = record(latency=told(80, 80, 80))
    assert compare_runs([calm], record(latency=told(81, 80, 80)))["slower"] == []
    one = compare_runs([calm], record(latency=told(80, 110, 80)))
    assert ([each["operation"] for each in one["slower"]], one["regression"]) == (["getIntegration"], False)
    assert [
        each["operation"] for each in compare_runs([calm], record(latency=told(110, 110, 110)))["slower"]
    ] == ["every operation alike"]
    few = {"getIntegration": records.latency(20, 110)}
    assert (
        compare_runs([record(latency={"getIntegration": records.latency(20, 50)})], record(latency=few))[
            "slower"
        ]
        == []
    )


def test_what_comes_of_an_accepted_finding_is_accepted_with_it():
    """A status that an accepted cause has taken the place of is no coverage lost."""
    held = {"fingerprint": "a" * 12, "reason": "r", "owner": "o", "until": "2027-01-01"}
    wrong = finding("a", code="SP102", locus="418", actual="418", accepted=held)
    now = record(wrong, coverage={"getIntegration": {"200": 40}, "deleteIntegration": {"204": 5}})
    assert compare_runs([record()], now)["regression"] is False
    assert compare_runs([record()], record(finding("a"), coverage=now["coverage"]))["regression"] is True


def test_a_run_that_was_cut_short_has_lost_nothing():
    """What it did not come to is not known."""
    diff = compare_runs([record()], record(coverage={}, verdict="undetermined", reasons=["cannot reach it"]))
    assert (diff["lost"], diff["regression"]) == ([], False)
    assert (
        report.headline(typed(diff))
        == "The run is undetermined, so nothing is known about changes: cannot reach it"
    )


def test_what_is_back_is_told_by_cause():
    """With the affected consumers and a line that shows it; accepted findings that are back break nothing."""
    both = finding("a"), finding("b", locus="200 /items/*/version", operation="listIntegrations")
    runs = [record(*both), record()]
    diff = compare_runs(runs, record(*both))
    assert [len(each["fingerprints"]) for each in diff["back"]] == [2]
    assert report.headline(typed(diff)).startswith("Regression: 1 cause back again; affects mine")
    held = {"fingerprint": "a" * 12, "reason": "r", "owner": "o", "until": "2027-01-01"}
    accepted = compare_runs(runs, record(*({**each, "accepted": held} for each in both)))
    assert (accepted["regression"], accepted["back"], len(accepted["flapped"])) == (False, [], 1)


def test_coverage_lost():
    """An operation, a status or a member that is no longer exercised is a regression."""
    now = record(coverage={"getIntegration": {"200": 9}})
    del now["observed"]["getIntegration 200"]["members"]["/name"]
    diff = compare_runs([record()], now)
    told = [(each["what"], each["operation"], each["status"], each["member"]) for each in diff["lost"]]
    assert told == [
        ("member", "getIntegration", "200", "/name"),
        ("status", "getIntegration", "404", ""),
        ("operation", "deleteIntegration", "", ""),
    ]
    assert diff["regression"]


def test_a_member_that_is_no_longer_sent_is_lost():
    """Of requests: where no rule of it is tried any more. One that the document no longer has is none."""
    place = "/components/schemas/Redis/properties/port"

    def tried(*rules):
        rows = [
            {"operation": "getIntegration", "pointer": each, "line": 9, "kept": kept, "broken": False}
            for each, kept in rules
        ]
        return record(keywords=rows)

    base = tried((f"{place}/type", True), (f"{place}/pattern", False))
    (told,) = compare_runs([base], tried((f"{place}/type", False), (f"{place}/pattern", False)))["lost"]
    assert (told["what"], told["operation"], told["member"]) == ("request member", "getIntegration", place)
    for same in (base, tried((f"{place}/type", False), (f"{place}/pattern", True)), tried()):
        assert compare_runs([base], same)["lost"] == []


@pytest.mark.parametrize(
    ("bend", "told"),
    [
        (
            lambda shape: shape["members"].update({"/_maintainer": records.member(9, string=9)}),
            ("new member", "/_maintainer", "always"),
        ),
        (
            lambda shape: shape["members"].update({"/_maintainer": records.member(2, string=2)}),
            ("new member", "/_maintainer", "sometimes"),
        ),
        (
            lambda shape: shape["members"].update({"/version": records.member(9, string=9)}),
            ("new type", "/version", "string, before integer"),
        ),
        (
            lambda shape: shape["members"].update({"/kind": records.member(9, ["mongo", "redis"], string=9)}),
            ("new value", "/kind", "mongo"),
        ),
        (
            lambda shape: shape["members"].update({"/name": records.member(5, string=5)}),
            ("no longer always there", "/name", ""),
        ),
        (lambda shape: shape["headers"].update({"x-new": 9}), ("new header", "x-new", "always")),
        (
            lambda shape: shape["headers"].pop("content-type"),
            ("header gone", "content-type", "it always came"),
        ),
    ],
)
def test_drift(bend, told):
    """How responses changed; that alone is no regression."""
    assert bent(bend) == [told]


@pytest.mark.parametrize(
    "bend",
    [
        lambda shape: shape["members"].update({"/kind": records.member(9, None, string=9)}),
        lambda shape: shape["headers"].pop("x-trace"),
        lambda shape: shape.update(answers=2),
    ],
)
def test_no_drift(bend):
    """Free text, headers that came sometimes, and too few answers say nothing."""
    assert bent(bend) == []


def test_shapes_are_recorded():
    """Members, types, few values and headers, added up over two processes."""

    def parcel(*bodies):
        recorder = Recorder()
        for body in bodies:
            response = Response(
                200, (("Content-Type", "application/json"), ("Date", "now")), json.dumps(body).encode(), 0.0
            )
            recorder.observe("get", Exchange(Request("GET", "/", (), None), response))
        return recorder.as_parcel()

    whole = Recorder()
    whole.merge(parcel({"kind": "redis", "tags": ["a", 1]}))
    whole.merge(parcel({"kind": "dynamodb", "tags": []}, {"kind": "redis"}))
    shape = whole.shapes["get 200"].as_data()
    assert (shape["answers"], shape["headers"]) == (3, {"content-type": 3})
    assert shape["members"]["/kind"] == {"seen": 3, "types": {"string": 3}, "values": ["dynamodb", "redis"]}
    assert shape["members"]["/tags/*"] == {"seen": 2, "types": {"integer": 1, "string": 1}, "values": ["a"]}


def test_many_values_are_free_text():
    """They are not kept."""
    recorder = Recorder()
    for number in range(20):
        response = Response(200, (), json.dumps({"name": f"name {number}"}).encode(), 0.0)
        recorder.observe("get", Exchange(Request("GET", "/", (), None), response))
    assert recorder.shapes["get 200"].as_data()["members"]["/name"]["values"] is None


def test_values_that_never_come_again_are_not_on_record():
    """Ids are few in a short run, and no list of choices."""
    recorder = Recorder()
    for number in range(6):
        body = {"id": f"id-{number}", "kind": "redis"}
        recorder.observe(
            "get", Exchange(Request("GET", "/", (), None), Response(200, (), json.dumps(body).encode(), 0.0))
        )
    members = recorder.shapes["get 200"].as_record()["members"]
    assert (members["/id"]["values"], members["/kind"]["values"]) == (None, ["redis"])


def test_renderings():
    """Text, Markdown and page say the same; what comes from a provider cannot break out of them."""
    odd = finding("f00", message="<script>alert(1)</script> | `x`", locus="200 /name")
    diff = typed(compare_runs([record()], record(odd)))
    assert report.render(diff, 100).splitlines()[-1] == "Regression: 1 new cause (1 finding); affects mine."
    assert max(len(line) for line in report.render(diff, 40).splitlines() if "curl" not in line) <= 40
    assert "<script>alert" not in report.render_html(diff)
    assert "<script>" not in report.render_markdown(diff)
    for render in (report.render, report.render_markdown, report.render_html):
        assert "f00" in render(diff)
        assert render(diff) == render(diff)


# the command


def storepact(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "storepact", "compare", *map(str, arguments)],
        cwd=folder, env={**os.environ, "COLUMNS": "100"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def test_command(tmp_path):
    """Files or folders; the reports are written where that is wished."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "run.json").write_text(dump(record()))
    (tmp_path / "new.json").write_text(dump(record(finding("f00"))))
    done = storepact(tmp_path, "old", "new.json", "--report-dir", "diff")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        1,
        "Regression: 1 new cause (1 finding); affects mine.",
    )
    assert sorted(path.name for path in (tmp_path / "diff").iterdir()) == [
        "compare.html",
        "compare.json",
        "compare.md",
    ]
    assert storepact(tmp_path, "old", "old").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.json",), "give two records"),
        (("a.json", "none.json"), "none.json: cannot be read"),
        (("a.json", "bad.json"), "bad.json: is not JSON"),
        (("a.json", "other.json"), "other.json: has format 99, this version reads format 2"),
    ],
)
def test_bad_input(tmp_path, arguments, words):
    """One line, exit code 2."""
    (tmp_path / "a.json").write_text(dump(record()))
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "other.json").write_text('{"format": 99}')
    done = storepact(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
