"""Every rendering of a record: the same bytes each time, escaped, readable by those it is for, on a machine with nothing but the record."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from junitparser import JUnitXml

import records
from storepact.model.exchange import Exchange, Request, Response
from storepact.record.comparison import compare_runs
from storepact.record.recorder import Recorder
from storepact.record.store import dump
from storepact.report import REPORTS, body_diff, compare, console, formats, wording

GOLDEN = Path(__file__).parents[1] / "golden"
SARIF = json.loads(
    (Path(__file__).parents[1] / "data" / "sarif-2.1.0.schema.json").read_text(encoding="utf-8")
)

HOSTILE = '<script>alert(1)</script> | `x` "quoted" \x00 ]]> \U0001f40d'


def broken():
    """A record with everything in it: four findings, one accepted, a comparison, a proof, an expired acceptance."""
    run = records.record(*records.BROKEN)
    run["comparison"] = compare_runs([records.record(started="2026-11-23T03:00:00+00:00")], run)
    held = {"fingerprint": "dddddddddddd", "reason": "ticket 8", "owner": "someone", "until": "2026-11-01"}
    return {**run, "acceptances": {"expired": [held], "unused": []}}


def hostile():
    """A record whose every free text tries to become markup."""
    step = {"does": HOSTILE, "answered": HOSTILE, "curl": HOSTILE}
    exchange = records.exchange(500, HOSTILE)
    texts = dict.fromkeys(("message", "actual", "mutation", "curl"), HOSTILE)
    found = records.finding(**texts, exchange=exchange, story=[step, step], locus="500")
    return records.record(
        found,
        reasons=[HOSTILE],
        not_verified=[{"what": HOSTILE, "reason": HOSTILE}],
        outcomes=[records.outcome("conformance", HOSTILE, "failed", HOSTILE)],
    )


GOLDEN_FILES = {
    "report.html": lambda: REPORTS["report.html"](broken()),
    "clean.html": lambda: REPORTS["report.html"](records.record()),
    "junit.xml": lambda: REPORTS["junit.xml"](broken()),
    "summary.md": lambda: REPORTS["summary.md"](broken()),
    "storepact.sarif": lambda: REPORTS["storepact.sarif"](broken()),
    "annotations.txt": lambda: formats()["annotations"](broken()),
    "console.txt": lambda: console.render(broken(), Path("storepact-report"), width=100),
    "run.json": lambda: dump(broken()),
    "compare.md": lambda: compare.render_markdown(broken()["comparison"]),
    "compare.html": lambda: compare.render_html(broken()["comparison"]),
    "compare.json": lambda: dump(broken()["comparison"]),
    "compare.txt": lambda: compare.render(broken()["comparison"], 100),
}


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_golden(name, request):
    """Each format is what it was; `--update-golden` rewrites the files, and a change of one is looked at."""
    path, text = GOLDEN / name, GOLDEN_FILES[name]()
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert text == GOLDEN_FILES[name]()


def test_every_format_has_a_golden_file():
    """A format without one could change unseen."""
    assert set(REPORTS) | {"annotations.txt", "console.txt"} <= set(GOLDEN_FILES)
    assert {path.name for path in GOLDEN.iterdir()} == set(GOLDEN_FILES)
    assert set(formats()) == {"html", "junit", "markdown", "sarif", "annotations"}


@pytest.mark.parametrize("name", [*REPORTS, "compare.html", "compare.md"])
def test_nothing_from_the_wire_becomes_markup(name):
    """Rendered twice, a report is the same text, and texts of the provider stay texts."""
    run = hostile()
    diff = compare_runs([records.record()], run)
    text = REPORTS[name](run) if name in REPORTS else compare.files(diff)[name]
    assert text == (REPORTS[name](run) if name in REPORTS else compare.files(diff)[name])
    if name.endswith("sarif"):
        assert json.loads(text)["runs"][0]["results"]
    else:
        assert "<script>alert" not in re.sub(
            r"(?ms)^ *```+(sh|diff)$.*?^ *```+$", "", text
        )  # a fenced block is literal
    assert "0123456789ab" in text


def test_one_finding_has_one_name_everywhere():
    """The same id stands in terminal, HTML (as a link's target), JUnit, Markdown, SARIF, annotations and JSON."""
    name = "aaaaaaaaaaaa"
    for text in (make() for file, make in GOLDEN_FILES.items() if file != "clean.html"):
        assert name in text
    assert f'id="{name}"' in GOLDEN_FILES["report.html"]()
    assert f'href="#{name}"' in GOLDEN_FILES["report.html"]()


def test_junit_is_read_by_others():
    """A library that reads JUnit sees the numbers and the accepted finding as skipped."""
    suites = JUnitXml.fromstring(GOLDEN_FILES["junit.xml"]().encode())
    assert (suites.tests, suites.failures, suites.errors, suites.skipped) == (9, 4, 0, 1)
    found = next(suite for suite in suites if suite.name == "findings")
    assert [case.is_skipped for case in found] == [False, False, False, True]
    assert "hurts: store-operator" in next(iter(found)).result[0].text


def test_sarif_is_valid():
    """It fits the standard's schema, points to line and column, and suppresses what is accepted."""
    log = json.loads(GOLDEN_FILES["storepact.sarif"]())
    jsonschema.Draft4Validator(SARIF).validate(log)
    results = {result["partialFingerprints"]["storepact/v1"]: result for result in log["runs"][0]["results"]}
    place = results["0123456789ab"]["locations"][0]["physicalLocation"]
    assert (place["region"], place["artifactLocation"]["uri"]) == (
        {"startLine": 567, "startColumn": 19},
        "openapi/persistent-store-integrations.yaml",
    )
    assert results["cccccccccccc"]["suppressions"][0]["justification"].startswith("accepted until 2027-01-31")
    assert (results["aaaaaaaaaaaa"]["baselineState"], results["bbbbbbbbbbbb"]["baselineState"]) == (
        "unchanged",
        "new",
    )
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in results.values())


