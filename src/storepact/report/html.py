"""report.html: one file, nothing from the network."""

from __future__ import annotations

from typing import Any

from storepact.report import compare, facts, page, plots, seen, teeth

#: Characters of a body that the page shows; the whole of it is in run.json.
SHOWN = 1_500


def render(record: dict[str, Any]) -> str:
    """The record as a page."""
    statuses, cells = facts.heat(record)
    diff = record.get("comparison")
    return (
        page.environment()
        .get_template("report.html.j2")
        .render(
            record=record,
            facts=facts,
            seen=seen.lines,
            shown=SHOWN,
            tally=facts.counts(record),
            doubts=[*facts.doubts(record), *facts.acceptances(record)],
            causes={each["id"]: each for each in record["causes"]},
            unaccepted={each["fingerprint"] for each in record["findings"] if not each["accepted"]},
            first=record["causes"][0]["id"] if record["causes"] else "",
            cause_of={name: each for each in record["causes"] for name in each["fingerprints"]},
            statuses=statuses,
            cells=cells,
            reasons=sorted(facts.by_reason(record).items()),
            diff_headline=compare.headline(diff) if diff else "",
            diff_parts=[(title, lines) for title, lines in compare.parts(diff) if title != "Still failing"] if diff else [],
            latency=plots.latency(record["latency"]) if record["latency"] else "",
            impact=record.get("impact"),
            hit=sum(1 for place in record.get("impact", {}).get("places", ()) if place["findings"]),
            teeth=record.get("teeth"),
            **(teeth.parts(record["teeth"]) if record.get("teeth") else {}),
        )
    )
