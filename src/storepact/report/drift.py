"""The comparison with the published document: text for a terminal, Markdown, and a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storepact.record.store import dump
from storepact.record.values import DriftDifference, DriftPlace, DriftRecord
from storepact.report.markdown import plain
from storepact.report.page import render_page
from storepact.report.terminal import wrap
from storepact.report.wording import affects, join_some, many

#: What differences break, in the order of the sections.
_ORDER = ("breaking for consumers", "breaking for providers", "compatible", "cosmetic")

#: Places of a difference, and unused entries, that are listed.
_ITEMS_LISTED = 3

#: Characters of a change that are shown.
_CHANGE_CHARACTERS = 160


@dataclass(frozen=True)
class Section:
    """Differences that break the same, or that one decision explains."""

    title: str
    differences: tuple[DriftDifference, ...]
    is_explained: bool = False


def headline(drift: DriftRecord) -> str:
    """How the two documents differ, in one line that begins with the answer."""
    if not drift.differences:
        return "The published document and ours are the same."
    explained = sum(1 for difference in drift.differences if difference.decision)
    counts = f"{many(len(drift.differences), 'difference')}, {explained} explained by decisions"
    if not drift.breaking:
        return f"No unexplained breaking changes: {counts}."
    breaking = many(drift.breaking, "unexplained breaking change")
    return f"Drift: {breaking}; {affects(drift.consumers)} ({counts})."


def sections(drift: DriftRecord) -> tuple[Section, ...]:
    """Unexplained differences by what they break, then explained ones by decision; none is empty."""
    unexplained = [
        Section(
            breaks[:1].upper() + breaks[1:],
            tuple(
                difference
                for difference in drift.differences
                if difference.breaks == breaks and not difference.decision
            ),
        )
        for breaks in _ORDER
    ]
    decisions = {difference.decision for difference in drift.differences} - {""}
    explained = [
        Section(f"Explained by {decision}", _explained_by(drift, decision), is_explained=True)
        for decision in sorted(decisions, key=lambda name: (len(name), name))
    ]
    return tuple(section for section in (*unexplained, *explained) if section.differences)


def _explained_by(drift: DriftRecord, decision: str) -> tuple[DriftDifference, ...]:
    differences = [difference for difference in drift.differences if difference.decision == decision]
    return tuple(sorted(differences, key=lambda difference: (difference.rule, difference.where)))


def describe(difference: DriftDifference, *, short: bool = False) -> str:
    """A difference in a sentence; a short one leaves out its places, our line and the affected consumers."""
    where = f"{difference.where}: " if difference.where else ""
    text = f"{where}{difference.says}{_change(difference)} [{difference.rule}]"
    if short:
        return text
    text += f" in {join_some([_place(place) for place in difference.places], _ITEMS_LISTED)}"
    if difference.line:
        text += f"; our line {difference.line}"
    return f"{text}; {affects(difference.consumers)}" if difference.breaking else text


def _change(difference: DriftDifference) -> str:
    if not difference.ours and not difference.theirs:
        return ""
    text = " ".join(f": {difference.ours or 'nothing'} → {difference.theirs or 'nothing'}".split())
    return text if len(text) <= _CHANGE_CHARACTERS else f"{text[: _CHANGE_CHARACTERS - 1]}…"


def _place(place: DriftPlace) -> str:
    part = place.status or ("" if place.part == "operation" else place.part)
    return " ".join(name for name in (place.operation, part) if name) or "the document"


def render(drift: DriftRecord, width: int = 100) -> str:
    """Text for a terminal, wrapped at `width` columns: explained differences in short, the headline last."""
    lines: list[str] = []
    for section in sorted(sections(drift), key=lambda section: not section.is_explained):
        lines.append(f"{section.title} ({len(section.differences)}):")
        for difference in section.differences:
            lines += wrap(describe(difference, short=section.is_explained), width, "  ", "    ")
        lines.append("")
    if drift.unused:
        lines += [
            *wrap(f"no longer needed in disagreements.yaml: {_unused_entries(drift.unused)}", width),
            "",
        ]
    lines += wrap(headline(drift), width)
    return "\n".join(lines) + "\n"


def _unused_entries(entries: Sequence[str]) -> str:
    more = len(entries) - _ITEMS_LISTED
    rest = f" and {more} more, all of them with --json" if more > 0 else ""
    return "; ".join(entries[:_ITEMS_LISTED]) + rest


def render_markdown(drift: DriftRecord) -> str:
    """Markdown for a pull request; the headline is the first line."""
    sign = "❌" if drift.breaking else "✅"
    lines = [f"## {sign} storepact drift: {plain(headline(drift))}", ""]
    for section in sections(drift):
        items = [f"- {plain(describe(difference))}" for difference in section.differences]
        if section.is_explained:
            summary = f"<details><summary>{section.title}: {len(items)}</summary>"
            lines += [summary, "", *items, "", "</details>", ""]
        else:
            lines += [f"### {section.title} ({len(items)})", "", *items, ""]
    lines.append(f"Ours is {plain(drift.ours)}, published is {plain(drift.published)}.")
    return "\n".join(lines) + "\n"


def render_html(drift: DriftRecord) -> str:
    """A page in one file, nothing from the network."""
    return render_page(
        "drift.html.j2", drift=drift, headline=headline(drift), sections=sections(drift), describe=describe
    )


def render_files(drift: DriftRecord) -> dict[str, str]:
    """Every rendering, by the name of its file."""
    return {
        "drift.json": dump(drift),
        "drift.md": render_markdown(drift),
        "drift.html": render_html(drift),
    }
