"""summary.md: for a pull request or a job's summary page."""

from __future__ import annotations

from typing import Any

from storepact.report import body_diff, wording
from storepact.report.escape import visible

_SIGNS = {"conforms": "✅", "broken": "❌", "undetermined": "❔"}


#: What GitHub takes as a comment, in characters, with room for what a job adds.
LARGEST = 60_000

#: Rows of the table of causes.
_ROWS = 50


def render(record: dict[str, Any]) -> str:
    """The verdict, what could make it mean little, the causes, what was not verified, as GitHub's Markdown.

    As many causes are told in full as a comment has room for.
    """
    return next(
        text for shown in (20, 10, 5, 2, 0) if len(text := _rendered(record, shown)) <= LARGEST or not shown
    )


def _rendered(record: dict[str, Any], shown_whole: int) -> str:
    lines = [
        f"## {_SIGNS[record['verdict']]} storepact: {record['verdict']}",
        "",
        plain(wording.headline(record)),
        "",
        f"{wording.asked(record)}; target `{record['target']}`, seed `{record['seed']}`, profile `{record['profile']}`.",
        "",
    ]
    doubts = [*wording.doubts(record), *wording.acceptances(record)]
    if doubts:
        lines += [
            f"<details{' open' * (record['verdict'] == 'undetermined')}><summary>Before you trust this: {len(doubts)}</summary>",
            "",
        ]
        lines += [*(f"- {plain(doubt)}" for doubt in doubts), "", "</details>", ""]
    if record["causes"]:
        lines += [
            "| id | rule | operation | cause | hurts | history |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        by_name = {finding["fingerprint"]: finding for finding in record["findings"]}
        for cause in record["causes"][:_ROWS]:
            lead, more = by_name[cause["id"]], len(cause["fingerprints"]) - 1
            shown = f"{plain(cause['title'])}{f' ({more} more findings)' if more > 1 else ' (1 more finding)' * more}"
            history = "accepted" if lead["accepted"] else wording.age(lead) or "-"
            cells = (
                f"`{cause['id']}`",
                ", ".join(cause["codes"]),
                ", ".join(cause["operations"]),
                shown,
                wording.whom(lead),
                history,
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
        for cause in record["causes"][:shown_whole]:
            lines += _detail(by_name[cause["id"]], record)
        if len(record["causes"]) > shown_whole:
            lines += [f"{len(record['causes']) - shown_whole} more in report.html.", ""]
    if record["not_verified"]:
        lines += [f"<details><summary>Not verified: {len(record['not_verified'])}</summary>", ""]
        for reason, things in wording.by_reason(record).items():
            more_things = f" and {len(things) - 5} more, all in report.html" if len(things) > 5 else ""
            lines.append(f"- {plain(reason)}: {'; '.join(map(plain, things[:5]))}{more_things}")
        lines += ["", "</details>", ""]
    return "\n".join(lines)


def _detail(finding: dict[str, Any], record: dict[str, Any]) -> list[str]:
    title = f"{finding['code']} {finding['operation']}: {plain(finding['message'])}"
    lines = [f"<details><summary>{title}</summary>", ""]
    if finding["mutation"]:
        lines.append(f"- sent: {plain(finding['mutation'])}")
    lines += [f"- rule: {finding['rule']}", f"- document: `{wording.place(finding, record['document'])}`"]
    lines += [
        f"  {number}. {plain(step['does'])} → {plain(step['answered'])}"
        for number, step in wording.story(finding)
    ]
    if finding["exchange"]:
        lines.append(f"- {plain(wording.request_line(finding))}")
    diff = body_diff.lines(finding)
    if diff:
        lines += ["", *fenced("\n".join(f"{sign} {text}" for sign, text in diff), "diff")]
    if finding["curl"]:
        lines += ["", *fenced(finding["curl"])]
    return [*lines, "", "</details>", ""]


def fenced(text: str, language: str = "sh") -> list[str]:
    """A block of code that nothing in it can end."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return [f"{fence}{language}", *visible(text).split("\n"), fence]


def plain(text: str) -> str:
    """Text that Markdown and tables leave alone."""
    text = visible(" ".join(text.split())).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{each}" if each in "|`*_[]" else each for each in text)


def _longest_run(text: str) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if each == "`" else 0
        longest = max(longest, run)
    return longest