def test_sarif_of_nothing_is_valid():
    """So is that of a clean run, and of one that could not ask."""
    for run in (
        records.record(),
        records.record(reasons=["nobody there"], verdict="undetermined", exit_code=3),
    ):
        jsonschema.Draft4Validator(SARIF).validate(json.loads(REPORTS["storepact.sarif"](run)))


def test_annotations_point_to_the_document():
    """A line for each cause, in the words that GitHub understands; an accepted one is a notice."""
    lines = GOLDEN_FILES["annotations.txt"]().splitlines()
    assert lines[0].startswith(
        "::error file=openapi/persistent-store-integrations.yaml,line=203,col=1,title=SP205 deleteIntegration"
    )
    assert [line.split()[0] for line in lines] == ["::error", "::error", "::notice"]
    assert "%0A" in lines[0]


def test_many_annotations_are_cut():
    """GitHub shows ten; the eleventh line says how many there are."""
    found = [
        records.finding(f"{number:012x}", locus=f"200 /m{number}", message=f"/m{number}: no")
        for number in range(15)
    ]
    lines = formats()["annotations"](records.record(*found)).splitlines()
    assert (len(lines), lines[-1]) == (11, "::warning title=storepact::5 more, all in report.html")


@pytest.mark.parametrize("width", [40, 100])
def test_console_fits_the_terminal(width, tmp_path):
    """Only the curl line is longer, for it is there to be pasted."""
    lines = console.render(broken(), tmp_path, width=width).splitlines()
    assert all(len(line) <= width for line in lines if "curl" not in line and str(tmp_path) not in line)
    hidden = console.render(hostile(), tmp_path, width=width).splitlines()
    assert all(len(line) <= width for line in hidden if "script" not in line and str(tmp_path) not in line)


def test_verdict_and_cause_come_first():
    """The first screen of the page says the verdict, each cause as a link, and whom it hurts; doubts stand before passes."""
    page = GOLDEN_FILES["report.html"]()
    order = [
        "<h1>Broken</h1>",
        'href="#aaaaaaaaaaaa"',
        "hurts store-operator",
        'id="doubts"',
        'id="changes"',
        'id="findings"',
        'id="coverage"',
    ]
    assert [page.index(each) for each in order] == sorted(page.index(each) for each in order)


def test_what_was_seen_is_shown_in_the_answer():
    """The place in the body, what was expected before it, what came as it came."""
    assert body_diff.lines(records.finding()) == [
        (" ", "{"),
        (" ", '  "name": "Orders",'),
        ("-", "  type: integer"),
        ("+", '  "version": "1",'),
        (" ", '  "tags": ['),
        (" ", '    "a"'),
        (" ", "  ]"),
    ]


def test_what_a_story_found_is_shown_in_the_answer_too():
    """Under the name of the member that is not as it was written; in words alone where the answer lacks it."""
    found = next(each for each in records.BROKEN if each["code"] == "SP602")
    assert body_diff.lines(found)[1:3] == [("-", '  "name": "renamed"'), ("+", '  "name": "ordinary",')]
    assert body_diff.lines({**found, "exchange": records.exchange(body="[]")}) == [
        ("-", '"renamed"'),
        ("+", '"ordinary"'),
    ]


