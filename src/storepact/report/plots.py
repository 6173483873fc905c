"""Plots as inline SVG: no script, no network, colours of the page around them."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

#: Colours that can be told apart in light and dark, also by most who see colours differently.
_COLORS = ("#56b4e9", "#0072b2", "#e69f00", "#d55e00")

#: What the library adds for its own script, and the day on which it drew: neither is part of the picture.
_ADDED = re.compile(r"<!--.*?-->|<script.*?</script>", re.DOTALL)

#: The library's own rules for moving colours, which would speak to nobody here.
_NAMESPACES = re.compile(r' xmlns:xlink="[^"]*"')


def latency(told: Mapping[str, Mapping[str, Any]]) -> Markup:
    """Percentiles of each operation, in milliseconds."""
    chart = _library().Bar(
        **_options("latency", 90 + 34 * len(told)), x_title=None, y_title="milliseconds", logarithmic=False
    )
    chart.x_labels = list(told)
    for name in ("p50", "p90", "p95", "p99"):
        chart.add(
            name,
            [{"value": each[name], "label": f"{name} of {operation}"} for operation, each in told.items()],
        )
    return _inline(chart, "latency", "Latency percentiles of each operation in milliseconds")


def lines(
    name: str, title: str, labels: Sequence[str], values: Sequence[float], most: float | None = None
) -> Markup:
    """Values over runs, as a line that begins at 0; `most` is the highest value that there can be."""
    top = most or max([*values, 1])
    chart = _library().Line(
        **{**_options(name, 230), "show_legend": False},
        range=(0, top),
        show_dots=len(labels) < 60,
        show_minor_x_labels=False,
        y_labels=[round(top * share / 4, 1) for share in range(5)],
    )
    step = max(1, -(-len(labels) // 7))
    chart.x_labels = list(labels)
    chart.x_labels_major = list(labels)[::step]
    chart.add(title, list(values))
    return _inline(chart, name, title)


def _library() -> Any:
    """The library, without the import hook for maps that it puts into every process that loads it."""
    import pygal

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]
    return pygal


def _options(name: str, height: int) -> dict[str, Any]:
    from pygal.style import Style

    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="currentColor",
        foreground_strong="currentColor",
        foreground_subtle="#88888866",
        guide_stroke_color="#88888866",
        major_guide_stroke_color="#88888866",
        opacity=".85",
        transition="0s",
        colors=_COLORS,
        font_family="system-ui, sans-serif",
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        title_font_size=14,
    )
    return {
        "style": style,
        "js": (),
        "disable_xml_declaration": True,
        "width": 900,
        "height": max(height, 260),
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 4,
        "margin": 8,
        "show_y_guides": True,
        "explicit_size": False,
        "truncate_label": -1,
        "truncate_legend": -1,
        "value_formatter": lambda value: f"{value:,.1f}",
    }


def _inline(chart: Any, name: str, title: str) -> Markup:
    chart.uuid = name  # in place of a random one: the same record makes the same bytes
    svg = _NAMESPACES.sub("", _ADDED.sub("", chart.render(is_unicode=True)))
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1))
