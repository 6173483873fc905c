"""report.html: one file, nothing from the network."""

from __future__ import annotations

from collections.abc import Set
from itertools import islice, zip_longest

from storepact.model.links import check_url
from storepact.record.values import Finding, Record
from storepact.report import (
    body_diff,
    comparison_text,
    coverage_map,
    finding_text,
    limits,
    page,
    plots,
    teeth,
    wording,
)
from storepact.report.consumers import consumer_results
from storepact.report.format import RenderOptions
from storepact.report.gaps import group_gaps
from storepact.report.questions import question

#: Characters of a body that the page shows; run.json has more.
BODY_CHARACTERS = 1_500

#: Findings that the page shows in full; of the rest it shows a line each, so that a page of thousands opens.
FULL_FINDINGS = 150

#: Characters up to which a curl line is shown with a finding that is not shown in full.
BRIEF_CURL = 400


#: The template of the page.
_TEMPLATE = "report.html.j2"


def load_template() -> None:
    """Compile the template of the page."""
    page.load_template(_TEMPLATE)


def render(record: Record, options: RenderOptions) -> str:
    """The record as a page."""
    unaccepted = {finding.fingerprint for finding in record.findings if not finding.accepted}
    comparison = record.comparison
    hidden = comparison_text.SectionKind.STILL_FAILING
    sections = comparison_text.sections(comparison) if comparison else ()
    return page.render_page(
        _TEMPLATE,
        record=record,
        finding_text=finding_text,
        wording=wording,
        diff_lines=body_diff.diff_lines,
        body_characters=BODY_CHARACTERS,
        brief_curl=BRIEF_CURL,
        tally=wording.tally(record),
        limits=[*limits.limits(record), *wording.stale_acceptances(record)],
        unaccepted=unaccepted,
        causes=wording.causes_to_read(record),
        consumers=consumer_results(record),
        coverage_figure=coverage_map.coverage_figure(record),
        question=question,
        mock_to_start=wording.mock_to_start(record),
        search_text=search_text,
        check_url=check_url,
        full=_in_full(record, unaccepted),
        first=wording.causes_to_read(record)[0].id if record.causes else "",
        cause_of=wording.cause_by_finding(record),
        heat_map=coverage_map.heat_map(record),
        keyword_counts=coverage_map.count_keywords(record),
        keywords=coverage_map.keywords_by_operation(record),
        gaps=group_gaps(record),
        comparison_headline=comparison_text.headline(comparison) if comparison else "",
        comparison_sections=[section for section in sections if section.kind is not hidden],
        latency=plots.plot_latency(record.latency) if record.latency else "",
        affected_places=sum(1 for place in record.impact.places if place.findings),
        teeth=record.teeth,
        **(teeth.page_values(record.teeth) if record.teeth else {}),
    )


def search_text(finding: Finding) -> str:
    """What the search of the page looks through beside the titles: names, nothing that is quoted."""
    names = (finding.member, *finding.members, *finding.consumers)
    return " ".join(dict.fromkeys(name for name in names if name))


def _in_full(record: Record, unaccepted: Set[str]) -> set[str]:
    """The findings to show in full: the first of each cause, then the second, …; accepted causes last."""
    causes = sorted(record.causes, key=lambda cause: unaccepted.isdisjoint(cause.fingerprints))
    rounds = zip_longest(*(cause.fingerprints for cause in causes))
    names = (name for fingerprints in rounds for name in fingerprints if name)
    return set(islice(names, FULL_FINDINGS))
