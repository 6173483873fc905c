"""The comparison of two runs: text for a terminal, Markdown, and a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from storepact.model.outcome import Verdict
from storepact.record.losses import group_losses
from storepact.record.store import dump
from storepact.record.values import (
    Cause,
    ComparedCause,
    Comparison,
    FindingSummary,
    LatencyChange,
    Loss,
    RunSummary,
    ShapeChange,
)
from storepact.report.escape import neutralize_ci
from storepact.report.markdown import code_block, plain
from storepact.report.page import render_page
from storepact.report.terminal import wrap
from storepact.report.wording import affects, join_some, many, moment

#: Places and losses that are listed in a line.
_ITEMS_LISTED = 4


class SectionKind(StrEnum):
    """What a section of a comparison is about, in the order of the sections."""

    NEW = "new"
    BACK = "back"
    LOST = "lost"
    ACCEPTED = "accepted"
    FLAPPING = "flapping"
    STILL_FAILING = "still-failing"
    GONE = "gone"
    RESPONSES = "responses"
    LATENCY = "latency"
    SETTINGS = "settings"


_TITLES = {
    SectionKind.NEW: "New",
    SectionKind.BACK: "Back again (was there before, and gone in between)",
    SectionKind.LOST: "No longer exercised",
    SectionKind.ACCEPTED: "New and accepted",
    SectionKind.FLAPPING: "Flapping (came and went, at least three changes)",
    SectionKind.STILL_FAILING: "Still failing",
    SectionKind.GONE: "Gone",
    SectionKind.RESPONSES: "Responses changed",
    SectionKind.LATENCY: "Latency changed beyond noise (informative: machines differ)",
    SectionKind.SETTINGS: "The two runs tested differently",
}


@dataclass(frozen=True)
class Section:
    """A part of a comparison: a line for each item. New and recurring causes are there as values, too."""

    kind: SectionKind
    lines: tuple[str, ...]
    causes: tuple[ComparedCause, ...] = ()

    @property
    def title(self) -> str:
        """The heading of the section."""
        return _TITLES[self.kind]

    @property
    def commands(self) -> tuple[str, ...]:
        """For each line the curl lines that reproduce it, or an empty text."""
        return tuple(cause.curl for cause in self.causes) or ("",) * len(self.lines)


def sections(comparison: Comparison) -> tuple[Section, ...]:
    """The sections of a comparison that are not empty."""
    new = (SectionKind.NEW, comparison.causes), (SectionKind.BACK, comparison.back)
    lines: dict[SectionKind, Sequence[str]] = {
        SectionKind.LOST: [describe_losses(group) for group in group_losses(comparison.apart)],
        SectionKind.ACCEPTED: _causes(comparison.accepted_causes, comparison.accepted),
        SectionKind.FLAPPING: [_cause(cause) for cause in comparison.flapped],
        SectionKind.STILL_FAILING: _causes(comparison.still_causes, comparison.still),
        SectionKind.GONE: [_cause(cause) for cause in comparison.ended],
        SectionKind.RESPONSES: list(response_changes(comparison)),
        SectionKind.LATENCY: [_latency_change(change) for change in comparison.slower],
        SectionKind.SETTINGS: [*_settings(comparison)],
    }
    every = [
        *(
            Section(kind, tuple(_cause(cause, cause.lost) for cause in causes), causes)
            for kind, causes in new
        ),
        *(Section(kind, tuple(texts)) for kind, texts in lines.items()),
    ]
    return tuple(section for section in every if section.lines)


def headline(comparison: Comparison) -> str:
    """What changed, in one line that begins with the answer."""
    if comparison.regression:
        return _regression(comparison)
    if comparison.run.verdict is Verdict.UNDETERMINED:
        why = comparison.run.why or "something could not be tested"
        return f"The run is undetermined, so nothing is known about changes: {why}"
    counts = (
        (len(comparison.gone), "finding", "gone"),
        (len(comparison.flapping), "finding", "flapping"),
        (len(comparison.accepted), "new finding", "accepted"),
        (len(response_changes(comparison)), "change", "of responses"),
        (len(comparison.slower), "latency", "changed"),
    )
    changes = [f"{many(count, noun)} {rest}" for count, noun, rest in counts if count]
    return f"No regression; {', '.join(changes)}." if changes else "Nothing changed."


def _regression(comparison: Comparison) -> str:
    parts = []
    if comparison.causes:
        findings = many(len(comparison.new), "finding")
        parts.append(f"{many(len(comparison.causes), 'new cause')} ({findings})")
    if comparison.back:
        parts.append(f"{many(len(comparison.back), 'cause')} back again")
    if comparison.apart or (comparison.lost and not comparison.causes):
        lost = comparison.apart or comparison.lost
        parts.append(f"{many(len(group_losses(lost)), 'item')} no longer exercised")
    causes = (*comparison.causes, *comparison.back)
    consumers = sorted({name for cause in causes for name in cause.consumers})
    return f"Regression: {' and '.join(parts)}{f'; {affects(consumers)}' if causes else ''}."


def _settings(comparison: Comparison) -> Iterator[str]:
    for name in comparison.differs:
        yield f"{name} {'differ' if name == 'suites' else 'differs'}"
    if comparison.out_of_reach:
        rows = ", ".join(f"{loss.operation} {loss.status}" for loss in comparison.out_of_reach)
        if comparison.base.target == "mock":
            yield f"only a mock can be brought to what the base exercised: {rows}"
        else:
            yield f"depends on other requests at the same moment, and was in the base only: {rows}"
    if comparison.not_asked:
        yield f"the run did not run the suites {', '.join(comparison.not_asked)}, which the base did"


def _latency_change(change: LatencyChange) -> str:
    return f"{change.operation}: p95 {change.before:g} → {change.now:g} ms"


def _cause(cause: Cause, lost: Sequence[Loss] = ()) -> str:
    where = f"{', '.join(cause.codes)} in {', '.join(cause.operations)}; {affects(cause.consumers)}"
    if lost:
        rows = (f"{loss.operation} {loss.status} {loss.member}".strip() for loss in lost[:_ITEMS_LISTED])
        where += f"; no longer exercised with it: {', '.join(rows)}"
    more = len(cause.fingerprints) - 1
    return f"{cause.title} ({where}) [{cause.id}{f' and {more} more' if more else ''}]"


def _finding(finding: FindingSummary) -> str:
    return f"{finding.operation}: {finding.message} ({finding.code}) [{finding.fingerprint}]"


def _causes(causes: Sequence[Cause], findings: Sequence[FindingSummary]) -> list[str]:
    """A line for each cause; for each finding where an earlier version did not group them."""
    return [_cause(cause) for cause in causes] or [_finding(finding) for finding in findings]


def describe_losses(group: Sequence[Loss]) -> str:
    """A line for one loss, or for those of one member."""
    loss, count = group[0], sum(loss.was for loss in group)
    before = f"received {many(count, 'time')} before" if count else "sent before"
    if len(group) == 1:
        place = " ".join(part for part in (loss.operation, loss.status, loss.member) if part)
        return f"{place}: {loss.what}, {before}"
    places = [f"{part.operation} {part.status}".strip() for part in group]
    member = loss.member.removeprefix("/items/*")
    return f"{member}: {loss.what}, {before}, in {join_some(places, _ITEMS_LISTED)}"


def unexplained_changes(comparison: Comparison) -> list[ShapeChange]:
    """The changes of responses that no new cause is about."""
    causes = (*comparison.causes, *comparison.back)
    explained = {member for cause in causes for member in cause.members}
    return [change for change in comparison.drift if change.where not in explained]


def response_changes(comparison: Comparison) -> tuple[str, ...]:
    """A line for each member, header or status whose responses changed, unless a new cause is about it."""
    groups: dict[str, list[ShapeChange]] = {}
    for change in unexplained_changes(comparison):
        groups.setdefault(change.where, []).append(change)
    return tuple(_shape_changes(where, changes) for where, changes in groups.items())


def _shape_changes(where: str, changes: Sequence[ShapeChange]) -> str:
    if len(changes) == 1:
        return _shape_change(changes[0])
    parts: dict[str, list[str]] = {}
    for change in changes:
        detail = f" ({change.detail})" if change.detail else ""
        parts.setdefault(f"{change.what}{detail}", []).extend(change.places)
    if len({tuple(places) for places in parts.values()}) == 1:
        return f"{where}: {', '.join(parts)} in {join_some(changes[0].places, _ITEMS_LISTED)}"
    texts = (f"{text} in {join_some(places, _ITEMS_LISTED)}" for text, places in parts.items())
    return f"{where}: {'; '.join(texts)}"


def _shape_change(change: ShapeChange) -> str:
    places = join_some(change.places, _ITEMS_LISTED)
    if change.what == "new member":
        adverb = "also" if change.detail == "always" else "sometimes"
        return f"the provider now {adverb} sends {change.where} in {places}"
    if change.what == "new status":
        return f"new status: {change.where}, never received before, in {places}"
    detail = f" ({change.detail})" if change.detail else ""
    return f"{change.what}: {change.where}{detail} in {places}"


def render(comparison: Comparison, width: int = 100) -> str:
    """Text for a terminal, wrapped at `width` columns; the headline is the last line."""
    lines: list[str] = []
    for section in sections(comparison):
        lines.append(f"{section.title} ({len(section.lines)}):")
        for text, command in zip(section.lines, section.commands, strict=True):
            lines += wrap(text, width, "  ", "    ")
            lines += [f"    {line}" for line in command.splitlines()]  # not wrapped, so that it can be pasted
        lines.append("")
    lines += wrap(_run("base", comparison.base), width) + wrap(_run("run", comparison.run), width)
    lines += wrap(headline(comparison), width)
    return neutralize_ci("\n".join(lines)) + "\n"


def render_titles(comparison: Comparison, width: int) -> str:
    """The causes that are new or back, a line for each, and the headline."""
    titles = [
        f"{kind}: {cause.title} [{cause.id}]"
        for kind, causes in (("new", comparison.causes), ("back", comparison.back))
        for cause in causes
    ]
    lines = [line for text in (*titles, headline(comparison)) for line in wrap(text, width, "", "  ")]
    return neutralize_ci("\n".join(lines)) + "\n"


def _run(name: str, run: RunSummary) -> str:
    return f"{name} of {run.started}: {run.target}, {run.verdict}, {many(run.findings, 'finding')}"


def render_markdown(comparison: Comparison) -> str:
    """Markdown for a pull request; the headline is the first line."""
    sign = "❌" if comparison.regression else "✅"
    lines = [f"## {sign} storepact compare: {plain(headline(comparison))}", ""]
    for section in sections(comparison):
        lines += [f"### {section.title} ({len(section.lines)})", ""]
        for text, command in zip(section.lines, section.commands, strict=True):
            lines.append(f"- {plain(text)}")
            if command:
                lines += ["", *(f"  {line}" for line in code_block(command)), ""]
        lines.append("")
    lines.append(f"Base of {comparison.base.started}, run of {comparison.run.started}.")
    return "\n".join(lines) + "\n"


def _runs(comparison: Comparison) -> list[tuple[str, str, str]]:
    """What the two runs were: a name, the base's value, the run's."""
    base, run = comparison.base, comparison.run
    return [
        ("begun", moment(base.started), moment(run.started)),
        ("target", base.target, run.target),
        ("verdict", str(base.verdict), str(run.verdict)),
        ("findings", f"{base.findings:,}", f"{run.findings:,}"),
        ("exchanges", f"{base.exchanges_total:,}", f"{run.exchanges_total:,}"),
        ("document", base.document, run.document),
        ("seed", str(base.seed), str(run.seed)),
        ("profile", base.profile, run.profile),
    ]


def _old_and_new(comparison: Comparison, kind: SectionKind) -> list[tuple[str, str, str, str]]:
    """What changed, the old value, the new one, and where; for sections that are tables."""
    if kind is SectionKind.RESPONSES:
        return [
            (
                f"{change.what}: {change.where}",
                change.before or "–",
                change.now or change.detail or "–",
                join_some(change.places, _ITEMS_LISTED),
            )
            for change in unexplained_changes(comparison)
        ]
    if kind is SectionKind.LATENCY:
        return [
            ("p95", f"{change.before:g} ms", f"{change.now:g} ms", change.operation)
            for change in comparison.slower
        ]
    if kind is SectionKind.LOST:
        return [
            (
                " ".join(filter(None, (loss.what, loss.status, loss.member.removeprefix("/items/*")))),
                many(sum(part.was for part in group), "time") if loss.was else "sent",
                "never",
                join_some([part.operation for part in group], _ITEMS_LISTED),
            )
            for group in group_losses(comparison.apart)
            for loss in group[:1]
        ]
    return []


def render_html(comparison: Comparison, report: str = "") -> str:
    """A page in one file, nothing from the network; `report` is the address of the run's report.html."""
    return render_page(
        "compare.html.j2",
        report=report,
        runs=_runs(comparison),
        old_and_new=partial(_old_and_new, comparison),
        comparison=comparison,
        headline=headline(comparison),
        sections=sections(comparison),
        losses_listed=_ITEMS_LISTED,
    )


def render_files(comparison: Comparison, report: str = "") -> dict[str, str]:
    """Every rendering, by the name of its file; `report` is the address of the run's report.html."""
    return {
        "compare.json": dump(comparison),
        "compare.md": render_markdown(comparison),
        "compare.html": render_html(comparison, report),
    }
