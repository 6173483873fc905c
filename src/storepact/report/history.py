"""The runs of a history: as rows, as sparklines, and as a page with trends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from storepact.report.wording import moment

#: Points that a plot shows; of more runs each point is the worst of its neighbours.
POINTS = 300

_BLOCKS = "▁▂▃▄▅▆▇█"

Runs = Sequence[Any]
"""Runs, the newest first, with the attributes of `storepact.history.store.Run`."""


def rows(runs: Runs) -> Iterator[tuple[str, ...]]:
    """The runs as a table."""
    yield (
        "run",
        "begun",
        "target",
        "verdict",
        "causes",
        "findings",
        "covered",
        "not verified",
        "seconds",
        "suites",
    )
    for run in runs:
        covered = f"{run.covered}/{run.described}"
        counts = (str(run.causes), str(run.findings), covered, str(run.not_verified), f"{run.seconds:.1f}")
        yield (str(run.id), moment(run.started), run.target, run.verdict, *counts, _suites(run.suites))


def _suites(told: str) -> str:
    return "all" if told.count(",") == 4 else told


def sparklines(runs: Runs, width: int) -> list[str]:
    """How findings, coverage and duration went, the newest last."""
    shown = list(reversed(runs[: max(width - 24, 10)]))
    if len(shown) < 2:
        return []
    lines = []
    for name, values in _series(shown).items():
        lines.append(f"{name:9} {blocks(values)} {min(values):g} to {max(values):g}")
    return lines


def _series(runs: Runs) -> dict[str, list[float]]:
    return {
        "findings": [float(run.findings) for run in runs],
        "covered %": [
            round(100 * each.covered / each.described, 1) if each.described else 0.0 for each in runs
        ],
        "seconds": [round(each.seconds, 1) for each in runs],
    }


def blocks(values: Sequence[float]) -> str:
    """Values as blocks, the lowest as the lowest one."""
    low, high = min(values), max(values)
    return "".join(
        _BLOCKS[round((value - low) / (high - low) * 7)] if high > low else _BLOCKS[0] for value in values
    )


def render_html(runs: Runs) -> str:
    """Trends over all runs, and the last hundred as a table."""
    from storepact.report import page, plots  # a list has no need of them

    oldest_first = list(reversed(runs))
    step = max(1, -(-len(oldest_first) // POINTS))
    groups = [oldest_first[index : index + step] for index in range(0, len(oldest_first), step)]
    labels = [f"{group[-1].started[:10]} #{group[-1].id}" for group in groups]
    series = [_series(each) for each in groups]
    findings, covered, seconds = (
        [worst(each[name]) for each in series]
        for name, worst in (("findings", max), ("covered %", min), ("seconds", max))
    )
    drawn = [
        ("Findings", plots.lines("findings", "Findings of each run", labels, findings)),
        ("Coverage", plots.lines("coverage", "Rows of the document seen, in per cent", labels, covered, 100)),
        ("Duration", plots.lines("duration", "Seconds of each run", labels, seconds)),
    ]
    return (
        page.environment()
        .get_template("trends.html.j2")
        .render(
            runs=runs[:100],
            count=len(runs),
            step=step,
            drawn=drawn,
            newest=runs[0],
            table=list(rows(runs[:100])),
        )
    )
