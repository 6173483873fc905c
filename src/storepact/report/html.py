"""report.html: one file, nothing from the network."""

from __future__ import annotations

from itertools import islice, zip_longest
from typing import Any

from storepact.report import body_diff, compare, page, plots, teeth, wording

#: Characters of a body that the page shows; the whole of it is in run.json.
SHOWN = 1_500

#: Findings that the page shows in full; of the others it shows a line each, for a page of thousands would not open.
FULL = 150

#: A curl line of up to so many characters stands with a finding that is shown as a line.
BRIEF_CURL = 400


def render(record: dict[str, Any]) -> str:
    """The record as a page."""
    statuses, cells = wording.heat(record)
    unaccepted = {finding["fingerprint"] for finding in record["findings"] if not finding["accepted"]}
    diff = record.get("comparison")
    return (
        page.environment()
        .get_template("report.html.j2")
        .render(
            record=record,
            facts=wording,
            seen=body_diff.lines,
            shown=SHOWN,
            tally=wording.counts(record),
            doubts=[*wording.doubts(record), *wording.acceptances(record)],
            causes={cause["id"]: cause for cause in record["causes"]},
            unaccepted=unaccepted,
            full=_full(record, unaccepted),
            brief_curl=BRIEF_CURL,
            first=record["causes"][0]["id"] if record["causes"] else "",
            cause_of={name: each for each in record["causes"] for name in each["fingerprints"]},
            statuses=statuses,
            cells=cells,
            reasons=sorted(wording.by_reason(record).items()),
            back=compare.BACK,
            diff_headline=compare.headline(diff) if diff else "",
            diff_parts=[(title, lines) for title, lines in compare.parts(diff) if title != "Still failing"]
            if diff
            else [],
            latency=plots.latency(record["latency"]) if record["latency"] else "",
            impact=record.get("impact"),
            hit=sum(1 for place in record.get("impact", {}).get("places", ()) if place["findings"]),
            teeth=record.get("teeth"),
            **(teeth.parts(record["teeth"]) if record.get("teeth") else {}),
        )
    )


def _full(record: dict[str, Any], unaccepted: set[str]) -> set[str]:
    """The findings to show in full: the first of each cause, then the second of each, and so on; accepted causes last."""
    causes = sorted(record["causes"], key=lambda each: unaccepted.isdisjoint(each["fingerprints"]))
    rounds = zip_longest(*(cause["fingerprints"] for cause in causes))
    return set(islice((name for each in rounds for name in each if name), FULL))
