"""Every report of a record: the same bytes each time, escaped, valid, made from the record alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import msgspec
import pytest
from junitparser import JUnitXml

import records
from sample_records import HOSTILE, PROOF, as_values, broken, clean, compare, hostile
from storepact.model.errors import UnknownName
from storepact.model.exchange import Exchange, Request, Response
from storepact.record.recorder import Recorder
from storepact.record.store import dump
from storepact.report import (
    FORMATS,
    RenderOptions,
    body_diff,
    console,
    coverage_map,
    find_format,
    html,
    limits,
)
from storepact.report import compare as compare_report
from storepact.report.coverage_map import CellKind

GOLDEN = Path(__file__).parents[1] / "golden"
SARIF = json.loads(
    (Path(__file__).parents[1] / "data" / "sarif-2.1.0.schema.json").read_text(encoding="utf-8")
)


def render(name, record, **options):
    """A record in the format of this name."""
    return find_format(name).render(record, RenderOptions(**options))


def golden_name(row):
    """The golden file of a format."""
    return row.file or f"{row.name}.txt"


def to_json(value):
    """A value as the JSON text that storepact writes."""
    return dump(msgspec.to_builtins(value))


GOLDEN_FILES = {
    **{golden_name(row): lambda name=row.name: render(name, broken()) for row in FORMATS},
    "clean.html": lambda: render("html", clean()),
    "run.json": lambda: to_json(broken()),
    "compare.md": lambda: compare_report.render_markdown(broken().comparison),
    "compare.html": lambda: compare_report.render_html(broken().comparison),
    "compare.json": lambda: to_json(broken().comparison),
    "compare.txt": lambda: compare_report.render(broken().comparison, 100),
}


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_golden(name, request):
    """A report is what it was; `--update-golden` rewrites the files, and their changes are reviewed."""
    path, text = GOLDEN / name, GOLDEN_FILES[name]()
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert text == GOLDEN_FILES[name]()


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_every_format_has_a_golden_file(row):
    """A format without one could change unnoticed."""
    assert (GOLDEN / golden_name(row)).is_file()


def test_every_golden_file_is_used():
    """None is left over."""
    assert {path.name for path in GOLDEN.iterdir()} == set(GOLDEN_FILES)


def test_unknown_format():
    """The error names those that there are."""
    with pytest.raises(UnknownName, match="markdown"):
        find_format("pdf")


@pytest.mark.parametrize("row", [row for row in FORMATS if row.file], ids=lambda row: row.name)
def test_page_lists_every_file(row):
    """With whom it is for."""
    page = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
    assert f"| `{row.file}` | {row.audience}" in page


@pytest.mark.parametrize("name", [row.name for row in FORMATS if row.name != "sarif"])
def test_texts_of_the_provider_do_not_become_markup(name):
    """In no format; only in code blocks of Markdown they stand as they are."""
    text = render(name, hostile())
    fenced = r"(?ms)^ *```+(sh|diff)$.*?^ *```+$"
    if find_format(name).file is not None:
        assert "<script>alert" not in re.sub(fenced, "", text)
    assert "0123456789ab" in text


@pytest.mark.parametrize("name", ["compare.html", "compare.md"])
def test_texts_of_the_provider_do_not_become_markup_in_a_comparison(name):
    """Neither in the page nor in Markdown."""
    text = compare_report.render_files(compare(clean(), hostile()))[name]
    assert "<script>alert" not in re.sub(r"(?ms)^ *```+(sh|diff)$.*?^ *```+$", "", text)


def test_sarif_of_hostile_texts_is_json():
    """Whatever the texts are."""
    assert json.loads(render("sarif", hostile()))["runs"][0]["results"]


@pytest.mark.parametrize("name", [name for name in GOLDEN_FILES if name != "clean.html"])
def test_a_finding_has_the_same_id_everywhere(name):
    """In terminal, HTML, JUnit, Markdown, SARIF, annotations and JSON."""
    assert "aaaaaaaaaaaa" in GOLDEN_FILES[name]()


def test_a_finding_is_a_target_of_links():
    """The page links to it by its id."""
    page = render("html", broken())
    assert 'id="aaaaaaaaaaaa"' in page
    assert 'href="#aaaaaaaaaaaa"' in page


def test_junit_is_read_by_a_library():
    """It reads the numbers, and the accepted finding as skipped."""
    suites = JUnitXml.fromstring(render("junit", broken()).encode())
    assert (suites.tests, suites.failures, suites.errors) == (9, 4, 0)
    findings = next(suite for suite in suites if suite.name == "findings")
    assert [case.is_skipped for case in findings] == [False, False, False, True]
    assert "affects: store-operator" in next(iter(findings)).result[0].text


UNDETERMINED = as_values(records.record(reasons=["no response"], verdict="undetermined", exit_code=3))


@pytest.mark.parametrize(
    "record", [broken(), clean(), hostile(), UNDETERMINED], ids=["broken", "clean", "hostile", "undetermined"]
)
def test_junit_fits_the_schema_of_jenkins(record):
    """Elements and attributes are those that the xunit plugin's junit-10.xsd allows, as a table."""
    elements = json.loads(
        (Path(__file__).parents[1] / "data" / "jenkins-junit.json").read_text(encoding="utf-8")
    )
    root = ElementTree.fromstring(render("junit", record))
    assert root.tag == "testsuites"
    for element in root.iter():
        row = elements[element.tag]
        assert set(row["required"]) <= set(element.attrib) <= {*row["required"], *row["optional"]}
        assert {child.tag for child in element} <= set(row["children"])


