"""`storepact compare`: compare two runs."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from storepact.cli.options import AsJson, HistoryUrl, OptionalReportDir
from storepact.cli.output import print_comparison
from storepact.model.outcome import Verdict

Records = Annotated[
    str,
    Parameter(
        metavar="BASE… RUN",
        help="run.json files, report folders, latest-green or runs of the history, in order; the last is "
        "compared with the one before it.",
    ),
]


def compare(
    *records: Records,
    history: HistoryUrl = None,
    report_dir: OptionalReportDir = None,
    as_json: AsJson = False,
) -> Verdict:
    """Compare a run with an earlier one: what is new, gone, no longer exercised, and how responses changed.

    With several bases, a finding that was gone in between is back, and one that changed three times is
    flapping. Exit codes: 0 no regression, 1 new or recurring findings or something no longer exercised, 2 a
    record cannot be read, 3 the run is undetermined.
    """
    from storepact.record.store import usable_folder
    from storepact.report import compare as report
    from storepact.report import write_files
    from storepact.run.comparison import compare_selection, find_report

    comparison, verdict = compare_selection(records, history)
    if report_dir is not None:
        private = comparison.is_private
        write_files(
            report.render_files(comparison, find_report(records[-1], report_dir)),
            usable_folder(report_dir, private=private),
            private=private,
        )
    print_comparison(comparison, verdict, report.render, report.render_titles, as_json=as_json)
    return verdict
