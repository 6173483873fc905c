"""The runs of a history: a table, sparklines, and a page with trends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from storepact.model.values import lean_value
from storepact.report.wording import moment

if TYPE_CHECKING:
    from storepact.history.store import Run
    from storepact.history.trends import Point, TargetRuns

#: Points of a plot; if there are more runs, each point is the worst of several.
POINTS = 300

#: Runs in the table of the page.
TABLE_RUNS = 100

#: Columns of a line of the terminal that a sparkline cannot use, and runs that it shows at least.
_LINE_MARGIN, _SHORTEST_SPARKLINE = 24, 10

#: The columns of the table of runs, by their titles.
_COLUMNS: Mapping[str, Callable[[Run], str]] = {
    "run": lambda run: str(run.id),
    "begun": lambda run: moment(run.started),
    "target": lambda run: run.target,
    "verdict": lambda run: run.verdict,
    "causes": lambda run: str(run.causes),
    "findings": lambda run: str(run.findings),
    "covered": lambda run: f"{run.covered}/{run.described}",
    "not verified": lambda run: str(run.not_verified),
    "seconds": lambda run: f"{run.seconds:.1f}",
    "suites": lambda run: "all" if run.is_complete else run.suites,
}

_BLOCKS = "▁▂▃▄▅▆▇█"


@lean_value(frozen=True)
class Series:
    """One value of each run and of each point of a plot: how to get it, and how it is named."""

    name: str
    """Before a sparkline."""
    title: str
    """Above a plot."""
    description: str
    """Of a plot, for those who do not see it."""
    value: Callable[[Run], float]
    of_point: Callable[[Point], float]
    top: float | None = None
    """The highest value that is possible."""


def _covered_percent(run: Run) -> float:
    return round(100 * run.covered / run.described, 1) if run.described else 0.0


SERIES = (
    Series(
        "findings",
        "Findings",
        "Findings of each run",
        lambda run: float(run.findings),
        lambda point: float(point.findings),
    ),
    Series(
        "covered %",
        "Coverage, per cent of the owed rows",
        "Owed rows of the document that were covered, in per cent",
        _covered_percent,
        lambda point: round(point.covered, 1),
        100,
    ),
    Series(
        "seconds",
        "Duration, seconds",
        "Seconds of each run",
        lambda run: round(run.seconds, 1),
        lambda point: round(point.seconds, 1),
    ),
)


def rows(runs: Sequence[Run]) -> Iterator[tuple[str, ...]]:
    """A table of runs, the newest first: the column titles, then a row for each run."""
    yield tuple(_COLUMNS)
    for run in runs:
        yield tuple(show(run) for show in _COLUMNS.values())


def sparklines(runs: Sequence[Run], width: int) -> list[str]:
    """A line of blocks for each series, the newest run last; none if there is only one run."""
    recent = list(reversed(runs[: max(width - _LINE_MARGIN, _SHORTEST_SPARKLINE)]))
    if len(recent) < 2:
        return []
    lines = []
    for series in SERIES:
        values = [series.value(run) for run in recent]
        lines.append(f"{series.name:9} {blocks(values)} {min(values):g} to {max(values):g}")
    return lines


def blocks(values: Sequence[float]) -> str:
    """Values as block characters, scaled from the lowest to the highest."""
    low, high = min(values), max(values)
    if high == low:
        return _BLOCKS[0] * len(values)
    return "".join(_BLOCKS[round((value - low) / (high - low) * 7)] for value in values)


@lean_value(frozen=True)
class TargetTrend:
    """The runs of one target: their plots by title, and a table of the last ones."""

    runs: TargetRuns
    plots: Sequence[tuple[str, str]]
    table: Sequence[tuple[str, ...]]


def render_html(targets: Sequence[TargetRuns]) -> str:
    """A page with trends over all runs, one target at a time, that of the newest run first."""
    from storepact.report import page  # takes a tenth of a second, and a list of runs needs neither

    return page.render_page(
        "trends.html.j2",
        count=sum(runs.count for runs in targets),
        newest=targets[0].newest[0],
        trends=[_trend(runs) for runs in targets],
    )


def _trend(runs: TargetRuns) -> TargetTrend:
    from storepact.report import plots

    labels = [f"{point.started[:10]} #{point.id}" for point in runs.points]
    verdicts = [point.verdict for point in runs.points]
    plotted = []
    for series in SERIES:
        values = [series.of_point(point) for point in runs.points]
        description = f"{series.description} of {runs.target}"
        plotted.append((series.title, plots.plot_runs(description, labels, values, verdicts, series.top)))
    return TargetTrend(runs, plotted, list(rows(runs.newest)))