def test_what_is_missing_is_shown_where_it_should_be():
    """In the object that lacks it; without a body, expected and seen alone."""
    missing = records.finding(
        locus="200 /items/*/_id",
        expected="_id",
        actual="no _id",
        exchange=records.exchange(body='{"items": [{"a": 1}]}'),
    )
    assert [line for line in body_diff.lines(missing) if line[0] in "-+"] == [
        ("-", "      _id"),
        ("+", "      no _id"),
    ]
    assert body_diff.lines(records.finding(exchange=None)) == [("-", "type: integer"), ("+", "'1'")]
    assert body_diff.lines(records.finding(expected="", actual="")) == []


def test_what_a_terminal_would_obey_is_spelt_out():
    """Control characters and turned directions in every format; no line of a provider's is a command for the CI server."""
    hostile = "a\x1b[31m\u202eb\r\n::stop-commands::x\n##[error]y"
    record = records.record(records.finding(message=hostile, actual=hostile))
    for name, render in {
        **REPORTS,
        **formats(),
        "console": lambda each: console.render(each, Path("r"), width=40),
    }.items():
        text = render(record)
        assert not {"\x1b", "\u202e", "\r"} & set(text), name
        if name == "console":
            assert not [line for line in text.splitlines() if line.strip().startswith("::") or "##[" in line]


def test_a_summary_is_no_longer_than_a_comment_may_be():
    """However many causes there are."""
    many = [
        records.finding(f"{number:012x}", locus=f"200 /member{number}/x", message="x" * 900)
        for number in range(200)
    ]
    text = REPORTS["summary.md"](records.record(*many))
    assert len(text) <= 60_000
    assert "more in report.html" in text


def test_heat():
    """A cell for each operation and status: passed, failed, not reached, not described."""
    statuses, cells = wording.heat(records.record(records.finding()))
    told = {
        (name, status): cell["outcome"]
        for name, row in cells
        for status, cell in zip(statuses, row, strict=True)
    }
    assert told["getIntegration", "200"] == "failed"
    assert told["listIntegrations", "200"] == "passed"
    assert (told["getIntegration", "404"], told["getIntegration", "418"]) == ("open", "odd")
    assert told["deleteIntegration", "200"] == "none"


def test_doubts():
    """Whatever could make a pass mean little is said."""
    quiet = records.record(writes=False, contracts=[], outcomes=[records.outcome("pacts")])
    told = "\n".join(wording.doubts(quiet))
    for words in (
        "only read",
        "No consumer's pact",
        "Not asked: the suites document, lifecycle, protection, conformance",
        "1 documented row",
    ):
        assert words in told


def test_reports_need_no_engine(tmp_path):
    """On a machine without the engines every report can be made from run.json."""
    (tmp_path / "run.json").write_text(dump(broken()))
    script = (
        "import sys\n"
        "for name in ('schemathesis', 'hypothesis', 'pact', 'httpx', 'pytest', 'uvicorn', 'openapi_spec_validator'): sys.modules[name] = None\n"
        "sys.argv = ['storepact', 'report', 'run.json', '--report-dir', 'out']\n"
        "from storepact.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert set(written) == {*REPORTS, "compare.html", "compare.md", "compare.json"}
    assert written["report.html"] == REPORTS["report.html"](broken())


def large(answers):
    """A record of so many exchanges, with three hundred findings whose bodies are as long as bodies get."""
    recorder = Recorder()
    body = json.dumps(
        {"items": [{"name": "x" * 40, "version": 1, "tags": ["a"] * 5} for _ in range(40)]}
    ).encode()
    for number in range(answers):
        status = (200, 404, 429)[number % 3]
        exchange = Exchange(
            Request("GET", "/", ()),
            Response(status, (("Content-Type", "application/json"),), body, number % 50 / 1e4),
        )
        recorder.count(f"operation{number % 5}", exchange)
        recorder.observe(f"operation{number % 5}", exchange)
    return recorder


def test_record_is_flat_in_size():
    """Ten times the exchanges make a record of the same size."""
    small, big = (len(json.dumps(large(answers).as_parcel())) for answers in (300, 3_000))
    assert big < 1.1 * small


def test_page_of_a_large_run_stays_small():
    """Three hundred findings with the longest bodies: below 3 MB."""
    long = records.exchange(200, json.dumps({"items": [{"name": "x" * 40, "version": "1"}] * 55}))
    found = [
        records.finding(f"{number:012x}", locus=f"200 /items/*/m{number}", exchange=long, story=records.STORY)
        for number in range(300)
    ]
    assert len(REPORTS["report.html"](records.record(*found))) < 3_000_000
