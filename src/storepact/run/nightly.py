"""The summary of `storepact tripwire`: what changed since the latest green run, and whom that affects."""

from __future__ import annotations

from storepact.model.outcome import Verdict
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.record.values import Record
from storepact.record.values.base import MOCK_TARGET
from storepact.report import wording
from storepact.report.markdown import SIGNS, plain
from storepact.run.night import Item, Night
from storepact.run.night_changes import find_changes, find_notes
from storepact.run.night_headline import write_headline

FORMAT = 1

#: Causes that the command to send findings again names.
_REPLAYED = 3


@lean_value(frozen=True)
class NightSummary:
    """The result of a night. `changes` need attention; `notes` break nothing."""

    headline: str
    result: Verdict
    """The verdict of the night."""
    target: str | None
    verdict: Verdict | None
    """The verdict of the run alone."""
    base: int | None
    changes: tuple[Item, ...]
    errors: tuple[str, ...]
    consumers: tuple[str, ...]
    """The consumers that the changes affect, sorted by name."""
    notes: tuple[Item, ...]
    headline_error: str = ""
    """The error that the headline repeats, if any."""
    replay: str = ""
    """The command that sends the open findings of the night again; empty where there are none."""

    @property
    def exit_code(self) -> int:
        """The exit code of the night."""
        return self.result.exit_code

    def to_json(self) -> dict[str, Json]:
        """The content of tripwire.json."""
        return {
            "format": FORMAT,
            "headline": self.headline,
            "exit_code": self.exit_code,
            "target": self.target,
            "verdict": None if self.verdict is None else str(self.verdict),
            "base": self.base,
            "changes": list(map(str, self.changes)),
            "troubles": list(self.errors),
            "hurts": list(self.consumers),
            "notes": list(map(str, self.notes)),
        }


def summarize(night: Night) -> NightSummary:
    """Summarize a night."""
    changes, errors = find_changes(night), tuple(_errors(night))
    headline_error = errors[0] if night.record is None and not changes and errors else ""
    return NightSummary(
        headline=write_headline(night, changes, headline_error),
        result=_result(night),
        target=night.record.target if night.record else None,
        verdict=night.record.verdict if night.record else None,
        base=night.base,
        changes=changes,
        errors=(*errors, *_undetermined_beside(night, changes)),
        consumers=tuple(sorted({consumer for item in changes for consumer in item.consumers})),
        notes=tuple(find_notes(night)),
        headline_error=headline_error,
        replay=_replay_command(night.record),
    )


def _replay_command(record: Record | None) -> str:
    """The command that sends a finding of each open cause again, the worst ones; it writes as the run did."""
    causes = wording.open_causes(record) if record else ()
    if record is None or not causes:
        return ""
    names = " ".join(cause.fingerprints[0] for cause in causes[:_REPLAYED])
    permission = " --allow-writes" if record.writes and record.target != MOCK_TARGET else ""
    return f"storepact replay {names}{permission}"


def _errors(night: Night) -> tuple[str, ...]:
    return tuple(error for error in (night.error, night.drift_error) if error)


def _undetermined_beside(night: Night, changes: tuple[Item, ...]) -> tuple[str, ...]:
    """Why the run is undetermined, where the first line is about changes."""
    record = night.record
    if record is None or not changes or record.verdict is not Verdict.UNDETERMINED:
        return ()
    return (wording.undetermined_reason(record),)


def _result(night: Night) -> Verdict:
    """The worst verdict of the run and of the published document: broken, then undetermined."""
    if night.run_verdict is Verdict.BROKEN or (night.drift is not None and night.drift.breaking):
        return Verdict.BROKEN
    if night.run_verdict is Verdict.UNDETERMINED or night.drift_error:
        return Verdict.UNDETERMINED
    return Verdict.CONFORMS


def lines(summary: NightSummary) -> list[str]:
    """The summary as lines of text, the headline first."""
    errors = [error for error in summary.errors if error != summary.headline_error]
    return [
        summary.headline,
        *(f"  {change}" for change in summary.changes),
        *(f"  could not be determined: {error}" for error in errors),
        *(f"  note: {note}" for note in summary.notes),
        *([f"to send it again: {summary.replay}"] if summary.replay else []),
    ]


def render_markdown(summary: NightSummary) -> str:
    """The summary for a job's summary, a chat or a mail."""
    text = [f"## {SIGNS[summary.result]} storepact tripwire: {plain(summary.headline)}", ""]
    sections = (
        ("Changed", summary.changes),
        ("Could not be determined", summary.errors),
        ("Notes", summary.notes),
    )
    for title, entries in sections:
        if entries:
            items = (f"- {plain(str(entry))}" for entry in entries)
            text += [f"### {title} ({len(entries)})", "", *items, ""]
    if summary.replay:
        text += [f"To send it again: `{summary.replay}`", ""]
    return "\n".join(text) + "\n"
