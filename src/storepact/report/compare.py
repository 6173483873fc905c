"""The comparison of two runs: text for a terminal, Markdown, and a page."""

from __future__ import annotations

from functools import partial

from storepact.model.counts import many
from storepact.record.losses import group_losses
from storepact.record.store import dump
from storepact.record.values import (
    Comparison,
    RunSummary,
)
from storepact.report.comparison_text import (
    ITEMS_LISTED,
    SectionKind,
    headline,
    sections,
    unexplained_changes,
)
from storepact.report.escape import neutralize_ci
from storepact.report.markdown import code_block, plain
from storepact.report.page import render_page
from storepact.report.terminal import wrap
from storepact.report.wording import join_some, moment


def render(comparison: Comparison, width: int = 100) -> str:
    """Text for a terminal, wrapped at `width` columns; the headline is the last line."""
    lines: list[str] = []
    for section in sections(comparison):
        lines += wrap(f"{section.title} ({len(section.lines)}):", width)
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
                join_some(change.places, ITEMS_LISTED),
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
                join_some([part.operation for part in group], ITEMS_LISTED),
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
        losses_listed=ITEMS_LISTED,
    )


def render_files(comparison: Comparison, report: str = "") -> dict[str, str]:
    """Every rendering, by the name of its file; `report` is the address of the run's report.html."""
    return {
        "compare.json": dump(comparison),
        "compare.md": render_markdown(comparison),
        "compare.html": render_html(comparison, report),
    }
