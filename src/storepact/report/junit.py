"""junit.xml: a test suite for each suite with a test case for each outcome, as CI servers read it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as xml

from storepact.model.outcome import Status
from storepact.record.values import Finding, Outcome, Record
from storepact.report import finding_text
from storepact.report.escape import escape_control
from storepact.report.format import RenderOptions

#: Characters that XML does not allow.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: The element for each status; a passed test case has none.
_ELEMENTS = {Status.FAILED: "failure", Status.UNDETERMINED: "error", Status.SKIPPED: "skipped"}

#: Totals of the root element; Jenkins' schema allows no `skipped` there.
_TOTALS = ("tests", "failures", "errors")


def render(record: Record, options: RenderOptions) -> str:
    """The record as JUnit XML. An undetermined outcome is an `error`; findings are a suite of their own."""
    root = xml.Element("testsuites", name="storepact", time=f"{record.duration_s:.3f}")
    for suite in sorted({outcome.suite for outcome in record.outcomes}):
        _add_outcomes(root, suite, [outcome for outcome in record.outcomes if outcome.suite == suite])
    if record.findings:
        _add_findings(root, record)
    if record.reasons:
        suite_element = _add_suite(root, "run", tests=1, errors=1)
        case = xml.SubElement(suite_element, "testcase", classname="storepact", name="the run as a whole")
        error = xml.SubElement(case, "error", message=_clean(record.reasons[0]))
        error.text = _clean("\n".join(record.reasons))
    for total in _TOTALS:
        root.set(total, str(sum(int(suite_element.get(total, "0")) for suite_element in root)))
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _add_suite(
    root: xml.Element,
    name: str,
    *,
    tests: int,
    failures: int = 0,
    errors: int = 0,
    skipped: int = 0,
    seconds: float = 0,
) -> xml.Element:
    counts = {"tests": tests, "failures": failures, "errors": errors, "skipped": skipped}
    attributes = {total: str(count) for total, count in counts.items()}
    return xml.SubElement(root, "testsuite", {"name": name, **attributes, "time": f"{seconds:.3f}"})


def _add_outcomes(root: xml.Element, name: str, outcomes: Sequence[Outcome]) -> None:
    tally = Counter(outcome.status for outcome in outcomes)
    suite = _add_suite(
        root,
        name,
        tests=len(outcomes),
        failures=tally[Status.FAILED],
        errors=tally[Status.UNDETERMINED],
        skipped=tally[Status.SKIPPED],
        seconds=sum(outcome.seconds for outcome in outcomes),
    )
    for outcome in outcomes:
        case = xml.SubElement(
            suite,
            "testcase",
            classname=f"storepact.{name}",
            name=_clean(outcome.name),
            time=f"{outcome.seconds:.3f}",
        )
        if outcome.status in _ELEMENTS:
            xml.SubElement(case, _ELEMENTS[outcome.status], message=_clean(outcome.reason))


def _add_findings(root: xml.Element, record: Record) -> None:
    accepted = sum(1 for finding in record.findings if finding.accepted)
    total = len(record.findings)
    suite = _add_suite(root, "findings", tests=total, failures=total - accepted, skipped=accepted)
    for finding in record.findings:
        _add_finding(suite, finding, record)


def _add_finding(suite: xml.Element, finding: Finding, record: Record) -> None:
    name = f"{finding.code} {finding.operation} [{finding.fingerprint}]"
    case = xml.SubElement(suite, "testcase", classname="storepact.findings", name=_clean(name))
    if finding.accepted:
        xml.SubElement(case, "skipped", message=_clean(finding_text.acceptance(finding)))
        return
    failure = xml.SubElement(case, "failure", message=_clean(finding.message), type=finding.code)
    failure.text = _clean("\n".join(finding_text.describe(finding, record)))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", escape_control(text))
