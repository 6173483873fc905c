"""The nightly job: drift of the published document, a run, and a summary of what changed."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from storepact.model.errors import ReportFolderUnusable, Undetermined, UsageError
from storepact.model.outcome import Verdict
from storepact.model.values import lean_value
from storepact.record.store import dump, usable_folder, write_whole
from storepact.record.values import DriftRecord, Published, Record
from storepact.report import drift as drift_report
from storepact.report import github, write_files
from storepact.run import nightly
from storepact.run.drift import drift
from storepact.run.earlier import open_history, require_history
from storepact.run.finish import FinishedRun
from storepact.run.launch import run_suites
from storepact.run.night import BrokenRuns, Night
from storepact.run.nightly import NightSummary
from storepact.run.settings import Settings
from storepact.run.settings_rules import check_settings


@lean_value(frozen=True)
class EarlierNights:
    """The complete runs of the target in the history, up to the latest one that conforms."""

    green: int | None = None
    """The number of that run; None if no complete run conforms yet."""
    published: Published | None = None
    """What it recorded about the published document."""
    previous: Record | None = None
    """The last run, undetermined runs left out."""
    previous_number: int | None = None
    broken: BrokenRuns | None = None
    """The broken runs since the green one; None if the last run was green."""


@lean_value(frozen=True)
class TripwireResult:
    """The result of one night."""

    settings: Settings
    summary: NightSummary
    run: FinishedRun | None
    drift: DriftRecord | None
    problem: UsageError | None = None
    """Why a file could not be written; to be raised once the summary is printed."""

    @property
    def folder(self) -> Path:
        """Where the reports are."""
        return self.settings.report_dir

    @property
    def lines(self) -> list[str]:
        """The summary, its headline first."""
        return nightly.lines(self.summary)

    def annotate(self, *, to_stderr: bool = False) -> None:
        """Add the summary and the findings to a job of GitHub Actions, if this is one."""
        github.append_summary(nightly.render_markdown(self.summary))
        if self.drift is not None:
            github.publish_drift(self.drift, self.settings.document_path, to_stderr=to_stderr)
        if self.run is not None:
            github.publish(self.run.record, to_stderr=to_stderr)


def run_tripwire(settings: Settings, published: str | None) -> TripwireResult:
    """Compare the `published` document, run every suite, and write tripwire.json and tripwire.md.

    Raises:
        StorepactError: the settings or a document cannot be used.

    """
    check_settings(settings)
    private = not settings.is_mock
    folder = usable_folder(settings.report_dir, private=private)
    earlier = load_earlier_nights(settings)
    drift_record, drift_error = _compare_document(settings, published)
    run, error = _run_suites(settings, earlier.green, drift_record)
    night = Night(
        record=None if run is None else run.record,
        error=error,
        run_verdict=Verdict.UNDETERMINED if run is None else run.verdict,
        drift=drift_record,
        drift_error=drift_error,
        base=earlier.green,
        published_before=earlier.published,
        previous=earlier.previous,
        previous_number=earlier.previous_number,
        broken=earlier.broken,
    )
    summary = nightly.summarize(night)
    problem = None if run is None else run.problem
    try:
        write_whole(folder / "tripwire.json", dump(summary.to_json()), private=private)
        write_whole(folder / "tripwire.md", nightly.render_markdown(summary), private=private)
    except ReportFolderUnusable as error:
        problem = problem or error
    return TripwireResult(settings, summary, run, drift_record, problem)


def load_earlier_nights(settings: Settings) -> EarlierNights:
    """The latest green run, which the night is compared with, and the broken runs since then.

    Runs of some suites only are left out: they say little about a night.

    Raises:
        UsageError: no history is kept.
        HistoryUnusable: it cannot be read.

    """
    url = require_history(settings.history, os.environ, "the tripwire compares with earlier runs")
    with open_history(url) as history:
        determined = [
            run
            for run in history.runs(target=settings.target)
            if run.is_complete and run.verdict != Verdict.UNDETERMINED
        ]
        if not determined:
            return EarlierNights()
        broken = list(takewhile(lambda run: run.verdict != Verdict.CONFORMS, determined))
        green = determined[len(broken)].id if len(broken) < len(determined) else None
        first = broken[-1] if broken else None
        return EarlierNights(
            green=green,
            published=None if green is None else history.record(green).published,
            previous=history.record(determined[0].id),
            previous_number=determined[0].id,
            broken=None if first is None else BrokenRuns(first.id, first.started, len(broken)),
        )


def _compare_document(settings: Settings, published: str | None) -> tuple[DriftRecord | None, str]:
    """The comparison with the published document, or why there is none."""
    if published is None:
        return None, ""
    try:
        record = drift(published, settings.document_path, settings.contracts_path, settings.provider_name)
    except Undetermined as error:
        return None, str(error)
    write_files(drift_report.render_files(record, report="report.html"), settings.report_dir)
    return record, ""


def _run_suites(
    settings: Settings, green: int | None, drift_record: DriftRecord | None
) -> tuple[FinishedRun | None, str]:
    """Verify, compared with the green run and with the published document; or why there is no run."""
    compared = replace(
        settings,
        baseline=() if green is None else (str(green),),
        drift=None if drift_record is None else settings.report_dir / "drift.json",
    )
    try:
        return run_suites(compared), ""
    except Undetermined as error:
        return None, str(error)
