"""The comparison of the mock with a target: as a table, as the last lines on a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from storepact.record.values.fidelity import FidelityRecord
from storepact.report.markdown import plain

_MOST_FINDINGS = 10


def rows(record: FidelityRecord) -> Iterator[tuple[str, ...]]:
    """Yield the table of differences, its header first."""
    yield ("where", "mock", record.target, "times", "for example")
    for difference in record.differences:
        yield (
            difference.where,
            difference.mock,
            difference.target,
            str(difference.times),
            difference.examples[0],
        )


def summarize(record: FidelityRecord) -> list[str]:
    """Return the lines that end the output on a terminal."""
    lines = []
    nearer = record.nearer
    if nearer.choices:
        options = " ".join(f"--choice {name}={value}" for name, value in nearer.choices.items())
        lines.append(
            f"a mock that is more like the target ({nearer.after} of {nearer.before} differences are left):"
        )
        lines.append(f"storepact mock {options}")
    if record.left_out:
        lines.append(f"not compared, as they did not run on both: {', '.join(record.left_out)}")
    if record.findings:
        count = len(record.findings)
        lines.append(f"{count} findings on the target, which are no choices; see storepact verify")
        lines += [
            f"  {finding.code} {finding.operation}: {finding.message}"
            for finding in record.findings[:_MOST_FINDINGS]
        ]
    count = len(record.differences)
    result = f"{count} differences that the documents allow" if count else "no difference"
    return [*lines, f"{record.stories} scenarios on both: {result}"]


def render_markdown(record: FidelityRecord) -> str:
    """Return the page differences.md."""
    lines = [
        f"# How the mock differs from {plain(record.target)}",
        "",
        *(f"{plain(line)}  " for line in summarize(record)),
        "",
        "| where | mock | target | times | for example |",
        "| --- | --- | --- | --- | --- |",
    ]
    for difference in record.differences:
        examples = "; ".join(difference.examples)
        cells = (difference.where, difference.mock, difference.target, str(difference.times), examples)
        lines.append(f"| {' | '.join(plain(cell) for cell in cells)} |")
    return "\n".join([*lines, ""])
