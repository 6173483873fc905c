"""The proof that the gate catches faults: a page, a part of report.html, and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from storepact.model.counts import many
from storepact.model.values import lean_value
from storepact.record.values import FaultProof, ProofRecord
from storepact.report.markdown import plain
from storepact.report.page import render_page

_EVERY_TEST = "Every test was run."
_FIRST_FINDING = (
    "A fault's run begins with\nthe test that caught it before (suites/detections.json), goes on with all "
    "others where that does not catch it any\nmore, and stops at the first finding of the check that the "
    "catalogue names."
)


@lean_value(frozen=True)
class CheckColumn:
    """A check, with how many faults it caught, and how many of them no other check caught."""

    code: str
    name: str
    rule: str
    caught: int
    alone: int


def headline(proof: ProofRecord) -> str:
    """The result of the proof in one line."""
    missed = missed_faults(proof)
    clean = "no finding" if proof.clean.silent else "FINDINGS"
    text = f"{len(proof.faults) - len(missed)} of {len(proof.faults)} faults caught, {clean} without a fault"
    return text + (f"; missed: {', '.join(missed)}" if missed else "")


def summarize(proof: ProofRecord) -> list[str]:
    """The lines that end the output on a terminal."""
    clean = proof.clean
    lines = [f"mock without a fault: {_clean_duration(proof)}"]
    if clean.checks:
        checks = ", ".join(clean.checks)
        lines.append(f"findings without a fault: {checks} in {clean.question}: {clean.message}")
    if clean.trouble:
        lines.append(f"the mock without a fault could not be tested to the end: {clean.trouble}")
    lines += [
        f"{fault.fault}: {fault.trouble}" for fault in proof.faults if fault.trouble and not fault.caught
    ]
    return [*lines, durations(proof), headline(proof)]


def missed_faults(proof: ProofRecord) -> list[str]:
    """The names of the faults that no check caught."""
    return [fault.fault for fault in proof.faults if not fault.caught]


def durations(proof: ProofRecord) -> str:
    """How long the proof took, in one line."""
    if not proof.faults:
        return f"mock without a fault: {_clean_duration(proof)}"
    half = median(fault.seconds for fault in proof.faults)
    slowest = max(proof.faults, key=lambda fault: fault.seconds)
    slowest_fault = f"slowest {slowest.fault} {slowest.seconds:.1f} s"
    return f"median fault {half:.1f} s, {slowest_fault}, all {proof.seconds:.0f} s"


def _clean_duration(proof: ProofRecord) -> str:
    return f"{many(proof.clean.exchanges, 'exchange')} in {proof.clean.seconds:.1f} s"


def by_category(proof: ProofRecord) -> list[tuple[str, list[FaultProof]]]:
    """The faults of each category, in the order of the catalogue."""
    groups: dict[str, list[FaultProof]] = {}
    for fault in proof.faults:
        groups.setdefault(fault.category, []).append(fault)
    return list(groups.items())


def columns(proof: ProofRecord) -> list[CheckColumn]:
    """Every check of the gate."""
    caught = Counter(code for fault in proof.faults for code in fault.checks)
    alone = Counter(fault.checks[0] for fault in proof.faults if len(fault.checks) == 1)
    return [
        CheckColumn(check.code, check.name, check.rule, caught[check.code], alone[check.code])
        for check in proof.checks
    ]


def alone_title(proof: ProofRecord) -> str:
    """The title of the column `alone`: of all tests, or of what was sent until the fault was caught."""
    return "no other check" if proof.exhaustive else "no other check until then"


def render_html(proof: ProofRecord) -> str:
    """A page of its own."""
    return render_page("teeth.html.j2", teeth=proof, **page_values(proof))


def page_values(proof: ProofRecord) -> dict[str, object]:
    """The values that the templates need besides the proof."""
    return {
        "teeth_headline": headline(proof),
        "teeth_passed": proof.clean.silent and not missed_faults(proof),
        "teeth_speed": durations(proof),
        "teeth_groups": by_category(proof),
        "teeth_columns": columns(proof),
        "teeth_alone": alone_title(proof),
    }


def render_markdown(proof: ProofRecord) -> str:
    """The page docs/teeth.md."""
    how = _EVERY_TEST if proof.exhaustive else _FIRST_FINDING
    clean = f"findings of {', '.join(proof.clean.checks)}" if proof.clean.checks else "no finding"
    lines = [
        "# Proof that the gate catches faults",
        "",
        "A gate that has never failed proves nothing. The command below made this page: it runs the gate",
        f"against the mock once for each fault of its catalogue, and whole without a fault. {how}",
        "",
        "```console",
        f"$ {proof.command}",
        "```",
        "",
        f"{proof.made[:10]}, storepact {proof.storepact}: **{plain(headline(proof))}**; {durations(proof)}.",
        f"Without a fault: {_clean_duration(proof)}, {clean}.",
        "",
    ]
    if proof.without:
        lines += [f"Left out on purpose: {', '.join(proof.without)}.", ""]
    for category, faults in by_category(proof):
        lines += [f"## {category[:1].upper()}{category[1:]}", "", *_fault_table(faults), ""]
    lines += ["## What each check caught", "", *_check_table(proof)]
    return "\n".join([*lines, ""])


def _fault_table(faults: Sequence[FaultProof]) -> list[str]:
    lines = [
        "| fault | what it does | caught by | exchanges | seconds | first caught in |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for fault in faults:
        cells = (
            f"`{fault.fault}`",
            plain(fault.explanation),
            ", ".join(fault.checks) or "**MISSED**",
            f"{fault.exchanges:,}",
            f"{fault.seconds:.1f}",
            plain(fault.question or fault.trouble),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _check_table(proof: ProofRecord) -> list[str]:
    return [
        f"| check | rule | faults | {alone_title(proof)} |",
        "| --- | --- | --- | --- |",
        *(
            f"| {column.code} `{column.name}` | {plain(column.rule)} | {column.caught} | {column.alone} |"
            for column in columns(proof)
        ),
    ]
