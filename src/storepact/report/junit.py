"""junit.xml: one test suite a suite, one test case an outcome, as CI servers read it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from xml.etree import ElementTree as xml

from storepact.report import wording
from storepact.report.escape import visible

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(record: dict[str, Any]) -> str:
    """The record as JUnit XML. An undetermined outcome is an `error`; findings stand in a suite of their own."""
    root = xml.Element("testsuites", name="storepact", time=f"{record['duration_s']:.3f}")
    for suite in sorted({outcome["suite"] for outcome in record["outcomes"]}):
        _suite(root, suite, [each for each in record["outcomes"] if each["suite"] == suite])
    if record["findings"]:
        accepted = sum(1 for each in record["findings"] if each["accepted"])
        found = xml.SubElement(
            root,
            "testsuite",
            name="findings",
            tests=str(len(record["findings"])),
            failures=str(len(record["findings"]) - accepted),
            errors="0",
            skipped=str(accepted),
            time="0.000",
        )
        for finding in record["findings"]:
            _finding(found, finding, record)
    if record["reasons"]:
        broken = xml.SubElement(
            root, "testsuite", name="run", tests="1", failures="0", errors="1", skipped="0", time="0.000"
        )
        case = xml.SubElement(broken, "testcase", classname="storepact", name="the run as a whole")
        xml.SubElement(case, "error", message=_clean(record["reasons"][0])).text = _clean(
            "\n".join(record["reasons"])
        )
    _sum(root)
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _sum(root: xml.Element) -> None:
    """The totals that some servers read before anything else."""
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))


def _suite(root: xml.Element, name: str, outcomes: list[dict[str, Any]]) -> None:
    tally = Counter(each["status"] for each in outcomes)
    suite = xml.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(len(outcomes)),
        failures=str(tally["failed"]),
        errors=str(tally["undetermined"]),
        skipped=str(tally["skipped"]),
        time=f"{sum(each['seconds'] for each in outcomes):.3f}",
    )
    tags = {"failed": "failure", "undetermined": "error", "skipped": "skipped"}
    for outcome in outcomes:
        case = xml.SubElement(
            suite,
            "testcase",
            classname=f"storepact.{name}",
            name=_clean(outcome["name"]),
            time=f"{outcome['seconds']:.3f}",
        )
        if outcome["status"] in tags:
            xml.SubElement(case, tags[outcome["status"]], message=_clean(outcome["reason"]))


def _finding(suite: xml.Element, finding: dict[str, Any], record: dict[str, Any]) -> None:
    name = f"{finding['code']} {finding['operation']} [{finding['fingerprint']}]"
    case = xml.SubElement(suite, "testcase", classname="storepact.findings", name=_clean(name))
    if finding["accepted"]:
        xml.SubElement(case, "skipped", message=_clean(wording.acceptance(finding)))
        return
    failure = xml.SubElement(case, "failure", message=_clean(finding["message"]), type=finding["code"])
    failure.text = _clean("\n".join(wording.told(finding, record)))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", visible(text))
