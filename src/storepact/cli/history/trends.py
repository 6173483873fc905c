"""`storepact history trends`: draw how the runs went over time."""

from __future__ import annotations

from storepact.cli.options import REPORT_DIR, HistoryUrl, ReportDir, Target
from storepact.model.errors import UsageError
from storepact.report.terminal import print_paragraphs


def trends(*, history: HistoryUrl = None, target: Target = None, report_dir: ReportDir = REPORT_DIR) -> None:
    """Draw how findings, coverage and duration went over all runs that were kept, into trends.html.

    Exit codes: 0 drawn, 2 there are no runs, or the history cannot be used.
    """
    from storepact.model.counts import many
    from storepact.record.store import usable_folder, write_whole
    from storepact.report import history as report
    from storepact.run.earlier import read_history

    with read_history(history) as runs:
        targets = runs.target_runs(target=target, points=report.POINTS, newest=report.TABLE_RUNS)
    if not targets:
        raise UsageError("there are no runs to draw; `storepact verify` keeps each of its runs")
    path = usable_folder(report_dir) / "trends.html"
    write_whole(path, report.render_html(targets))
    print_paragraphs([f"{many(sum(entry.count for entry in targets), 'run')} in {path}"])
