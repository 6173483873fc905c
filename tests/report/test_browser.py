"""The pages in a real browser: clicked, searched, in a narrow window and in the dark."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

import records
from browser import needs_chromium, open_page, start_browser
from finding_subjects import causes
from sample_records import PROOF, TWIN, as_values, broken, clean, difference, drift_of, hostile
from storepact.history.store import Run
from storepact.report import RenderOptions, compare, drift, history, html, teeth, twin
from trend_runs import target_runs

pytestmark = needs_chromium


def run_of_history(number):
    return Run(
        number,
        "2026-11-24T03:00:00+00:00",
        "mock",
        "document",
        "conforms",
        number % 7,
        0,
        9,
        3,
        4,
        0,
        19.5,
        "0.1.0",
    )


@pytest.fixture(scope="module")
def chromium():
    """One browser for all tests here."""
    with start_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Every page that a run makes."""
    folder = tmp_path_factory.mktemp("pages")
    run = broken()
    texts = {
        "broken": html.render(run, RenderOptions()),
        "clean": html.render(clean(), RenderOptions()),
        "hostile": html.render(hostile(), RenderOptions()),
        "compare": compare.render_html(run.comparison),
        "drift": drift.render_html(drift_of(difference(), difference(decision="D2"))),
        "teeth": teeth.render_html(PROOF),
        "twin": twin.render_html(TWIN),
        "trends": history.render_html(target_runs([run_of_history(number) for number in range(90, 0, -1)])),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize(
    "name", ["broken", "clean", "hostile", "compare", "drift", "trends", "teeth", "twin"]
)
@pytest.mark.parametrize("width", [360, 1280])
def test_page_logs_nothing_and_fits(chromium, pages, name, width):
    """Nothing on the console, nothing from the network, no scrolling sideways."""
    with open_page(chromium, pages[name], width=width, dark=width == 360) as page:
        assert page.log == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").is_visible()


@pytest.mark.parametrize("name", ["twin", "drift"])
def test_tables_of_differences_fit_a_telephone(chromium, pages, name):
    """No table has to be pushed sideways: each difference stands as a list of its columns."""
    with open_page(chromium, pages[name], width=390) as page:
        page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
        widths = "[...document.querySelectorAll('.scroll')].map(item => [item.scrollWidth, item.clientWidth])"
        sizes = page.evaluate(widths)
        assert sizes
        assert all(whole <= seen for whole, seen in sizes), sizes


def test_verdict_cause_and_consumers_stand_in_the_first_screen(chromium, pages):
    """Without scrolling: the verdict, the first cause, the affected consumers."""
    with open_page(chromium, pages["broken"], height=700) as page:
        for what in ("h1", "ol.causes li:first-child a", "ol.causes .affects >> nth=0"):
            box = page.locator(what).bounding_box()
            assert box["y"] + box["height"] <= 700


def test_a_cause_leads_to_its_finding(chromium, pages):
    """A click on a cause opens the finding, with its diff and a line to copy."""
    with open_page(chromium, pages["broken"]) as page:
        page.click("ol.causes a >> text=is not of type")
        finding = page.locator("details.finding:target")
        assert finding.evaluate("each => each.open")
        assert "type: integer" in finding.locator("pre.diff").inner_text()
        finding.locator("button[data-copy]").click()
        finding.locator("button[data-copy]", has_text="copied").wait_for()


def test_search_and_chips_filter_and_stay_in_the_address(chromium, pages):
    """The search text filters findings and operations, and the address keeps it."""
    with open_page(chromium, pages["broken"]) as page:
        page.keyboard.press("/")
        page.keyboard.type("beta is missing")
        assert page.locator("details.finding:visible").count() == 1
        assert page.locator("section.operation:visible").count() == 1
        assert "1 of 4 shown" in page.locator("#count").inner_text()
        assert "q=beta+is+missing" in page.url
        page.reload()
        assert page.locator("details.finding:visible").count() == 1
        page.fill("#search", "")
        page.click("button.chip >> text=new")
        assert page.locator("details.finding:visible").evaluate_all("all => all.map(each => each.id)") == [
            "bbbbbbbbbbbb"
        ]
        assert page.locator("button.chip >> text=new").get_attribute("aria-pressed") == "true"


def test_search_looks_through_names_and_not_through_quotes(chromium, pages):
    """Titles, operations, members and consumers; no lines of the document, bodies or headers."""
    with open_page(chromium, pages["broken"]) as page:
        for query, count in (
            ("store-operator", 3),
            ("listIntegrations", 1),
            ("/version", 2),
            ("SP602", 1),
            ("critical", 1),
            ("openapi", 0),
            ("version: {type", 0),
            ("Authorization", 0),
        ):
            page.fill("#search", query)
            assert page.locator("details.finding:visible").count() == count, query


def test_address_of_a_finding_opens_it(chromium, pages):
    """A link from another report leads to the finding itself, opened."""
    with open_page(chromium, pages["broken"]) as page:
        page.goto(f"{pages['broken'].as_uri()}#cccccccccccc")
        assert page.locator("#cccccccccccc").evaluate("each => each.open")
        assert page.locator("#cccccccccccc ol.story li").count() == 3


def test_keyboard_reaches_everything(chromium, pages):
    """The first stop is the way past the head; findings open with the keyboard."""
    with open_page(chromium, pages["broken"]) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the findings"
        summary = page.locator("#bbbbbbbbbbbb > summary")
        summary.focus()
        page.keyboard.press("Enter")
        assert page.locator("#bbbbbbbbbbbb").evaluate("each => each.open")


def test_print_opens_one_finding_of_each_cause(chromium, pages):
    """On paper nothing can be unfolded: causes are open, the tables of the document stay closed."""
    with open_page(chromium, pages["broken"]) as page:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details.finding.lead:not([open]), .paper:not([open])").count() == 0
        assert page.locator("details.finding[open]").count() == page.locator("details.finding.lead").count()
        assert page.locator("#coverage ~ details[open]").count() == 0
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.locator("details.finding.lead:not([open])").count() == 2


def test_heat_map_is_whole_on_paper(chromium, pages):
    """On A4 each operation stands in one line, and a cell says by a sign, too, what its colour says."""
    with open_page(chromium, pages["broken"], width=688) as page:
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= 688
        heights = page.locator("table.heat th[scope=row]").evaluate_all(
            "all => all.map(each => each.offsetHeight)"
        )
        assert max(heights) < 30
        assert page.locator("td.cell.failed").first.inner_text().startswith("✗")
        assert (
            page.locator("td.cell.failed").first.evaluate("each => getComputedStyle(each).printColorAdjust")
            == "exact"
        )


def test_plots_and_maps_can_be_read_aloud(chromium, pages):
    """The plot has a name, cells say in words what their colour says."""
    with open_page(chromium, pages["broken"]) as page:
        assert page.locator("figure svg").get_attribute("aria-label").startswith("Latency percentiles")
        assert "finding" in page.locator("td.cell.failed").first.inner_text()


@pytest.mark.parametrize(
    ("name", "dark"),
    [
        *((name, False) for name in ("broken", "clean", "compare", "drift", "trends", "teeth", "twin")),
        *((name, True) for name in ("broken", "compare", "trends")),
    ],
)
def test_axe_finds_nothing(chromium, pages, name, dark):
    """Contrast, names, roles, landmarks and headings of every page, with all that can be unfolded."""
    with open_page(chromium, pages[name], width=390 if dark else 1280, dark=dark) as page:
        page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        violations = Axe().run(page).response["violations"]
        assert [
            (violation["id"], [node["html"][:200] for node in violation["nodes"][:3]])
            for violation in violations
        ] == []


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Two thousand findings of five causes, with bodies of 1.5 kB."""
    body = json.dumps({"items": [{"name": "x" * 20, "version": "1", "tags": ["a"]}] * 23})
    exchange = records.exchange(body=body, method="POST", sent=body)
    found = [
        records.finding(
            f"{number:012x}",
            locus=f"200 /m{number % 5}",
            operation=f"operation{number % 5}",
            story=records.STORY,
            exchange=exchange,
            message=f"/items/{number}/m{number % 5}: '1' is not of type 'integer'",
            curl=f"curl -sS -i --data-binary '{'y' * 300}'",
        )
        for number in range(2_000)
    ]
    run = {**records.record(found[0]), "findings": found, "causes": causes(found)}
    path = tmp_path_factory.mktemp("large") / "report.html"
    path.write_text(html.render(as_values(run), RenderOptions()), encoding="utf-8")
    return path


def test_thousands_of_findings_stay_a_small_page(chromium, large):
    """Below 3 MB; causes are shown in full, other findings as a line that search and address find."""
    assert large.stat().st_size < 3_000_000
    with open_page(chromium, large) as page:
        assert page.locator("details.finding").count() == 2_000
        assert page.locator("details.finding:not(.brief)").count() == html.FULL_FINDINGS
        assert page.locator("details.finding.lead.brief").count() == 0
        last = page.locator("details.brief").last
        name = last.get_attribute("id")
        page.fill("#search", name)
        assert page.locator("details.finding:visible").evaluate_all("all => all.map(each => each.id)") == [
            name
        ]
        page.fill("#search", "")
        page.click("button.chip >> text=one per cause")
        assert page.locator("details.brief:visible").count() == 0
        page.goto(f"{large.as_uri()}#{name}")
        assert last.evaluate("each => each.open")
        assert last.locator("pre.curl").inner_text().startswith("curl -sS -i")


def test_without_a_script_no_control_is_shown(chromium, pages):
    """Controls that need a script are not shown without one."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in ("broken", "compare"):
        page.goto(pages[name].as_uri())
        assert page.locator("h1").is_visible()
        assert page.locator("input:visible, button:visible").count() == 0
    context.close()


def test_filter_that_does_not_exist_shows_all(chromium, pages):
    """An old address with a filter that this run does not have; parameters of others stay in the address."""
    with open_page(chromium, pages["broken"]) as page:
        page.goto(f"{pages['broken'].as_uri()}?only=bogus&other=1")
        assert page.locator("details.finding:visible").count() == 4
        assert page.locator(".chip[aria-pressed=true]").inner_text() == "all 4"
        assert page.url.endswith("?other=1")


def test_a_cause_clicked_again_opens_again(chromium, pages):
    """Also when the address has not changed in between."""
    with open_page(chromium, pages["broken"]) as page:
        link = page.locator("ol.causes a").last
        finding = page.locator(link.get_attribute("href"))
        link.click()
        finding.locator("> summary").click()
        assert not finding.evaluate("each => each.open")
        link.click()
        assert finding.evaluate("each => each.open")


@pytest.mark.parametrize("name", ["broken", "clean", "compare", "trends", "teeth"])
def test_page_works_with_screen_reader_and_keyboard(chromium, pages, name):
    """Headings go down by one, tables have captions, regions that scroll can be focused and have names."""
    with open_page(chromium, pages[name]) as page:
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        levels = page.locator("h1, h2, h3, h4").evaluate_all(
            "all => all.map(each => Number(each.tagName[1]))"
        )
        assert all(lower - upper <= 1 for upper, lower in pairwise(levels))
        assert page.locator("table:not(:has(> caption))").count() == 0
        assert page.locator(":is(.scroll, figure):not([tabindex='0'][role=region][aria-label])").count() == 0


def test_what_was_not_verified_is_one_line_until_opened(chromium, pages):
    """On a broken run it is closed, and its link opens it; on a green one it is open."""
    with open_page(chromium, pages["clean"]) as page:
        assert page.locator("#not-verified").evaluate("each => each.open")
    with open_page(chromium, pages["broken"]) as page:
        section = page.locator("#not-verified")
        assert section.inner_text().strip() == "Not verified: 1 item"
        page.click("dl.facts a[href='#not-verified']")
        assert section.evaluate("each => each.open")


def test_a_new_cause_is_a_card(chromium, pages):
    """In a comparison each new cause names the affected consumers, and its commands can be copied."""
    with open_page(chromium, pages["compare"]) as page:
        card = page.locator("article.card").first
        assert "Affected consumers\nstore-operator" in card.inner_text()
        assert card.locator("pre.curl .command").count() == card.locator("pre.curl").inner_text().count(
            "curl "
        )
        card.locator("button[data-copy]").click()
        card.locator("button[data-copy]", has_text="copied").wait_for()