def sarif_results():
    """The results of the broken record by fingerprint."""
    log = json.loads(render("sarif", broken()))
    return {result["partialFingerprints"]["storepact/v1"]: result for result in log["runs"][0]["results"]}


@pytest.mark.parametrize(
    "record",
    [broken(), clean(), UNDETERMINED],
    ids=["broken", "clean", "undetermined"],
)
def test_sarif_is_valid(record):
    """It fits the standard's schema, and each result names its rule."""
    log = json.loads(render("sarif", record))
    jsonschema.Draft4Validator(SARIF).validate(log)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_sarif_rules_have_help():
    """What to do about a result, and where the documentation is: the project's URL."""
    driver = json.loads(render("sarif", broken()))["runs"][0]["tool"]["driver"]
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert driver["informationUri"] == project["project"]["urls"]["Homepage"]
    for rule in driver["rules"]:
        assert rule["helpUri"].startswith(driver["informationUri"])
        assert "storepact accept" in rule["help"]["text"]
        assert rule["id"] in rule["help"]["markdown"]


def test_sarif_names_no_file_that_the_repository_lacks():
    """A result whose document ships with storepact has no location."""
    assert sarif_results()["cccccccccccc"]["locations"] == []


def test_sarif_points_to_line_and_column():
    """Of a file that the user's repository has."""
    place = sarif_results()["0123456789ab"]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 567, "startColumn": 19}
    assert place["artifactLocation"]["uri"] == "openapi/persistent-store-integrations.yaml"


def test_sarif_suppresses_accepted_findings():
    """With the reason of the acceptance."""
    suppression = sarif_results()["cccccccccccc"]["suppressions"][0]
    assert suppression["justification"].startswith("accepted until 2027-01-31")


def test_sarif_tells_new_findings_from_old_ones():
    """By the baseline state."""
    results = sarif_results()
    states = [results[name]["baselineState"] for name in ("aaaaaaaaaaaa", "bbbbbbbbbbbb")]
    assert states == ["unchanged", "new"]


def test_annotations_point_to_the_document():
    """A line for each cause; an accepted one is a notice."""
    lines = render("annotations", broken()).splitlines()
    place = "file=openapi/persistent-store-integrations.yaml,line=203,col=1"
    assert lines[0].startswith(f"::error {place},title=SP205 deleteIntegration")
    assert [line.split()[0] for line in lines] == ["::error", "::error", "::notice"]
    assert "%0A" in lines[0]


def record_of_causes(count, **changes):
    """A record of so many findings, each with a cause of its own."""
    record = as_values(records.record(records.finding(**changes)))
    names = [f"{number:012x}" for number in range(count)]
    replace = msgspec.structs.replace
    return replace(
        record,
        findings=tuple(replace(record.findings[0], fingerprint=name, cause=name) for name in names),
        causes=tuple(replace(record.causes[0], id=name, fingerprints=(name,)) for name in names),
    )


def test_many_annotations_are_cut():
    """GitHub shows ten; the eleventh line says how many more there are."""
    lines = render("annotations", record_of_causes(15)).splitlines()
    assert (len(lines), lines[-1]) == (11, "::warning title=storepact::5 more, all in report.html")


