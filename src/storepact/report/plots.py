"""Plots as inline SVG in the colours of the page around them; no script, nothing from the network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from storepact.model.outcome import Verdict
from storepact.record.values import Latency

_WIDTH = 900
_HEIGHT = 230

#: Room for the labels at the left of a line plot, at the right, at the top and at the bottom.
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 70, 14, 34

#: Room for the names of operations at the left of the latency plot, and the height of a row.
_NAMES, _ROW = 210, 34

#: Percentiles with colours that can be told apart in light and dark, and with most kinds of colour blindness.
_PERCENTILES = (("p50", "#56b4e9"), ("p90", "#0072b2"), ("p95", "#e69f00"), ("p99", "#d55e00"))

#: Labels on the x axis, and points up to which marks are large.
_X_LABELS, _LARGE_MARKS = 7, 60


def plot_latency(latency: Mapping[str, Latency]) -> Markup:
    """Plot the percentiles of each operation: a row for each, milliseconds from left to right."""
    ticks = _ticks(max((value.p99 for value in latency.values()), default=1.0))
    scale = (_WIDTH - _NAMES - _RIGHT) / ticks[-1]
    bottom = _TOP + _ROW * len(latency)
    parts = []
    for tick in ticks:
        x = _NAMES + tick * scale
        parts.append(_guide(x, _TOP, x, bottom))
        parts.append(_text(x, bottom + 18, f"{tick:g} ms", "middle"))
    for row, (operation, values) in enumerate(latency.items()):
        y = _TOP + _ROW * (row + 0.5)
        points = [(name, colour, float(getattr(values, name))) for name, colour in _PERCENTILES]
        parts.append(_text(_NAMES - 12, y + 4, operation, "end"))
        first, last = (_NAMES + points[index][2] * scale for index in (0, -1))
        parts.append(
            Markup('<path d="M{:.1f} {:.1f}H{:.1f}" stroke="currentColor" opacity=".5"/>').format(
                first, y, last
            )
        )
        for name, colour, value in reversed(points):
            label = f"{operation}: {name} {value:,.1f} ms"
            parts.append(_dot(_NAMES + value * scale, y, 6, colour, label))
    for number, (name, colour) in enumerate(_PERCENTILES):
        x = _NAMES + 90 * number
        parts += [_dot(x, bottom + 44, 6, colour, name), _text(x + 12, bottom + 48, name)]
    return _svg("Latency percentiles of each operation in milliseconds", bottom + 60, parts)


def plot_runs(
    title: str,
    labels: Sequence[str],
    values: Sequence[float],
    verdicts: Sequence[str],
    top: float | None = None,
) -> Markup:
    """Plot one value of each run, the oldest first, from 0 up to `top` or the highest value.

    Each run is a mark in the colour and the form of its verdict; the ticks are whole numbers. The newest run
    is at the right edge, which a narrow screen shows first, also where it is the only one.
    """
    ticks = _whole_ticks(top or max([*values, 1]))
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    last = len(values) - 1
    points = [
        (_LEFT + width * (index / last if last else 1), _TOP + height * (1 - value / ticks[-1]))
        for index, value in enumerate(values)
    ]
    parts = []
    for tick in ticks:
        y = _TOP + height * (1 - tick / ticks[-1])
        parts += [_guide(_LEFT, y, _WIDTH - _RIGHT, y), _text(_LEFT - 8, y + 4, f"{tick:,}", "end")]
    for index in _with_labels(len(labels)):
        parts.append(_text(points[index][0], _HEIGHT - 10, labels[index], "middle"))
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    parts.append(Markup('<path d="M{}" fill="none" stroke="#888" stroke-width="1.5"/>').format(path))
    size = 4.5 if len(points) <= _LARGE_MARKS else 2.5
    parts += [
        _mark(x, y, size, verdict, f"{label}: {value:g}, {verdict}")
        for (x, y), label, value, verdict in zip(points, labels, values, verdicts, strict=True)
    ]
    return _svg(title, _HEIGHT, parts)


def _with_labels(count: int) -> list[int]:
    """The indexes of the runs with a label: the last, and at equal distances those before it."""
    step = max(1, math.ceil((count - 1) / (_X_LABELS - 1)))
    return list(range(count - 1, -1, -step))


def _whole_ticks(highest: float) -> list[int]:
    """Two to six whole numbers at equal distances, from 0 to at least the highest value."""
    step = next(
        factor * 10**power for power in range(30) for factor in (1, 2, 5) if factor * 10**power * 5 >= highest
    )
    return [step * number for number in range(max(1, math.ceil(highest / step)) + 1)]


def _mark(x: float, y: float, size: float, verdict: str, label: str) -> Markup:
    """A circle if the provider conforms, a diamond if it is broken, else a square."""
    far = size * 1.3
    left, top, right, bottom = x - size, y - size, x + size, y + size
    if verdict == Verdict.CONFORMS:
        colour = "var(--good)"
        path = f"M{left:.1f} {y:.1f}a{size} {size} 0 1 0 {2 * size} 0a{size} {size} 0 1 0 -{2 * size} 0z"
    elif verdict == Verdict.BROKEN:
        colour = "var(--bad)"
        path = f"M{x:.1f} {y - far:.1f}L{x + far:.1f} {y:.1f}L{x:.1f} {y + far:.1f}L{x - far:.1f} {y:.1f}z"
    else:
        colour = "var(--unknown)"
        path = f"M{left:.1f} {top:.1f}H{right:.1f}V{bottom:.1f}H{left:.1f}z"
    return Markup('<path d="{}" fill="{}"><title>{}</title></path>').format(path, colour, label)


def _ticks(highest: float) -> list[float]:
    """Four to six round numbers from 0 to at least the highest value."""
    step = 10.0 ** math.floor(math.log10(highest / 4)) if highest > 0 else 1.0
    step = next(step * factor for factor in (1, 2, 2.5, 5, 10) if step * factor * 5 >= highest)
    return [step * number for number in range(math.ceil(round(highest / step, 6)) + 1)]


def _svg(title: str, height: float, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {:g}" font-size="13" '
        'font-family="system-ui, sans-serif">'
        "<title>{}</title>{}</svg>"
    ).format(title, _WIDTH, height, title, Markup("").join(parts))


def _text(x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="currentColor">{}</text>').format(
        x, y, anchor, text
    )


def _guide(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<path d="M{:.1f} {:.1f}L{:.1f} {:.1f}" stroke="#888" opacity=".4"/>').format(
        x1, y1, x2, y2
    )


def _dot(x: float, y: float, radius: int, colour: str, label: str) -> Markup:
    return Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}"><title>{}</title></circle>').format(
        x, y, radius, colour, label
    )
