"""The comparison with the published document: text for a terminal, Markdown, and a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from storepact.model.counts import many
from storepact.model.values import lean_value
from storepact.record.store import dump
from storepact.record.values import Decision, DriftDifference, DriftOmission, DriftPlace, DriftRecord
from storepact.report.finding_text import readable_pointer
from storepact.report.markdown import plain
from storepact.report.page import render_page
from storepact.report.terminal import wrap
from storepact.report.wording import affects, join_some

#: What differences break, in the order of the sections.
_ORDER = ("breaking for consumers", "breaking for providers", "compatible", "cosmetic")

#: Places of a difference, and unused entries, that are listed.
_ITEMS_LISTED = 3

#: Characters of a change that are shown.
_CHANGE_CHARACTERS = 80


@lean_value(frozen=True)
class Section:
    """Differences that break the same, or that one decision explains."""

    title: str
    differences: tuple[DriftDifference, ...]
    is_explained: bool = False
    note: str = ""
    decision: Decision | None = None
    """The text of the decision, where the record has it."""


#: Said once, before the differences that break providers.
_PROVIDERS_NOTE = (
    "The published document promises more than ours: no consumer breaks, but a provider that does what ours "
    "describes may no longer do what is published."
)


def headline(drift: DriftRecord) -> str:
    """How the two documents differ, in one line that begins with the answer."""
    if not drift.differences:
        where = f" in what is compared: {count_omissions(drift)}" if drift.not_compared else ""
        return f"No differences{where}."
    explained = sum(1 for difference in drift.differences if difference.decision)
    counts = f"{many(len(drift.differences), 'difference')}, {explained} explained by decisions"
    if drift.not_compared:
        counts += f"; {count_omissions(drift)}"
    if not drift.breaking:
        return f"No unexplained breaking changes: {counts}."
    breaking = many(drift.breaking, "unexplained breaking change")
    return f"Drift: {breaking}; {affects(drift.consumers)} ({counts})."


def count_omissions(drift: DriftRecord) -> str:
    """How many differences were found in what is not compared."""
    return f"{many(sum(item.count for item in drift.not_compared), 'difference')} in what is not compared"


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
            note=_PROVIDERS_NOTE if breaks == _ORDER[1] else "",
        )
        for breaks in _ORDER
    ]
    decisions = {difference.decision for difference in drift.differences} - {""}
    explained = [
        Section(
            f"Explained by {_name_decision(drift, decision)}",
            _explained_by(drift, decision),
            is_explained=True,
            decision=drift.decisions.get(decision),
        )
        for decision in sorted(decisions, key=lambda name: (len(name), name))
    ]
    return tuple(section for section in (*unexplained, *explained) if section.differences)


def _name_decision(drift: DriftRecord, number: str) -> str:
    decision = drift.decisions.get(number)
    return f"{number}: {decision.title}" if decision else number


def _explained_by(drift: DriftRecord, decision: str) -> tuple[DriftDifference, ...]:
    differences = [difference for difference in drift.differences if difference.decision == decision]
    return tuple(sorted(differences, key=lambda difference: (difference.rule, difference.where)))


def describe(
    difference: DriftDifference, *, short: bool = False, documents: tuple[str, str] = ("", "")
) -> str:
    """A difference in a sentence; a short one leaves out its places, lines and the affected consumers.

    `documents` are the names of ours and theirs.
    """
    where = f"{difference.where}: " if difference.where else ""
    name = f"{difference.rule} {difference.fingerprint}".strip()
    text = f"{where}{difference.says}{_change(difference)} [{name}]"
    if short:
        return text
    titles = list(dict.fromkeys(place.title for place in difference.places if place.title))
    start = f"{titles[0]}: " if titles else ""
    text = f"{start}{text} in {join_some(list(dict.fromkeys(map(_place, difference.places))), _ITEMS_LISTED)}"
    if len(titles) > 1:
        text += f" ({many(len(titles), 'operation')})"
    text += _lines(difference, documents)
    return f"{text}; {affects(difference.consumers)}" if difference.breaking else text


def _lines(difference: DriftDifference, documents: tuple[str, str]) -> str:
    """Where both documents describe the place: file and line."""
    places = [
        f"{name} {document}:{line}" if document else f"{name} line {line}"
        for name, document, line in zip(
            ("our", "their"), documents, (difference.line, difference.their_line), strict=True
        )
        if line
    ]
    return f"; {', '.join(places)}" if places else ""


def _change(difference: DriftDifference) -> str:
    was, now = difference.was or difference.ours, difference.now or difference.theirs
    if not was and not now:
        return ""
    return f": was {_shorten(was)}, is now {_shorten(now)}"


def _shorten(text: str) -> str:
    text = " ".join(text.split()) or "nothing"
    return text if len(text) <= _CHANGE_CHARACTERS else f"{text[: _CHANGE_CHARACTERS - 1]}…"


def _place(place: DriftPlace) -> str:
    part = place.status or ("" if place.part == "operation" else place.part)
    return " ".join(name for name in (place.operation, part) if name) or "the document"


def render(drift: DriftRecord, width: int = 100) -> str:
    """Text for a terminal, wrapped at `width` columns: explained differences in short.

    The headline is the first line, and the last one, which stays visible.
    """
    lines: list[str] = [*wrap(headline(drift), width), ""] if drift.differences else []
    documents = (drift.ours, drift.published)
    for section in sorted(sections(drift), key=lambda section: not section.is_explained):
        lines += wrap(f"{section.title} ({len(section.differences)}):", width)
        lines += wrap(section.note, width, "  ", "  ") if section.note else []
        for difference in section.differences:
            text = describe(difference, short=section.is_explained, documents=documents)
            lines += wrap(text, width, "  ", "    ")
        lines.append("")
    lines += [line for item in drift.not_compared for line in wrap(f"not compared: {_omission(item)}", width)]
    lines += [""] if drift.not_compared else []
    if drift.unused:
        lines += [
            *wrap(f"no longer needed in disagreements.yaml: {_unused_entries(drift.unused)}", width),
            "",
        ]
    lines += wrap(headline(drift), width)
    return "\n".join(lines) + "\n"


def render_titles(drift: DriftRecord, width: int) -> str:
    """The breaking differences that no decision explains, a line for each, and the headline."""
    titles = [
        describe(difference, short=True)
        for difference in drift.differences
        if difference.breaking and not difference.decision
    ]
    lines = [line for text in (*titles, headline(drift)) for line in wrap(text, width, "", "  ")]
    return "\n".join(lines) + "\n"


def _omission(item: DriftOmission) -> str:
    places = [readable_pointer(pointer) for pointer in item.pointers]
    return f"{item.what}: {join_some(places, _ITEMS_LISTED)}{_rest(item)}"


def _rest(item: DriftOmission) -> str:
    more = item.count - len(item.pointers)
    return f" ({item.count} in all)" if more > 0 else ""


def _unused_entries(entries: Sequence[str]) -> str:
    more = len(entries) - _ITEMS_LISTED
    rest = f" and {more} more, all of them with --json" if more > 0 else ""
    return "; ".join(entries[:_ITEMS_LISTED]) + rest


def render_markdown(drift: DriftRecord) -> str:
    """Markdown for a pull request; the headline is the first line."""
    sign = "❌" if drift.breaking else "✅"
    lines = [f"## {sign} storepact drift: {plain(headline(drift))}", ""]
    for section in sections(drift):
        items = [
            f"- {plain(describe(difference, documents=(drift.ours, drift.published)))}"
            for difference in section.differences
        ]
        if section.is_explained:
            title = plain(section.title.replace("`", ""))
            summary = f"<details><summary>{title} ({len(items)})</summary>"
            lines += [summary, "", *items, "", "</details>", ""]
        else:
            note = [section.note, ""] if section.note else []
            lines += [f"### {section.title} ({len(items)})", "", *note, *items, ""]
    if drift.not_compared:
        items = [f"- {plain(_omission(item))}" for item in drift.not_compared]
        lines += [f"### Not compared ({len(items)})", "", *items, ""]
    lines.append(f"Ours is {plain(drift.ours)}, published is {plain(drift.published)}.")
    return "\n".join(lines) + "\n"


@lean_value(frozen=True)
class Row:
    """A difference as a row of a table."""

    where: str
    what: str
    old: str
    new: str
    lines: str
    consumers: str
    name: str


def row(difference: DriftDifference, documents: tuple[str, str] = ("", "")) -> Row:
    """A difference with what ours says and what the published document says; names of both documents."""
    where = join_some(list(dict.fromkeys(map(_place, difference.places))), _ITEMS_LISTED)
    return Row(
        where=f"{difference.where} in {where}" if difference.where else where,
        what=difference.says,
        old=difference.was or difference.ours or "nothing",
        new=difference.now or difference.theirs or "nothing",
        lines=_lines(difference, documents).removeprefix("; "),
        consumers=", ".join(difference.consumers) if difference.breaking else "",
        name=f"{difference.rule} {difference.fingerprint}".strip(),
    )


def render_html(drift: DriftRecord, report: str = "") -> str:
    """A page in one file, nothing from the network; `report` is the address of a run's report.html."""
    return render_page(
        "drift.html.j2",
        drift=drift,
        report=report,
        headline=headline(drift),
        sections=sections(drift),
        row=partial(row, documents=(drift.ours, drift.published)),
        omission=_omission,
    )


def render_files(drift: DriftRecord, report: str = "") -> dict[str, str]:
    """Every rendering, by the name of its file; `report` is the address of a run's report.html."""
    return {
        "drift.json": dump(drift),
        "drift.md": render_markdown(drift),
        "drift.html": render_html(drift, report),
    }
