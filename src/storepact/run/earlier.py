"""Earlier runs: the history of runs, and the records that a run is compared with."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from storepact.model.errors import HistoryUnusable, NoGreenRun, RecordUnusable, UsageError
from storepact.model.values import lean_value
from storepact.record.store import load_record
from storepact.record.values import Outcome, Record
from storepact.run.run_settings import NO_HISTORY
from storepact.run.settings import Settings

if TYPE_CHECKING:
    from storepact.history.store import History
    from storepact.record.comparison import Past


@lean_value(frozen=True)
class EarlierRuns:
    """What a run is compared with."""

    history: str = ""
    """The database's URL; empty where no history is kept. It may hold a password."""
    bases: tuple[Record, ...] = ()
    """Records of earlier runs, the oldest first."""
    notes: tuple[str, ...] = ()


def open_history(url: str, *, readonly: bool = False) -> History:
    """The history at a URL; its library takes long to import, and is imported when it is needed."""
    from storepact.history.store import History

    return History(url, readonly=readonly)


def history_url(history: str | None, environment: Mapping[str, str]) -> str:
    """The URL that an option or the environment names, or the usual one; empty if no history is kept.

    Raises:
        UsageError: it is no URL of a database, or holds a password.

    """
    if history == NO_HISTORY:
        return ""
    from storepact.history.urls import checked_url, default_url

    url = checked_url(history) if history else default_url(environment)
    return "" if url == NO_HISTORY else url


def require_history(history: str | None, environment: Mapping[str, str], purpose: str) -> str:
    """The URL of a history without which a command cannot do its work; `purpose` says what needs it.

    Raises:
        UsageError: no history is kept, or the URL cannot be used.

    """
    url = history_url(history, environment)
    if not url:
        source = "--history" if history else "STOREPACT_HISTORY"
        raise UsageError(f"{purpose}, and no history is kept: {source} is none")
    return url


def load_earlier_runs(settings: Settings, environment: Mapping[str, str]) -> EarlierRuns:
    """The history that the run is kept in, and the records of `--baseline`.

    Raises:
        UsageError: a baseline does not exist.
        RecordUnusable: a baseline cannot be read.
        HistoryUnusable: the history that `--history` names cannot be written.

    """
    from storepact.history.selection import select_record

    url = history_url(settings.history, environment)
    if url and settings.history is not None:
        with open_history(url) as history:
            history.prove_writable()

    def history_of_baseline() -> History:
        purpose = "--baseline names a run of the history"
        return open_history(require_history(settings.history, environment, purpose))

    bases: list[Record] = []
    notes: list[str] = []
    for selector in settings.baseline:
        try:
            bases.append(
                select_record(selector, history_of_baseline, load_record, target=settings.target, before=None)
            )
        except NoGreenRun as error:  # the first run of a gate
            notes.append(f"{error}; this run is compared with nothing")
    return EarlierRuns(url, tuple(bases), tuple(notes))


@lean_value(frozen=True)
class LookBack:
    """The last runs of a target with the same suites."""

    past: Past = ()
    """Their findings, the oldest run first."""
    previous: Record | None = None
    """The record of the last of them, where the run is compared with a base."""


def look_back(runs: EarlierRuns, target: str, outcomes: Sequence[Outcome]) -> LookBack:
    """The last runs of this target and these suites; the bases without a history.

    Raises:
        HistoryUnusable: the history cannot be read.

    """
    if runs.history:
        from storepact.history.store import suites_of

        with open_history(runs.history) as history:
            earlier = history.earlier(target=target, suites=suites_of(outcomes))
            if earlier:
                previous = _read_previous(history, earlier[-1].number) if runs.bases else None
                return LookBack([(run.started, run.fingerprints) for run in earlier], previous)
    from storepact.record.comparison import past_findings  # a list of runs does without it

    return LookBack(past_findings(runs.bases))


def _read_previous(history: History, number: int) -> Record | None:
    """The record of a run; None if another version of storepact wrote it."""
    try:
        return history.record(number)
    except RecordUnusable:
        return None


def keep_run(url: str, record: Record) -> str:
    """Add a run to the history; returns a line that says where it is, or why it could not be kept."""
    try:
        with open_history(url) as history:
            return f"run {history.add(record)} in the history at {history.display_name}"
    except HistoryUnusable as error:
        return str(error)


def read_history(history: str | None) -> History:
    """The history that an option names, or the usual one, for reading only.

    Raises:
        UsageError: no history is kept.
        HistoryUnusable: it cannot be opened.

    """
    purpose = "the command reads the runs of a history"
    return open_history(require_history(history, os.environ, purpose), readonly=True)


def read_run(history: History, selector: str) -> tuple[int, Record]:
    """The number and the record of a run, by its number or as `latest-green`.

    Raises:
        UsageError: there is no such run.
        RecordUnusable: its record cannot be read.

    """
    from storepact.history.selection import parse_number

    number = parse_number(selector) if selector.isdecimal() else None
    if selector == "latest-green":
        number = history.latest_green()
    if number is None:
        raise UsageError(
            f"there is no run {selector!r} in {history.display_name}; give a number that `storepact history` "
            "lists, or latest-green"
        )
    return number, history.record(number)
