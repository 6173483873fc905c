"""report.html as text: what its header names, and what its findings and questions lead to."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

import records
from sample_records import TWIN, as_values, broken, clean, difference, drift_of
from storepact.model.outcome import OutcomeKind
from storepact.record.values import Decision, LatencyChange, Outcome, ShapeChange
from storepact.report import RenderOptions, compare, drift, html, twin
from storepact.report.coverage_map import coverage_figure
from storepact.report.finding_text import readable_pointer
from storepact.report.questions import question
from storepact.run.comparison import find_report


def page_of(record, **changes):
    """The page of a record with these changes."""
    return html.render(msgspec.structs.replace(record, **changes), RenderOptions())


def text_of(page):
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2]).split())


def test_the_header_names_what_was_compared():
    """Storepact and its version, the provider and its build, the target, the document and its version."""
    page = page_of(clean(), provider="big-store", provider_version="7.1+b3", document_version="1.0.0")
    header = text_of(page).partition("Conforms")[0]
    assert "storepact 0.1.0 compared the provider big-store 7.1+b3 at mock" in header
    assert "with persistent-store-integrations.yaml 1.0.0 and the pacts of 2 consumers" in header


def test_a_record_without_the_provider_has_a_header_too():
    """Records of earlier versions name neither provider nor versions."""
    header = text_of(page_of(clean())).partition("Conforms")[0]
    assert "compared the provider at mock with persistent-store-integrations.yaml and" in header


def test_causes_show_their_severity_and_accepted_ones_come_last():
    """The list of causes has the severity of each, in words."""
    causes = page_of(broken()).partition('<ol class="causes"')[2].partition("</ol>")[0]
    words = re.findall(r'class="severity \w+">(\w+)<', causes)
    assert words == ["critical", "error", "error"]
    assert "accepted" in causes.rpartition("<li")[2]


def test_a_finding_leads_to_its_check_and_its_decisions():
    """The rule in a line of its own; the text of the decision is part of the page."""
    sample = as_values(records.record({**records.BARE, "decisions": ["D27"]}))
    text = "- Sources: nothing.\n- Decision: `name` is\n  kept.\n  - also here"
    page = page_of(sample, decisions={"D27": Decision(title="Kept `values`", text=text)})
    assert "docs/checks.md#sp104" in page
    assert 'href="#decision-D27"' in page
    assert 'id="decision-D27"' in page
    assert "<li>Decision: <code>name</code> is kept.</li>" in page
    assert "<li>also here</li>" in page


def test_texts_of_decisions_do_not_become_markup():
    """They are escaped as every text is."""
    sample = as_values(records.record({**records.BARE, "decisions": ["D1"]}))
    page = page_of(sample, decisions={"D1": Decision(title="<b>", text="- <script>alert(1)</script>")})
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("suite", "label", "changes", "words"),
    [
        (
            "conformance",
            "getIntegration-redis-fuzzing",
            {"kind": OutcomeKind.QUESTION, "operation": "getIntegration"},
            "Do requests of getIntegration get documented responses? (redis, fuzzing)",
        ),
        (
            "protection",
            "getIntegration-redis-doors",
            {"kind": OutcomeKind.QUESTION, "operation": "getIntegration"},
            "Is getIntegration shut to requests without access? (redis, doors)",
        ),
        (
            "pacts",
            "me: read",
            {"kind": OutcomeKind.INTERACTION, "consumer": "me", "interaction": "read {it}"},
            "Does the provider do what me relies on: read {it}?",
        ),
        (
            "lifecycle",
            "all-or-nothing",
            {"kind": OutcomeKind.SCENARIO},
            "Do responses agree with earlier writes in the scenario “all or nothing”?",
        ),
        ("lifecycle", "2", {"kind": OutcomeKind.JOURNEY}, "…journey 2?"),
        ("document", "", {"kind": OutcomeKind.DOCUMENT}, "Is the OpenAPI document sound?"),
        ("traffic", "", {}, "test_x[y]"),
    ],
)
def test_questions_are_in_words(suite, label, changes, words):
    """A test of each kind as a question; the name of the test where its kind is not known."""
    outcome = Outcome(
        suite=suite, name="test_x[y]", label=label, status="passed", reason="", seconds=0, **changes
    )
    assert question(outcome).endswith(words.removeprefix("…"))


@pytest.mark.parametrize("kind", OutcomeKind)
def test_every_kind_of_test_has_a_question(kind):
    """None is shown by the name of a function."""
    outcome = Outcome(suite="pacts", name="test_x[a]", status="passed", reason="", seconds=0, kind=kind)
    assert question(outcome).endswith(("?", ")"))


def test_questions_lead_to_their_findings():
    """The findings of the test's own requests; a fingerprint that the record does not have is left out."""
    outcome = {**records.outcome("conformance", "q", "failed"), "findings": ["0123456789ab", "f" * 12]}
    page = page_of(as_values(records.record(records.finding(), outcomes=[outcome])))
    questions = page.partition('id="tests"')[2]
    assert 'href="#0123456789ab"' in questions
    assert "f" * 12 not in questions


