"""The comparison of two releases: lines for a terminal, and Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from storepact.record.values.twin import TwinCause, TwinRecord
from storepact.report.markdown import plain
from storepact.report.wording import many

_MOST_PLACES = 4


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
    counts = [
        f"{number} {kind}"
        for kind in ("breaking", "compatible", "cosmetic")
        if (number := sum(cause.breaks == kind for cause in record.causes))
    ]
    if record.findings:
        counts.append(many(len(record.findings), "new finding"))
    differences = ", ".join(counts) or "no difference"
    stories = many(record.stories, "story")
    return f"{record.target} against {record.against}: {differences} in {stories}"


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
