"""The comparison of two releases: lines for a terminal, Markdown, and a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from storepact.model.counts import many
from storepact.model.values import lean_value
from storepact.record.store import dump
from storepact.record.values.twin import Breaks, TwinCause, TwinRecord
from storepact.report.markdown import plain
from storepact.report.page import render_page

_MOST_PLACES = 4

#: What differences break, in the order of the sections.
_ORDER: tuple[Breaks, ...] = get_args(Breaks)


@lean_value(frozen=True)
class Section:
    """Differences that break the same."""

    title: str
    causes: tuple[TwinCause, ...]


def lines(record: TwinRecord) -> Iterator[str]:
    """Yield the causes, the worst first, the findings, and the result as the last line."""
    for cause in record.causes:
        yield f"{cause.breaks}: {cause.what} [{cause.rule}]"
        yield f"  in {_places(cause)}; {many(cause.times, 'answer')}; for example {cause.examples[0]}"
        if cause.consumers:
            yield f"  affects: {', '.join(cause.consumers)}"
    yield from _notes(record)
    yield result(record)


def titles(record: TwinRecord) -> Iterator[str]:
    """Yield a line for each cause, and the result."""
    yield from (f"{cause.breaks}: {cause.what} [{cause.rule}]" for cause in record.causes)
    yield result(record)


def _notes(record: TwinRecord) -> Iterator[str]:
    """The findings that only the target has, and the stories that were not compared."""
    for finding in record.findings:
        yield f"finding of {record.target} only: {finding.code} {finding.operation}: {finding.message}"
    if record.left_out:
        yield f"not compared, as they did not run on both: {', '.join(record.left_out)}"


def result(record: TwinRecord) -> str:
    """The line that says how the two differ."""
    return f"{record.target} against {record.against}: {_counts(record)}"


def _counts(record: TwinRecord) -> str:
    """How many differences of which kind there are, in how many stories."""
    counts = [f"{len(section.causes)} {section.title.lower()}" for section in _sections(record)]
    if record.findings:
        counts.append(many(len(record.findings), "new finding"))
    return f"{', '.join(counts) or 'no difference'} in {many(record.stories, 'story')}"


def _sections(record: TwinRecord) -> tuple[Section, ...]:
    """The causes by what they break; none is empty."""
    sections = (
        Section(kind.capitalize(), tuple(cause for cause in record.causes if cause.breaks == kind))
        for kind in _ORDER
    )
    return tuple(section for section in sections if section.causes)


def _places(cause: TwinCause) -> str:
    names = dict.fromkeys(f"{place.operation} {place.status}".strip() for place in cause.places)
    listed = list(names)[:_MOST_PLACES]
    more = len(names) - len(listed)
    return ", ".join(listed) + (f" and {more} more" if more else "")


def render_markdown(record: TwinRecord) -> str:
    """Return the page twin.md."""
    page = [
        f"# {plain(result(record))}",
        "",
        "| class | difference | in | answers | affects | for example |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for cause in record.causes:
        cells = (
            cause.breaks,
            cause.what,
            _places(cause),
            str(cause.times),
            ", ".join(cause.consumers),
            "; ".join(cause.examples),
        )
        page.append(f"| {' | '.join(plain(cell) for cell in cells)} |")
    page += ["", *(f"- {plain(line)}" for line in _notes(record))]
    return "\n".join([*page, ""])


def render_html(record: TwinRecord) -> str:
    """Return the page twin.html, in one file, with nothing from the network."""
    breaking = any(cause.breaks == "breaking" for cause in record.causes)
    titles = {True: "Breaking differences", False: "No breaking difference"}
    counts = _counts(record)
    return render_page(
        "twin.html.j2",
        record=record,
        breaking=breaking,
        title=titles[breaking],
        counts=counts[:1].upper() + counts[1:],
        sections=_sections(record),
        places=_places,
    )


def render_files(record: TwinRecord) -> dict[str, str]:
    """Every rendering, by the name of its file."""
    return {
        "twin.json": dump(record),
        "twin.md": render_markdown(record),
        "twin.html": render_html(record),
    }
