"""The summary of a run for a terminal or a pipe."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from storepact.model.case import TOKEN_VARIABLE
from storepact.model.counts import many
from storepact.model.finding import Severity
from storepact.model.outcome import Verdict
from storepact.record.values import Cause, Finding, Record
from storepact.report import comparison_text, finding_text, limits, wording
from storepact.report.consumers import consumer_results
from storepact.report.escape import escape_control, neutralize_ci
from storepact.report.format import RenderOptions
from storepact.report.gaps import group_gaps

_VERDICT_STYLES = {
    Verdict.CONFORMS: "bold green",
    Verdict.BROKEN: "bold red",
    Verdict.UNDETERMINED: "bold yellow",
}
_SEVERITY_STYLES = {Severity.CRITICAL: "bold red", Severity.ERROR: "red", Severity.WARNING: "yellow"}

#: Causes, and lines of a section of the comparison, that are printed.
_LIMIT = 10


def render(record: Record, options: RenderOptions) -> str:
    """What was found in full, what changed, what was not verified; causes and verdict end the text."""
    out = _Writer(options)
    if options.quiet:
        _write_verdict(record, options, out)
        return out.text
    findings = {finding.fingerprint: finding for finding in record.findings}
    causes = wording.causes_to_read(record)
    for cause in causes if options.verbose else causes[:_LIMIT]:
        _write_finding(findings[cause.id], cause, record, out)
    _write_mock(record, out)
    _write_changes(record, out)
    _write_gaps(record, options, out)
    _write_consumers(record, out)
    for warning in (*limits.traffic(record), *wording.stale_acceptances(record), *record.reasons):
        out.write(warning, "yellow")
    out.write(wording.totals(record))
    place = f"; reports in {options.folder}/" if options.has_reports else ""
    out.write(f"{wording.provider(record)}{wording.circumstances(record)}{place}")
    _write_verdict(record, options, out)
    return out.text


def _write_verdict(record: Record, options: RenderOptions, out: _Writer) -> None:
    """The causes, and the verdict as the last line."""
    _write_causes(wording.causes_to_read(record), record, options, out)
    verdict = f"{record.verdict.upper()}: {wording.headline(record, names_first=False)}"
    out.write(verdict, _VERDICT_STYLES[record.verdict])


def _write_causes(causes: Sequence[Cause], record: Record, options: RenderOptions, out: _Writer) -> None:
    """A line for each cause, the worst first."""
    accepted = {finding.fingerprint for finding in record.findings if finding.accepted}
    listed = causes if options.verbose else causes[:_LIMIT]
    for cause in listed:
        note = " (accepted)" if accepted.issuperset(cause.fingerprints) else ""
        codes = ", ".join(cause.codes)
        text = (
            f"{cause.severity} {codes}{note}: {cause.title}; {wording.affects(cause.consumers)} [{cause.id}]"
        )
        out.write(text, "" if note else _SEVERITY_STYLES[cause.severity], hanging=2)
    if len(causes) > len(listed):
        page = options.folder / "report.html"
        place = f"all in {page}" if options.has_reports else "-v prints all"
        out.write(f"… and {many(len(causes) - len(listed), 'more cause')}, {place}")


def _write_consumers(record: Record, out: _Writer) -> None:
    for result in consumer_results(record):
        rest = f", {result.rest}" if result.rest else ""
        out.write(
            f"{result.consumer} {result.score}{rest}", "red" if result.failed else "yellow" if rest else ""
        )


class _Writer:
    """Collects styled lines, wrapped at the width of the terminal."""

    def __init__(self, options: RenderOptions) -> None:
        self._out = io.StringIO()
        self._console = Console(
            file=self._out,
            width=max(options.width, 20),
            force_terminal=options.color,
            no_color=not options.color,
            color_system="standard" if options.color else None,
            highlight=False,
        )

    @property
    def text(self) -> str:
        return self._out.getvalue()

    def write(self, text: str = "", style: str = "", indent: int = 0, hanging: int = 0) -> None:
        """Add lines, wrapped and indented; continuations of the first line by `hanging` columns more."""
        for line in escape_control(text).split("\n"):
            width = max(self._console.width - indent - hanging, 10)
            for number, piece in enumerate(Text(line, style=style).wrap(self._console, width)):
                piece.rstrip()
                text_line = Text(neutralize_ci(piece.plain), style=style)
                margin = " " * (indent + (hanging if number else 0))
                self._console.print(margin, text_line, sep="", soft_wrap=True)

    def write_command(self, text: str) -> None:
        """Add lines that can be pasted: indented, not wrapped."""
        for line in text.splitlines():
            self._console.print(Text(neutralize_ci(f"  {line}")), soft_wrap=True)


def _write_mock(record: Record, out: _Writer) -> None:
    """How the lines that reproduce findings can be pasted, where the target was the run's own mock."""
    command = wording.mock_to_start(record)
    if command and any(finding.curl for finding in record.findings):
        out.write("The mock of this run has ended. To start one for the curl lines above:")
        out.write_command(f"export {TOKEN_VARIABLE}=any-text; {command}")
        out.write()


