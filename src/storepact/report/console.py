"""The summary for a terminal or a pipe."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from storepact.report import compare, wording
from storepact.report.escape import harmless, visible
from storepact.report.wording import moment

_STYLES = {"conforms": "bold green", "broken": "bold red", "undetermined": "bold yellow"}
_SEVERITIES = {"critical": "bold red", "error": "red", "warning": "yellow"}
_SHOWN = 10


def render(record: dict[str, Any], folder: Path, *, width: int = 80, color: bool = False) -> str:
    """Findings worst first, then what was not verified, then the verdict; lines wrapped at `width`."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=max(width, 20),
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
    )

    def say(text: str = "", style: str = "", indent: int = 0) -> None:
        for line in visible(text).split("\n"):
            piece = Text(line, style=style)
            for wrapped in piece.wrap(console, max(console.width - indent, 10)):
                wrapped.rstrip()
                console.print(
                    " " * indent, Text(harmless(wrapped.plain), style=style), sep="", soft_wrap=True
                )

    by_name = {finding["fingerprint"]: finding for finding in record["findings"]}
    for cause in record["causes"][:_SHOWN]:
        _finding(by_name[cause["id"]], cause, record, say, console)
    hidden = len(record["causes"]) - _SHOWN
    if hidden > 0:
        say(f"… and {hidden} more causes, all in {folder / 'report.html'}\n")
    _changes(record, say)
    _not_verified(record, say)
    for acceptance in wording.acceptances(record):
        say(acceptance, "yellow")
    for reason in record["reasons"]:
        say(reason, "yellow")
    say(wording.asked(record))
    say(
        f"target {record['target']}, seed {record['seed']}, profile {record['profile']}; reports in {folder}/"
    )
    say(f"{record['verdict'].upper()}: {wording.headline(record)}", _STYLES[record["verdict"]])
    return out.getvalue()


def _changes(record: dict[str, Any], say: Any) -> None:
    diff = record.get("comparison")
    if diff is None:
        return
    say(f"Against the run of {moment(diff['base']['started'])}: {compare.headline(diff)}", "bold")
    for title, lines in compare.parts(diff):
        if title not in ("New", "Still failing"):  # they are told above
            say(f"{title} ({len(lines)}):", indent=2)
            for line in lines[:_SHOWN]:
                say(line, indent=4)
            if len(lines) > _SHOWN:
                say(f"and {len(lines) - _SHOWN} more, all in report.html", indent=4)
    say()


def _finding(
    finding: dict[str, Any], cause: dict[str, Any], record: dict[str, Any], say: Any, console: Console
) -> None:
    say(
        f"{finding['code']} {finding['check']} [{finding['fingerprint']}] {finding['severity']}",
        _SEVERITIES[finding["severity"]],
    )
    say(f"{finding['operation']}: {finding['message']}", "bold", 2)
    if finding["mutation"]:
        say(f"sent: {finding['mutation']}", indent=2)
    if finding["expected"]:
        say(f"expected {finding['expected']}", indent=2)
        say(f"got {finding['actual']}", indent=2)
    say(f"rule: {finding['rule']}", indent=2)
    say(f"document: {wording.place(finding, record['document'])}", indent=2)
    say(
        f"hurts: {wording.whom(finding)}; seen {finding['seen']} time{'s' * (finding['seen'] != 1)}", indent=2
    )
    more = len(cause["fingerprints"]) - 1
    if more:
        say(
            f"{wording.many(more, 'more finding')} with the same cause: "
            f"{', '.join(cause['codes'])} in {', '.join(cause['operations'])}",
            indent=2,
        )
    for told in (wording.age(finding), wording.acceptance(finding)):
        if told:
            say(f"history: {told}" if told == wording.age(finding) else told, indent=2)
    for number, step in wording.story(finding):
        say(f"{number}. {step['does']} → {step['answered']}", indent=4)
    line = wording.request_line(finding)
    if line:
        say(line, indent=2)
    for splitline in finding["curl"].splitlines():  # never wrapped: it is there to be pasted
        console.print(Text(harmless(f"  {splitline}")), soft_wrap=True)
    say()


def _not_verified(record: dict[str, Any], say: Any) -> None:
    missing = record["not_verified"]
    if not missing:
        return
    say(f"Not verified ({len(missing)}):", "yellow")
    for reason, things in wording.by_reason(record).items():
        more = f" and {len(things) - 3} more" if len(things) > 3 else ""
        say(f"{', '.join(things[:3])}{more}: {reason}", indent=2)
    say()
