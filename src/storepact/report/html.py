"""report.html: one file, nothing from the network."""

from __future__ import annotations

from typing import Any

from storepact.report import facts, page, teeth


def render(record: dict[str, Any]) -> str:
    """The record as a page."""
    return (
        page.environment()
        .get_template("report.html.j2")
        .render(
            record=record,
            facts=facts,
            tally=facts.counts(record),
            rows=_rows(record),
            statuses=sorted({status for counts in record["coverage"].values() for status in counts}),
            reasons=sorted(facts.by_reason(record).items()),
            impact=record.get("impact"),
            hit=sum(1 for place in record.get("impact", {}).get("places", ()) if place["findings"]),
            teeth=record.get("teeth"),
            **(teeth.parts(record["teeth"]) if record.get("teeth") else {}),
        )
    )


def _rows(record: dict[str, Any]) -> list[tuple[str, dict[str, int]]]:
    return sorted(record["coverage"].items())
