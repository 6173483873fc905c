"""Annotations: workflow commands that show findings at their line of the document in a pull request on GitHub."""

from __future__ import annotations

from typing import Any

from storepact.report import drift, wording
from storepact.report.escape import visible

_COMMANDS = {"critical": "error", "error": "error", "warning": "warning"}

#: GitHub shows ten of each kind in a step.
MOST = 10


def render(record: dict[str, Any]) -> str:
    """A line for each cause, the worst first; accepted findings are notices."""
    lines: list[str] = []
    leads = {cause["id"]: cause for cause in record["causes"]}
    for finding in record["findings"]:
        cause = leads.get(finding["fingerprint"])
        if cause is None:
            continue
        line, column = wording.position(finding, record)
        command = "notice" if finding["accepted"] else _COMMANDS[finding["severity"]]
        title = f"{finding['code']} {finding['operation']} [{finding['fingerprint']}]"
        more = len(cause["fingerprints"]) - 1
        told = [
            *wording.told(finding, record),
            f"{more} more findings have the same cause" if more > 1 else "",
        ]
        place = f"file={_property(record['document_path'])},line={line},col={column},title={_property(title)}"
        lines.append(f"::{command} {place}::{_data(chr(10).join(each for each in told if each))}")
    cut = (
        [f"::warning title=storepact::{len(lines) - MOST} more, all in report.html"]
        if len(lines) > MOST
        else []
    )
    why = [f"::error title=storepact::{_data(reason)}" for reason in record["reasons"]]
    return "".join(f"{line}\n" for line in (*lines[:MOST], *cut, *why))


def render_drift(found: dict[str, Any], document: str) -> str:
    """A line for each breaking difference of the published document that no decision explains, where ours says otherwise."""
    lines = []
    for difference in found["differences"]:
        if difference["breaking"] and not difference["decision"]:
            place = f"file={_property(document)},line={difference['line'] or 1},col=1,title={_property(difference['rule'])}"
            lines.append(f"::error {place}::{_data(drift.line(difference))}\n")
    return "".join(lines[:MOST])


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
