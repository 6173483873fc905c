"""The pages as people see them: in a real browser, clicked, searched, looked at in a narrow window and in the dark."""

from __future__ import annotations

import pytest

import records
from browser import needs_chromium, opened, started
from storepact.history.store import Run
from storepact.report import REPORTS, compare, drift, history
from test_reports import broken, hostile
from test_tripwire import difference
from test_tripwire import drift as published

pytestmark = needs_chromium


def ran(number):
    return Run(number, "2026-11-24T03:00:00+00:00", "mock", "document", "conforms", number % 7, 0, 9, 3, 4, 0, 19.5, "0.1.0")


@pytest.fixture(scope="module")
def chromium():
    """One for all tests here."""
    with started() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Every page that a run makes."""
    folder = tmp_path_factory.mktemp("pages")
    run = broken()
    texts = {
        "broken": REPORTS["report.html"](run),
        "clean": REPORTS["report.html"](records.record()),
        "hostile": REPORTS["report.html"](hostile()),
        "compare": compare.render_html(run["comparison"]),
        "drift": drift.render_html(published(difference(), difference(decision="D2"))),
        "trends": history.render_html([ran(number) for number in range(90, 0, -1)]),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize("name", ["broken", "clean", "hostile", "compare", "drift", "trends"])
@pytest.mark.parametrize("width", [360, 1280])
def test_page_is_silent_and_fits(chromium, pages, name, width):
    """Nothing on the console, nothing from the network, no scrolling sideways."""
    with opened(chromium, pages[name], width=width, dark=width == 360) as page:
        assert page.said == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").is_visible()


def test_verdict_cause_and_consumers_stand_in_the_first_screen(chromium, pages):
    """Without scrolling: the verdict, the first cause, whom it hurts."""
    with opened(chromium, pages["broken"], height=700) as page:
        for what in ("h1", "ol.causes li:first-child a", "ol.causes .hurts >> nth=0"):
            box = page.locator(what).bounding_box()
            assert box["y"] + box["height"] <= 700


def test_a_cause_leads_to_its_finding(chromium, pages):
    """A click on a cause opens the finding, with its diff and a line to copy."""
    with opened(chromium, pages["broken"]) as page:
        page.click("ol.causes a >> text=is not of type")
        finding = page.locator("details.finding:target")
        assert finding.evaluate("each => each.open")
        assert "type: integer" in finding.locator("pre.diff").inner_text()
        finding.locator("button[data-copy]").click()
        finding.locator("button[data-copy]", has_text="copied").wait_for()


def test_search_and_chips_filter_and_stay_in_the_address(chromium, pages):
    """What is typed filters findings, whole operations go with them, and the address keeps it."""
    with opened(chromium, pages["broken"]) as page:
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
        assert page.locator("details.finding:visible").evaluate_all("all => all.map(each => each.id)") == ["bbbbbbbbbbbb"]
        assert page.locator("button.chip >> text=new").get_attribute("aria-pressed") == "true"


def test_address_of_a_finding_opens_it(chromium, pages):
    """A link from another report leads to the finding itself, opened."""
    with opened(chromium, pages["broken"]) as page:
        page.goto(f"{pages['broken'].as_uri()}#cccccccccccc")
        assert page.locator("#cccccccccccc").evaluate("each => each.open")
        assert page.locator("#cccccccccccc ol.story li").count() == 3


def test_keyboard_reaches_everything(chromium, pages):
    """The first stop is the way past the head; findings open with the keyboard."""
    with opened(chromium, pages["broken"]) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the findings"
        summary = page.locator("#bbbbbbbbbbbb > summary")
        summary.focus()
        page.keyboard.press("Enter")
        assert page.locator("#bbbbbbbbbbbb").evaluate("each => each.open")


def test_print_opens_every_cause(chromium, pages):
    """On paper nothing can be unfolded."""
    with opened(chromium, pages["broken"]) as page:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details.finding.lead:not([open])").count() == 0
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.locator("details.finding.lead:not([open])").count() == 2


def test_plots_and_maps_can_be_read_aloud(chromium, pages):
    """The plot has a name, cells say what their colour says."""
    with opened(chromium, pages["broken"]) as page:
        assert page.locator("figure svg").get_attribute("aria-label").startswith("Latency percentiles")
        assert "finding" in page.locator("td.cell.failed").first.inner_text()