@pytest.mark.parametrize("record", [broken(), hostile()], ids=["broken", "hostile"])
@pytest.mark.parametrize("width", [40, 100])
def test_console_fits_the_terminal(width, record):
    """Only curl lines are longer, so that they can be pasted."""
    lines = console.render(record, RenderOptions(Path("r"), width)).splitlines()
    commands = ("curl", "script", "storepact mock")
    assert all(len(line) <= width for line in lines if not any(word in line for word in commands))


def test_verdict_and_cause_come_first():
    """The page begins with the verdict, each cause as a link, and the affected consumers."""
    page = render("html", broken())
    order = (
        "<h1>Broken</h1>",
        'href="#aaaaaaaaaaaa"',
        "affects store-operator",
        'id="limits"',
        'id="changes"',
        'id="findings"',
        'id="coverage"',
    )
    positions = [page.index(text) for text in order]
    assert positions == sorted(positions)


def finding(name="0123456789ab", **changes):
    """A finding as a value."""
    return as_values(records.record(records.finding(name, **changes))).findings[0]


def test_diff_is_in_the_body():
    """The expected value is put before the lines of the member."""
    assert body_diff.diff_lines(finding()) == [
        (" ", "{"),
        (" ", '  "name": "Orders",'),
        ("-", '  "version": (type: integer),'),
        ("+", '  "version": "1",'),
        (" ", '  "tags": ['),
        (" ", '    "a"'),
        (" ", "  ]"),
    ]


STALE = next(sample for sample in records.BROKEN if sample["code"] == "SP602")


def test_diff_of_a_story_is_in_the_body_too():
    """At the member that does not have the value that was written."""
    stale = as_values(records.record({**STALE, "member": "/name"})).findings[0]
    lines = body_diff.diff_lines(stale)
    assert lines[1:3] == [("-", '  "name": "renamed",'), ("+", '  "name": "ordinary",')]


def test_diff_of_a_story_without_the_member():
    """Expected and actual value alone."""
    stale = {**STALE, "member": "/name", "exchange": records.exchange(body="[]")}
    lines = body_diff.diff_lines(as_values(records.record(stale)).findings[0])
    assert lines == [("-", '"renamed"'), ("+", '"ordinary"')]


def test_diff_of_a_missing_member():
    """In the object that lacks it."""
    exchange = records.exchange(body='{"items": [{"a": 1}]}')
    missing = finding(locus="200 /items/*/_id", expected="_id", actual="no _id", exchange=exchange)
    lines = [line for line in body_diff.diff_lines(missing) if line[0] in "-+"]
    assert lines == [("-", '      "_id": (_id),'), ("+", '      "_id": (no _id),')]


def test_diff_of_objects_shows_what_differs():
    """Expected and actual value are printed alike, and equal lines stand there once."""
    expected, actual = '{"host":"a","port":"1","x":1}', '{"host":"a","port":"2"}'
    exchange = records.exchange(body=f'{{"config": {actual}, "on": true}}')
    lines = body_diff.diff_lines(
        finding(locus="200 /config", expected=expected, actual=actual, exchange=exchange)
    )
    assert [line for line in lines if line[0] != " "] == [
        ("-", '    "port": "1",'),
        ("-", '    "x": 1'),
        ("+", '    "port": "2"'),
    ]
    assert (" ", '    "host": "a",') in lines
    bare = body_diff.diff_lines(finding(locus="x", expected=expected, actual=actual, exchange=None))
    assert (" ", '  "host": "a",') in bare


def test_diff_cuts_long_values():
    """A value of a thousand lines shows its beginning."""
    long = json.dumps(list(range(1_000)))
    lines = body_diff.diff_lines(finding(locus="x", expected=long, actual="[]", exchange=None))
    assert len(lines) < 20
    assert ("@", "…") in lines


def test_diff_without_a_body():
    """Expected and actual value alone; nothing if there is neither."""
    assert body_diff.diff_lines(finding(exchange=None)) == [("-", "type: integer"), ("+", "'1'")]
    assert body_diff.diff_lines(finding(expected="", actual="")) == []


CONTROLS = "a\x1b[31m\u202eb\r\n::stop-commands::x\n##[error]y"


@pytest.mark.parametrize("name", [row.name for row in FORMATS])
def test_control_characters_are_escaped(name):
    """Terminal sequences, bidirectional overrides and carriage returns reach no report."""
    record = as_values(records.record(records.finding(message=CONTROLS, actual=CONTROLS)))
    assert not {"\x1b", "\u202e", "\r"} & set(render(name, record))


