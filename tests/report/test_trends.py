"""trends.html: one target at a time, whole numbers, whole labels, and the verdict of each run."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from storepact.history.store import Run
from storepact.report import history, plots
from trend_runs import target_runs


def run_of(number, target="mock", verdict="conforms", findings=0):
    """A run of a history."""
    begun = f"2026-11-{1 + number % 28:02}T03:00:00+00:00"
    return Run(number, begun, target, "document", verdict, findings, 0, 9, 3, 4, 0, 1.5, "0")


def test_targets_are_apart():
    """Each has its own plots and table, that of the newest run first; only that one is open."""
    page = history.render_html(
        target_runs([run_of(3, "https://a"), run_of(2, "mock"), run_of(1, "https://a")])
    )
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


@pytest.mark.parametrize("count", [1, 2, 300])
def test_the_newest_run_is_at_the_right_edge(count):
    """A narrow screen shows that edge first, also of a history with one run."""
    plot = plots.plot_runs("t", ["label"] * count, [1] * count, ["undetermined"] * count)
    *_, newest = re.findall(r'<path d="M([\d.]+) [^"]*z"', plot)
    assert float(newest) > 900 - 80


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
    page = history.render_html(target_runs(runs))
    assert page.count('fill="var(--bad)"') == 3


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10])
def test_a_point_is_the_worst_of_its_runs(count):
    """The database groups as a loop would: the oldest first, each group named after its last run."""
    verdicts = ("conforms", "broken", "undetermined")
    runs = [
        replace(
            run_of(number, verdict=verdicts[number % 3], findings=number % 4),
            covered=number % 5,
            described=4 * (number % 2),
            seconds=number / 7,
        )
        for number in range(1, count + 1)
    ]
    others = [run_of(number, "other") for number in (4, 10, 90)]  # between them, and after the last
    places = {run.id: 2 * run.id + 1 for run in runs}
    runs = [replace(run, id=places[run.id]) for run in runs]
    (read,) = (read for read in target_runs([*runs, *others], 3, 2) if read.target != "other")
    step = -(-count // 3)
    groups = [runs[start : start + step] for start in range(0, count, step)]
    assert (read.count, read.step) == (count, step)
    assert [run.id for run in read.newest] == [run.id for run in reversed(runs)][:2]
    for point, group in zip(read.points, groups, strict=True):
        assert (point.id, point.started) == (group[-1].id, group[-1].started)
        assert point.findings == max(run.findings for run in group)
        assert point.seconds == max(run.seconds for run in group)
        percents = [100 * run.covered / run.described if run.described else 0 for run in group]
        assert point.covered == min(percents)
        rank = max(("conforms", "undetermined", "broken").index(run.verdict) for run in group)
        assert point.verdict == ("conforms", "undetermined", "broken")[rank]
