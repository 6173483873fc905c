"""summary.md: GitHub's Markdown for a pull request or a job's summary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from storepact.model.counts import many
from storepact.model.outcome import Verdict
from storepact.record.values import Cause, Finding, Record
from storepact.report import body_diff, finding_text, limits, wording
from storepact.report.escape import escape_control
from storepact.report.format import RenderOptions

#: The sign that a heading has for each verdict.
SIGNS = {Verdict.CONFORMS: "✅", Verdict.BROKEN: "❌", Verdict.UNDETERMINED: "❔"}

#: Characters that GitHub accepts in a comment, less some for what a job adds.
CHARACTER_LIMIT = 60_000

#: Causes that are described in detail: the first number with which the summary is short enough.
_DETAILED_CAUSES = (20, 10, 5, 2, 0)

#: Rows of the table of causes.
_TABLE_ROWS = 50

#: Items that are listed for a reason why they were not verified.
_ITEMS_LISTED = 5


def render(record: Record, options: RenderOptions) -> str:
    """The verdict, the limits of the run, the causes, and what was not verified."""
    texts = ("\n".join(_lines(record, detailed)) for detailed in _DETAILED_CAUSES)
    text = ""
    for text in texts:
        if len(text) <= CHARACTER_LIMIT:
            break
    return text


def _lines(record: Record, detailed: int) -> Iterator[str]:
    yield from (f"## {SIGNS[record.verdict]} storepact: {record.verdict}", "")
    yield from (plain(wording.headline(record)), "")
    yield from (f"{wording.totals(record)}; {wording.circumstances(record, quote='`')}.", "")
    notes = [*limits.limits(record), *wording.stale_acceptances(record)]
    if notes:
        is_open = record.verdict is Verdict.UNDETERMINED
        items = [f"- {plain(note)}" for note in notes]
        yield from _details(f"Limits of this run: {len(notes)}", items, is_open=is_open)
    if record.causes:
        yield from _causes(record, detailed)
    if record.not_verified:
        items = [
            f"- {plain(reason)}: {plain_list(things)}"
            for reason, things in wording.by_reason(record.not_verified).items()
        ]
        yield from _details(f"Not verified: {len(record.not_verified)}", items)


def _details(title: str, lines: list[str], *, is_open: bool = False) -> list[str]:
    opening = "<details open>" if is_open else "<details>"
    return [f"{opening}<summary>{title}</summary>", "", *lines, "", "</details>", ""]


def _causes(record: Record, detailed: int) -> Iterator[str]:
    findings = {finding.fingerprint: finding for finding in record.findings}
    yield "| id | rule | operation | cause | affected consumers | history |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for cause in record.causes[:_TABLE_ROWS]:
        yield _cause_row(cause, findings[cause.id])
    yield ""
    for cause in record.causes[:detailed]:
        yield from _describe(findings[cause.id], record)
    if len(record.causes) > detailed:
        yield from (f"{len(record.causes) - detailed} more in report.html.", "")


def _cause_row(cause: Cause, finding: Finding) -> str:
    more = len(cause.fingerprints) - 1
    title = plain(cause.title) + (f" ({many(more, 'more finding')})" if more else "")
    cells = (
        f"`{cause.id}`",
        ", ".join(cause.codes),
        ", ".join(cause.operations),
        title,
        finding_text.consumers_of(finding),
        "accepted" if finding.accepted else finding_text.age(finding) or "-",
    )
    return f"| {' | '.join(cells)} |"


def _describe(finding: Finding, record: Record) -> list[str]:
    lines = []
    if finding.mutation:
        lines.append(f"- sent: {plain(finding.mutation)}")
    lines += [f"- rule: {finding.rule}", f"- document: `{finding_text.location(finding, record.document)}`"]
    lines += [
        f"  {number}. {plain(step.does)} → {plain(step.answered)}"
        for number, step in finding_text.numbered_steps(finding)
    ]
    if finding.exchange:
        lines.append(f"- {plain(finding_text.request_line(finding))}")
    diff = body_diff.diff_lines(finding)
    if diff:
        lines += ["", *code_block("\n".join(f"{sign} {text}" for sign, text in diff), "diff")]
    if finding.curl:
        lines += ["", *code_block(finding.curl)]
    return _details(f"{finding.code} {finding.operation}: {plain(finding.message)}", lines)


def code_block(text: str, language: str = "sh") -> list[str]:
    """The lines of a code block; its fence is longer than any run of backticks in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *escape_control(text).split("\n"), fence]


def plain(text: str) -> str:
    """Text in one line, with what Markdown, HTML or tables would interpret escaped."""
    text = escape_control(" ".join(text.split())).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([|`*_\[\]])", r"\\\1", text)


def plain_list(things: list[str]) -> str:
    """The first things of a list, and how many more there are."""
    more = f" and {len(things) - _ITEMS_LISTED} more, all in report.html"
    return "; ".join(map(plain, things[:_ITEMS_LISTED])) + more * (len(things) > _ITEMS_LISTED)
