"""summary.md: for a pull request or a job's summary page."""

from __future__ import annotations

from typing import Any

from storepact.report import facts

_SIGNS = {"conforms": "✅", "broken": "❌", "undetermined": "❔"}


def render(record: dict[str, Any]) -> str:
    """The verdict, the findings, what was not verified, as GitHub's Markdown."""
    lines = [
        f"## {_SIGNS[record['verdict']]} storepact: {record['verdict']}",
        "",
        plain(facts.headline(record)),
        "",
        f"{facts.asked(record)}; target `{record['target']}`, seed `{record['seed']}`, profile `{record['profile']}`.",
        "",
    ]
    if record["findings"]:
        lines += ["| id | rule | operation | what | hurts |", "| --- | --- | --- | --- | --- |"]
        for each in record["findings"]:
            cells = (f"`{each['fingerprint']}`", each["code"], each["operation"], plain(each["message"]), facts.whom(each))
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
        for each in record["findings"][:20]:
            lines += _detail(each, record)
    if record["not_verified"]:
        lines += [f"<details><summary>Not verified: {len(record['not_verified'])}</summary>", ""]
        for reason, things in facts.by_reason(record).items():
            more = f" and {len(things) - 5} more, all in report.html" if len(things) > 5 else ""
            lines.append(f"- {plain(reason)}: {'; '.join(map(plain, things[:5]))}{more}")
        lines += ["", "</details>", ""]
    return "\n".join(lines)


def _detail(finding: dict[str, Any], record: dict[str, Any]) -> list[str]:
    title = f"{finding['code']} {finding['operation']}: {plain(finding['message'])}"
    lines = [f"<details><summary>{title}</summary>", ""]
    if finding["mutation"]:
        lines.append(f"- sent: {plain(finding['mutation'])}")
    if finding["expected"]:
        lines.append(f"- expected {plain(finding['expected'])}, got {plain(finding['actual'])}")
    lines += [f"- rule: {finding['rule']}", f"- document: `{facts.place(finding, record['document'])}`"]
    lines += [f"  {number}. {plain(step['does'])} → {plain(step['answered'])}" for number, step in facts.story(finding)]
    if finding["exchange"]:
        lines.append(f"- {plain(facts.request_line(finding))}")
    if finding["curl"]:
        fence = "`" * max(3, _longest_run(finding["curl"]) + 1)
        lines += ["", f"{fence}sh", finding["curl"], fence]
    return [*lines, "", "</details>", ""]


def plain(text: str) -> str:
    """Text that Markdown and tables leave alone."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{each}" if each in "|`*_[]" else each for each in text)


def _longest_run(text: str) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if each == "`" else 0
        longest = max(longest, run)
    return longest
