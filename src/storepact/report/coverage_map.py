"""Tables of what a run covered: operations by status, and the keywords of requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

from storepact.model.counts import many
from storepact.model.values import lean_value
from storepact.record.values import Keyword, Record, Row


def coverage_figure(record: Record) -> str:
    """How many of the rows that a provider owes were covered, and how many others the document allows."""
    owed = [row for row in record.rows if row.counts]
    allowed = [row for row in record.rows if not row.owed and row.outcome != "not described"]
    covered = sum(row.is_covered for row in owed)
    text = f"{covered:,} of {len(owed):,} owed rows"
    return f"{text}; {len(allowed):,} allowed" if allowed else text


class CellKind(StrEnum):
    """What a cell of the heat map says about an operation and a status."""

    PASSED = "passed"
    FAILED = "failed"
    ACCEPTED = "accepted"
    """There are findings, and all of them are accepted."""
    NOT_REACHED = "not-reached"
    OPTIONAL = "optional"
    """Not reached, and the document does not promise it."""
    UNDESCRIBED = "undescribed"
    EMPTY = "empty"
    """Neither described nor received."""


@lean_value(frozen=True)
class Cell:
    """A cell of the heat map: its text, why it is so, and the fingerprints of its findings."""

    kind: CellKind
    text: str = ""
    reason: str = ""
    findings: tuple[str, ...] = ()


@lean_value(frozen=True)
class HeatMap:
    """Operations by status; each row is an operation and a cell for every status."""

    statuses: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[Cell, ...]], ...] = ()


def heat_map(record: Record) -> HeatMap:
    """The heat map of a run; status `0` stands for connections that were cut."""
    findings: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for finding in record.findings:
        if finding.exchange:
            status = str(finding.exchange.response.status)
            findings[finding.operation, status].append(finding.fingerprint)
    accepted = {finding.fingerprint for finding in record.findings if finding.accepted}
    rows: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in record.rows:
        rows[row.operation, row.status].append(row)
    statuses = tuple(sorted({status for _, status in rows}, key=lambda status: (status == "0", status)))
    operations = dict.fromkeys(operation for operation, _ in rows)
    return HeatMap(
        statuses,
        tuple(
            (
                operation,
                tuple(
                    _cell(rows.get((operation, status), ()), findings.get((operation, status), ()), accepted)
                    for status in statuses
                ),
            )
            for operation in operations
        ),
    )


def _cell(rows: Sequence[Row], findings: Sequence[str], accepted: set[str]) -> Cell:
    if not rows:
        return Cell(CellKind.EMPTY, reason="not described, never received")
    count = sum(row.seen for row in rows)
    reason = next((row.reason for row in rows if row.reason), "")
    if findings:
        kind = CellKind.ACCEPTED if accepted.issuperset(findings) else CellKind.FAILED
        why = f"{many(len(findings), 'finding')} in {many(count, 'response')}"
        return Cell(kind, f"{count:,}", why, tuple(findings))
    if not count:
        kind = CellKind.NOT_REACHED if any(row.owed for row in rows) else CellKind.OPTIONAL
        return Cell(kind, "–", reason or "not reached")
    described = any(row.outcome == "covered" for row in rows)
    kind = CellKind.PASSED if described else CellKind.UNDESCRIBED
    return Cell(kind, f"{count:,}", reason or f"{many(count, 'response')}, no finding")


@lean_value(frozen=True)
class KeywordCounts:
    """How many keywords of requests were tested with valid and invalid values, with one kind, with none."""

    both: int
    single: int
    none: int


def count_keywords(record: Record) -> KeywordCounts:
    """Count the keywords by the kinds of values that were sent for them."""
    kinds = [keyword.kept + keyword.broken for keyword in record.keywords]
    return KeywordCounts(both=kinds.count(2), single=kinds.count(1), none=kinds.count(0))


def keywords_by_operation(record: Record) -> list[tuple[str, list[Keyword]]]:
    """The keywords of each operation, those that were tested least first."""
    groups: dict[str, list[Keyword]] = {}
    for keyword in record.keywords:
        groups.setdefault(keyword.operation, []).append(keyword)
    return [
        (operation, sorted(group, key=lambda keyword: (keyword.kept + keyword.broken, keyword.pointer)))
        for operation, group in groups.items()
    ]
