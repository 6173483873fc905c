"""trends.html: one target at a time, whole numbers, whole labels, and the verdict of each run."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from storepact.history.store import Run
from storepact.report import history, plots


def run_of(number, target="mock", verdict="conforms", findings=0):
    """A run of a history."""
    begun = f"2026-11-{1 + number % 28:02}T03:00:00+00:00"
    return Run(number, begun, target, "document", verdict, findings, 0, 9, 3, 4, 0, 1.5, "0")


def test_targets_are_apart():
    """Each has its own plots and table, that of the newest run first; only that one is open."""
    page = history.render_html([run_of(3, "https://a"), run_of(2, "mock"), run_of(1, "https://a")])
    parts = re.split(r'<details name="target"', page)[1:]
    assert ["https://a: 2 runs" in parts[0], "mock: 1 run," in parts[1]] == [True, True]
    assert [part.partition(">")[0].strip() for part in parts] == ['class="folded" open', 'class="folded"']
    assert [part.count("<figure") for part in parts] == [3, 3]


@pytest.mark.parametrize("highest", [0, 1, 2, 3, 4, 7, 10, 11, 99, 100, 101, 12_345])
def test_ticks_are_whole_numbers(highest):
    """At equal distances, up to at least the highest value, and few."""
    plot = plots.plot_runs("t", ["a", "b"], [0, highest], ["broken", "broken"])
    ticks = [int(text.replace(",", "")) for text in re.findall(r'text-anchor="end"[^>]*>([^<]+)<', plot)]
    assert ticks[0] == 0
    assert highest <= ticks[-1] <= max(1, 2.5 * highest)
    assert len(ticks) <= 6
    assert len({after - before for before, after in pairwise(ticks)}) == 1


@pytest.mark.parametrize("count", [1, 2, 7, 8, 90, 300])
def test_labels_are_whole(count):
    """The last run has one, and none leaves the picture or covers another."""
    labels = [f"2026-11-24 #{10_000 + number}" for number in range(count)]
    plot = plots.plot_runs("t", labels, [1] * count, ["conforms"] * count)
    found = re.findall(r'<text x="([\d.]+)"[^>]*text-anchor="middle"[^>]*>([^<]+)<', plot)
    places = sorted(float(x) for x, _ in found)
    assert labels[-1] in {label for _, label in found}
    assert 65 <= places[0] <= places[-1] <= 900 - 65
    assert all(after - before > 120 for before, after in pairwise(places))


@pytest.mark.parametrize(
    ("verdict", "colour"), [("conforms", "--good"), ("broken", "--bad"), ("undetermined", "--unknown")]
)
def test_a_run_has_the_colour_of_its_verdict(verdict, colour):
    """And the verdict in words, for those who do not see the colour."""
    plot = plots.plot_runs("t", ["a"], [1], [verdict])
    assert f'fill="var({colour})"><title>a: 1, {verdict}</title>' in plot


def test_a_mark_of_several_runs_is_their_worst():
    """A broken run is not hidden by those around it."""
    runs = [run_of(number, verdict="broken" if number == 50 else "conforms") for number in range(900, 0, -1)]
    page = history.render_html(runs)
    assert page.count('fill="var(--bad)"') == 3