def test_console_prints_no_commands_for_ci():
    """No line of a provider is a command for GitHub's runner."""
    record = as_values(records.record(records.finding(message=CONTROLS, actual=CONTROLS)))
    lines = render("console", record, width=40).splitlines()
    assert not [line for line in lines if line.strip().startswith("::") or "##[" in line]


def test_summary_fits_a_comment():
    """However many causes there are."""
    text = render("markdown", record_of_causes(200, message="x" * 900))
    assert len(text) <= 60_000
    assert "more in report.html" in text


@pytest.mark.parametrize(
    ("operation", "status", "kind"),
    [
        ("getIntegration", "200", CellKind.FAILED),
        ("listIntegrations", "200", CellKind.PASSED),
        ("getIntegration", "404", CellKind.NOT_REACHED),
        ("getIntegration", "418", CellKind.UNDESCRIBED),
        ("deleteIntegration", "200", CellKind.EMPTY),
    ],
)
def test_heat_map(operation, status, kind):
    """A cell for each operation and status."""
    heat_map = coverage_map.heat_map(as_values(records.record(records.finding())))
    cells = dict(heat_map.rows)[operation]
    assert cells[heat_map.statuses.index(status)].kind is kind


@pytest.mark.parametrize(
    "words",
    [
        "only read",
        "There were no pacts",
        "Not run: the suites document, lifecycle, protection, conformance",
        "1 documented row",
    ],
)
def test_limits(words):
    """Whatever restricts the verdict is in the report."""
    record = as_values(records.record(writes=False, contracts=[], outcomes=[records.outcome("pacts")]))
    assert words in "\n".join(limits.limits(record))


@pytest.mark.parametrize("partial", [True, False])
def test_a_partial_proof_limits_the_run(partial):
    """A proof that left out faults of the catalogue says so, whatever its command was."""
    proof = msgspec.structs.replace(PROOF, partial=partial)
    record = msgspec.structs.replace(clean(), teeth=proof)
    assert ("covers only 1 fault" in "\n".join(limits.limits(record))) is partial


def test_reports_need_no_engine(tmp_path):
    """On a machine without the engines every report can be made from run.json."""
    (tmp_path / "run.json").write_text(to_json(broken()))
    modules = ("schemathesis", "hypothesis", "pact", "httpx", "pytest", "httptools", "openapi_spec_validator")
    script = (
        "import sys\n"
        f"for name in {modules!r}: sys.modules[name] = None\n"
        "sys.argv = ['storepact', 'report', 'run.json', '--report-dir', 'out']\n"
        "from storepact.cli.main import main\n"
        "main()\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    reports = {row.file for row in FORMATS if row.file}
    assert set(files) == {*reports, "compare.html", "compare.md", "compare.json"}
    assert files["report.html"] == render("html", broken())


def recorder_of(exchanges):
    """A recorder that has observed so many exchanges."""
    recorder = Recorder()
    body = json.dumps(
        {"items": [{"name": "x" * 40, "version": 1, "tags": ["a"] * 5} for _ in range(40)]}
    ).encode()
    for number in range(exchanges):
        exchange = Exchange(
            Request("GET", "/", ()),
            Response(
                (200, 404, 429)[number % 3],
                (("Content-Type", "application/json"),),
                body,
                number % 50 / 1e4,
            ),
        )
        recorder.count(f"operation{number % 5}", exchange)
        recorder.observe(f"operation{number % 5}", exchange)
    return recorder


def test_record_does_not_grow_with_exchanges():
    """Ten times the exchanges make a record of the same size."""
    small, big = (len(recorder_of(exchanges).snapshot().encode()) for exchanges in (300, 3_000))
    assert big < 1.1 * small


def test_page_of_a_large_run_is_small():
    """Three hundred findings with the longest bodies: below 3 MB."""
    exchange = records.exchange(200, json.dumps({"items": [{"name": "x" * 40, "version": "1"}] * 55}))
    findings = [
        records.finding(
            f"{number:012x}", locus=f"200 /items/*/m{number}", exchange=exchange, story=records.STORY
        )
        for number in range(300)
    ]
    assert len(html.render(as_values(records.record(*findings)), RenderOptions())) < 3_000_000


def test_hostile_texts_are_hostile():
    """The sample tries HTML, Markdown and XML."""
    assert "<script>" in HOSTILE
    assert "]]>" in HOSTILE
