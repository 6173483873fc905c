"""The comparison of two recorded runs, for `storepact compare`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from storepact.history.selection import select_record
from storepact.model.errors import UsageError
from storepact.model.outcome import Verdict
from storepact.record.comparison import Past, compare_runs
from storepact.record.store import load_record
from storepact.record.values import Comparison, Record
from storepact.run.earlier import open_history, require_history

if TYPE_CHECKING:
    from storepact.history.store import History


def compare_selection(selectors: Sequence[str], history: str | None) -> tuple[Comparison, Verdict]:
    """Compare the last of some records with those before it; `history` is the URL of a database, or None.

    Raises:
        UsageError: fewer than two records, or one that does not exist.
        RecordUnusable: a record cannot be read.

    """
    if len(selectors) < 2:
        raise UsageError(
            "give two records, an earlier one and the one to compare: "
            "storepact compare old/run.json new/run.json"
        )
    *earlier, last = selectors

    @cache
    def read_history() -> History:
        purpose = "latest-green and numbers name runs of a history"
        return open_history(require_history(history, os.environ, purpose), readonly=True)

    run = select_record(last, read_history, load_record, target=None, before=None)
    target, before = run.target, run.started
    bases = [select_record(base, read_history, load_record, target=target, before=before) for base in earlier]
    past: Past = _past(read_history(), run) if read_history.cache_info().currsize else ()
    comparison = compare_runs(bases, run, past)
    if comparison.regression:
        return comparison, Verdict.BROKEN
    undetermined = run.verdict is Verdict.UNDETERMINED
    return comparison, Verdict.UNDETERMINED if undetermined else Verdict.CONFORMS


def find_report(selector: str, folder: Path) -> str:
    """The address, from a folder, of the report.html beside the record that a selector names; or empty."""
    path = Path(selector)
    report = (path if path.is_dir() else path.parent) / "report.html"
    if not path.exists() or not report.is_file():
        return ""
    return quote(Path(os.path.relpath(report, folder)).as_posix())


def _past(history: History, run: Record) -> Past:
    """The findings of the runs before this one, where the history was opened for one of the records."""
    from storepact.history.store import suites_of

    with history as runs:
        earlier = runs.earlier(target=run.target, suites=suites_of(run.outcomes), before=run.started)
        return [(entry.started, entry.fingerprints) for entry in earlier]
