"""Export the stories of a run: where the record comes from, and where the file goes."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import msgspec

from storepact.families import find_family
from storepact.model.errors import NothingTested, RecordUnusable, ReportFolderUnusable, UsageError
from storepact.model.values import lean_value
from storepact.record.store import load_record, write_whole
from storepact.record.values import Record, StoriesRecord
from storepact.report.export import ExportFormat, find_export_format
from storepact.report.export.story import (
    ExportSource,
    stories_of_findings,
    stories_of_run,
)
from storepact.run.earlier import read_history

#: The value of `--output` for standard output.
STDOUT = Path("-")

#: What the beginning of an exported file says, and how long that beginning is.
_MARK, _HEAD_LENGTH = re.compile(rb'[Ss]tories of (?:the|a) storepact run|"name": "storepact'), 1_000


@lean_value(frozen=True)
class Export:
    """An exported file."""

    path: Path
    text: str
    stories: int
    replaces: bool
    """Whether an earlier export stood there."""
    left_out: tuple[str, ...]
    """Fingerprints of findings without requests."""

    def __str__(self) -> str:
        replaced = ", in place of an earlier export" if self.replaces else ""
        lines = [f"{self.stories} {'story' if self.stories == 1 else 'stories'} in {self.path}{replaced}"]
        if self.left_out:
            lines.append(f"without requests, and so left out: {', '.join(self.left_out)}")
        return "\n".join(lines)


@lean_value(frozen=True)
class ExportChoice:
    """What is exported, and where to."""

    kind: str
    output: Path | None
    everything: bool = False
    """Whether the stories of passed tests are exported, too."""
    force: bool = False
    """Whether a file is replaced that `export` has not written."""


def export_run(run: str, choice: ExportChoice, family: str | None) -> Export:
    """Write the stories of a run in a format; those of its findings, or all.

    Raises:
        UsageError: the run or the format does not exist, the file is not an export, or cannot be written.
        RecordUnusable: the record cannot be read.
        NothingTested: there is no story.

    """
    export_format = find_export_format(choice.kind)
    record = _load(run)
    api = find_family(family).api
    source = ExportSource(record, api.id_member, api.list_member, tuple(api.headers.items()))
    stories = list(stories_of_findings(record.findings))
    names = {story.finding.fingerprint for story in stories if story.finding is not None}
    if choice.everything:
        stories += stories_of_run(_load_stories(run, record).stories)
    if not stories:
        raise NothingTested(_nothing(run, record, everything=choice.everything))
    text = export_format.render(source, stories)
    path = _path(choice.output, export_format)
    replaces = False
    if choice.output != STDOUT:
        replaces = path.exists()
        if replaces and not choice.force and not _is_export(path):
            raise UsageError(
                f"{path} exists, and storepact export has not written it: name another file with --output, "
                "or replace it with --force"
            )
        _write(path, text, private=record.is_private)
    left_out = tuple(finding.fingerprint for finding in record.findings if finding.fingerprint not in names)
    return Export(path, text, len(stories), replaces, left_out)


def _is_export(path: Path) -> bool:
    """Whether `export` has written a file: its first lines say so."""
    try:
        with path.open("rb") as file:
            return bool(_MARK.search(file.read(_HEAD_LENGTH)))
    except OSError:  # writing it says why
        return True


def _load(run: str) -> Record:
    from storepact.history.selection import select_record

    return select_record(run, lambda: read_history(None), load_record, target=None, before=None)


def _load_stories(run: str, record: Record) -> StoriesRecord:
    """The stories.json beside a run.json.

    Raises:
        UsageError: there is none, or it is of another run.
        RecordUnusable: it cannot be read.

    """
    place = Path(run)
    path = (place if place.is_dir() else place.parent) / "stories.json"
    hint = "`storepact verify` writes it beside run.json, of its last run; the history does not keep it"
    if not os.path.exists(run) or not path.is_file():
        raise UsageError(f"--all needs {path}, and there is none: {hint}")
    try:
        stories = msgspec.convert(json.loads(path.read_text(encoding="utf-8")), StoriesRecord)
    except (OSError, ValueError, RecursionError):
        raise RecordUnusable(path, "is damaged, or of another version") from None
    if stories.started != record.started:
        raise UsageError(f"{path} is of another run than run.json: {hint}")
    return stories


def _nothing(run: str, record: Record, *, everything: bool) -> str:
    if everything:
        return (
            f"no test of {run} passed that sent requests, and it has no findings: there is nothing to export"
        )
    if record.findings:
        return (
            f"the record of {run} does not hold the requests of its findings, as that of an earlier version: "
            "test again, and export the new record"
        )
    return f"{run} has no findings; --all exports the stories of its passed tests"


def _path(output: Path | None, export_format: ExportFormat) -> Path:
    if output is None or output == STDOUT:
        return Path(export_format.file)
    return output / export_format.file if output.is_dir() or not output.suffix else output


def _write(path: Path, text: str, *, private: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text, private=private)
    except (OSError, ReportFolderUnusable) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or error
        raise UsageError(f"--output {path}: cannot be written: {reason}; name another file") from None