@pytest.mark.parametrize(
    ("changes", "figure"),
    [
        ({}, "3 of 4 owed rows"),
        ({"owed": False}, "3 of 3 owed rows; 1 allowed"),
    ],
)
def test_the_coverage_figure_says_what_it_counts(changes, figure):
    """Rows that a provider owes; those that it may use or not are named, those not described do not count."""
    rows = records.record()["rows"]
    rows[1] = {**rows[1], **changes}
    record = as_values(records.record(rows=rows))
    assert coverage_figure(record) == figure
    assert page_of(record).count(figure) == 2


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("/paths/~1api~1{id}/delete/responses", "DELETE /api/{id} responses"),
        ("/paths/~1api/get", "GET /api"),
        ("/components/schemas/A/type", "/components/schemas/A/type"),
        ("/paths/delete", "/paths/delete"),
        ("", ""),
    ],
)
def test_operations_are_method_and_path(pointer, words):
    """A pointer to an operation is written as its request is."""
    assert readable_pointer(pointer) == words


def shape_change(**changes):
    """A change of responses."""
    sample = {"what": "new type", "where": "/kind", "detail": "string, before integer"}
    return msgspec.convert({**sample, "places": ["get 200"], **changes}, ShapeChange)


def test_a_comparison_shows_old_and_new_and_leads_to_the_report():
    """The two runs, changed responses, latencies and losses as tables; causes lead to the run's report."""
    comparison = msgspec.structs.replace(
        broken().comparison,
        drift=(shape_change(before="integer", now="string"), shape_change(what="new value", detail="green")),
        slower=(LatencyChange(operation="getIntegration", before=2.5, now=9.0, slower=True),),
    )
    page = compare.render_html(comparison, "../run/report.html")
    assert '<a href="../run/report.html#aaaaaaaaaaaa">' in page
    text = text_of(page)
    assert "verdict conforms broken" in text
    assert "new type: /kind integer string get 200" in text
    assert "new value: /kind – green get 200" in text
    assert "p95 2.5 ms 9 ms getIntegration" in text
    assert "report.html" not in compare.render_html(comparison)


def test_a_drift_page_shows_what_both_documents_say():
    """A row for each difference, those that a decision explains folded away."""
    page = drift.render_html(
        drift_of(difference(was="required", now="optional"), difference(decision="D2")), "report.html"
    )
    assert "required optional terraform" in text_of(page)
    assert '<a href="report.html">' in page
    assert page.count("<details") == 1


def test_differences_that_a_decision_explains_have_its_title_and_text():
    """On the page, on the terminal and in Markdown; a record of an earlier version has the number alone."""
    decision = Decision(title="Where `config` is shown", text="- Decision: required on `get`.")
    record = msgspec.structs.replace(drift_of(difference(decision="D2")), decisions={"D2": decision})
    page = drift.render_html(record)
    assert "Explained by D2: Where config is shown (1)" in text_of(page)
    assert "<li>Decision: required on <code>get</code>.</li>" in page
    assert "Explained by D2: Where `config` is shown (1):" in drift.render(record)
    assert "<summary>Explained by D2: Where config is shown (1)</summary>" in drift.render_markdown(record)
    assert "Explained by D2 (1):" in drift.render(drift_of(difference(decision="D2")))


def test_the_report_of_a_record_is_named_as_seen_from_a_folder(tmp_path):
    """Where it lies beside the record; a run of the history has none."""
    (tmp_path / "last night").mkdir()
    (tmp_path / "last night" / "report.html").touch()
    (tmp_path / "last night" / "run.json").touch()
    for selector in ("last night", "last night/run.json"):
        assert find_report(str(tmp_path / selector), tmp_path / "out") == "../last%20night/report.html"
    assert find_report("17", tmp_path) == ""
    assert find_report(str(tmp_path), tmp_path) == ""


def test_a_consumer_that_was_not_verified_whole_is_not_green():
    """Unknown is not clean: red with a failure, yellow where something was not verified, else green."""
    passed, failed, skipped = (
        {**records.outcome("pacts", f"pacts: {name}", status), "kind": "interaction", "consumer": name}
        for name, status in (("a", "passed"), ("b", "failed"), ("c", "skipped"))
    )
    text = page_of(as_values(records.record(outcomes=[passed, failed, skipped])))
    for name, style, score in (("a", "passed", 1), ("b", "failed", 0), ("c", "undetermined", 0)):
        assert f'{name}&nbsp;<span class="{style}-text">{score}/1</span>' in text


def test_every_colour_of_text_is_defined():
    """A class that the style lacks shows nothing."""
    folder = Path(html.__file__).parent / "templates"
    style = (folder / "style.css.j2").read_text(encoding="utf-8")
    for path in folder.glob("*.html.j2"):
        for name in re.findall(
            r"(?:passed|failed|skipped|undetermined)-text", path.read_text(encoding="utf-8")
        ):
            assert f".{name}" in style, (path.name, name)


def test_a_page_of_two_releases_shows_what_both_answer():
    """Breaking differences first, with the consumers; texts of a provider are no markup."""
    page = twin.render_html(TWIN)
    assert "<h1>Breaking differences</h1>" in page
    assert "1 breaking, 1 compatible, 1 new finding in 40 stories" in page
    assert page.index("<h2>Breaking (1)</h2>") < page.index("<h2>Compatible (1)</h2>")
    assert '>/version was 1, is &#39;1&#39;: another type<br><span class="code">type-changed' in page
    assert '<td data-column="Affects">dashboard</td>' in page
    assert "read A &lt;1&gt;" in page
    assert "<li>other-scope</li>" in page
    same = twin.render_html(msgspec.structs.replace(TWIN, causes=(), findings=(), left_out=()))
    assert "<h1>No breaking difference</h1>" in same
    assert "No difference in 40 stories" in same
