"""The pages about checks: for `storepact explain`, `storepact checks` and docs/checks.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from storepact.model.links import check_url
from storepact.model.outcome import STORE
from storepact.record.values.base import Value
from storepact.report.markdown import plain

_ACCEPT = "storepact accept FINGERPRINT --reason TEXT --until YYYY-MM-DD"


class Decision(Value, frozen=True, kw_only=True):
    """A decision about the API, by its number in openapi/DECISIONS.md."""

    number: str
    title: str


class Demonstration(Value, frozen=True, kw_only=True):
    """A finding of the check, and the fault of the mock that leads to it; empty where no fault does."""

    operation: str
    message: str
    fault: str
    fault_explanation: str


class CheckPage(Value, frozen=True, kw_only=True):
    """What the documentation says about one check."""

    code: str
    name: str
    severity: str
    suite: str
    rule: str
    why: str
    decisions: tuple[Decision, ...] = ()
    example: Demonstration | None = None


class DecisionPage(Value, frozen=True, kw_only=True):
    """A decision, with the checks whose rules follow from it."""

    number: str
    title: str
    text: str
    """Its paragraphs, as Markdown."""
    checks: tuple[str, ...] = ()


def rows(pages: Sequence[CheckPage]) -> Iterator[tuple[str, ...]]:
    """The table of checks, its titles first."""
    yield ("code", "name", "suite", "severity", "rule")
    for page in pages:
        yield (page.code, page.name, page.suite, page.severity, page.rule)


def explain(page: CheckPage) -> Iterator[str]:
    """The page for a terminal, a line for each paragraph."""
    yield f"{page.code} {page.name}: {page.severity}, suite {page.suite}"
    yield f"  Rule: {page.rule}"
    yield f"  Why it matters: {page.why}"
    for decision in page.decisions:
        yield f"  Decision {decision.number} (openapi/DECISIONS.md): {decision.title}"
    if not page.decisions:
        yield f"  Source: {_source(page)}"
    example = page.example
    if example is not None:
        yield f"  A finding: {example.operation}: {example.message}"
    if example is not None and example.fault:
        yield f"  A fault that only this check detects: {example.fault}: {example.fault_explanation}"
        yield f"  Proof: storepact prove --fault {example.fault}"
    yield f"  Accept a finding for a while: {_ACCEPT}"
    yield f"  {check_url(page.code)}"


def explain_decision(page: DecisionPage) -> Iterator[str]:
    """A decision for a terminal, a line for each paragraph."""
    yield f"{page.number} {page.title} (openapi/DECISIONS.md)"
    for paragraph in re.split(r"\n(?=- |\n)", page.text):
        if paragraph.strip():
            yield f"  {' '.join(paragraph.removeprefix('- ').split())}"
    if page.checks:
        yield f"  Checks: {', '.join(page.checks)} (storepact explain {page.checks[0]})"


def render_markdown(pages: Sequence[CheckPage]) -> str:
    """The pages as docs/checks.md: a table, and a section for each check with its code as anchor."""
    return "\n".join(_lines(pages)) + "\n"


def _lines(pages: Sequence[CheckPage]) -> Iterator[str]:
    yield "# Checks"
    yield ""
    yield "`storepact checks --markdown` made this page; `storepact explain SP605` prints one section of it."
    yield "All checks judge the exchanges of all suites; *suite* names the one made to find violations."
    yield f"Those of *{STORE}* judge what `storepact store check` reads, and what the suite `{STORE}` sees."
    yield ""
    titles, *body = rows(pages)
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"
    for code, name, suite, severity, rule in body:
        yield f"| [{code}](#{code.lower()}) | `{name}` | {suite} | {severity} | {_text(rule)} |"
    for page in pages:
        yield from _section(page)


def _section(page: CheckPage) -> Iterator[str]:
    yield ""
    yield f"## {page.code}"
    yield ""
    yield f"`{page.name}`, {page.severity}, suite `{page.suite}`"
    yield ""
    yield f"- Rule: {_text(page.rule)}"
    yield f"- Why it matters: {_text(page.why)}"
    if page.decisions:
        links = (
            f"[{decision.number} {_text(decision.title)}](../openapi/DECISIONS.md#{_anchor(decision)})"
            for decision in page.decisions
        )
        yield f"- Decisions: {', '.join(links)}"
    else:
        yield f"- Source: {_source(page)}"
    example = page.example
    if example is not None:
        yield f"- A finding: `{example.operation}`: {_text(example.message)}"
    if example is not None and example.fault:
        yield f"- A fault that only this check detects: `{example.fault}`, {_text(example.fault_explanation)}"
        yield f"- Proof: `storepact prove --fault {example.fault}`"
    yield f"- Accept a finding for a while: `{_ACCEPT}`"


#: Where the rules without a decision come from, by suite.
_SOURCES = {
    "document": "the OpenAPI document itself",
    "pacts": "the consumer's pact",
    STORE: "the layout that server-side SDKs read (docs/store.md)",
}


def _source(page: CheckPage) -> str:
    return _SOURCES[page.suite]


def _anchor(decision: Decision) -> str:
    """The anchor that GitHub gives to the decision's heading."""
    heading = f"{decision.number} {decision.title}".lower()
    return re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")


def _text(text: str) -> str:
    """Text for Markdown; what stands in backticks stays code."""
    parts = re.split(r"(\s*`[^`]*`\s*)", text)
    return "".join(part if "`" in part else plain(part) for part in parts)