def _write_changes(record: Record, out: _Writer) -> None:
    comparison = record.comparison
    if comparison is None:
        return
    base = wording.moment(comparison.base.started)
    out.write(f"Compared with the run of {base}: {comparison_text.headline(comparison)}", "bold")
    for section in comparison_text.sections(comparison):
        if section.kind in (comparison_text.SectionKind.NEW, comparison_text.SectionKind.STILL_FAILING):
            continue  # their findings are printed above
        out.write(f"{section.title} ({len(section.lines)}):", indent=2)
        for line in section.lines[:_LIMIT]:
            out.write(line, indent=4)
        if len(section.lines) > _LIMIT:
            out.write(f"and {len(section.lines) - _LIMIT} more, all in report.html", indent=4)
    out.write()


def _write_finding(finding: Finding, cause: Cause, record: Record, out: _Writer) -> None:
    out.write(
        f"{finding.code} {finding.check} [{finding.fingerprint}] {finding.severity}",
        _SEVERITY_STYLES[finding.severity],
    )
    out.write(f"{finding.operation}: {finding.message}", "bold", 2)
    for line in _details(finding, cause, record):
        out.write(line, indent=2)
    for number, step in finding_text.numbered_steps(finding):
        out.write(f"{number}. {step.does} → {step.answered}", indent=4)
    if finding.exchange:
        out.write(finding_text.request_line(finding), indent=2)
    out.write_command(finding.curl)
    out.write()


def _details(finding: Finding, cause: Cause, record: Record) -> list[str]:
    lines = [f"sent: {finding.mutation}"] if finding.mutation else []
    if finding.expected:
        lines += [f"expected {finding.expected}", f"got {finding.actual}"]
    lines.append(f"rule: {finding.rule}")
    if not wording.is_about_store(record):
        exchanges = many(finding.seen, "exchange")
        lines += [
            f"document: {finding_text.readable_location(finding, record.document)}",
            f"affects: {finding_text.consumers_of(finding)}; in {exchanges}",
        ]
    more = len(cause.fingerprints) - 1
    if more:
        where = f"{', '.join(cause.codes)} in {', '.join(cause.operations)}"
        lines.append(f"{many(more, 'more finding')} with the same cause: {where}")
    if finding_text.age(finding):
        lines.append(f"history: {finding_text.age(finding)}")
    if finding.accepted:
        lines.append(finding_text.acceptance(finding))
    return lines


def _write_gaps(record: Record, options: RenderOptions, out: _Writer) -> None:
    """What was not verified: a line for each kind of remedy, or everything."""
    groups = group_gaps(record)
    for gaps in groups:
        if not options.verbose:
            hint = " (-v lists all)" if gaps is groups[-1] else ""
            out.write(f"not verified: {gaps.summary}{hint}", "yellow", hanging=2)
            continue
        out.write(f"Not verified: {gaps.title}", "yellow")
        for reason, things in gaps.by_reason.items():
            out.write(f"{reason} ({len(things)}):", indent=2)
            for thing in things:
                out.write(thing, indent=4)
    if groups:
        out.write()
