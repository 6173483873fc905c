"""What `storepact accept` does: findings of the last run, looked up and written down."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storepact.model.errors import RecordUnusable, UsageError
from storepact.record.acceptance import load_accepted, make_acceptance, merge_acceptances, write_accepted
from storepact.record.store import load_record


def accept(
    path: Path,
    fingerprints: Sequence[str],
    reason: str,
    until: str,
    owner: str | None,
    *,
    cause: bool,
    folder: Path,
) -> list[str]:
    """Write acceptances, and say what was accepted. `folder` holds the last run, which knows what the fingerprints stand for.

    Raises:
        UsageError: a fingerprint, a reason or a day is off, or there is no last run and `cause` asks for one.
        AcceptanceUnusable: the file that is there cannot be read.
        ReportFolderUnusable: it cannot be written.

    """
    today, whose = datetime.now(UTC).date(), owner if owner is not None else _owner()
    known = load_accepted(path)
    record = _last(folder)
    if cause and record is None:
        raise UsageError(
            f"--cause needs the last run, and there is no record in {folder}: name its folder with --report-dir"
        )
    wanted = list(dict.fromkeys(fingerprints))
    for each in wanted:
        make_acceptance(each, reason, whose, until, today)
    if cause and record is not None:
        wanted = list(dict.fromkeys(name for each in wanted for name in _with_cause(each, record)))
    new = [make_acceptance(each, reason, whose, until, today) for each in wanted]
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}; name a file with --accepted")
    write_accepted(path, merge_acceptances(known, new))
    return [*_told(wanted, record), f"{path}: {len(new)} written, until {until}, owner {new[0].owner}"]


def _last(folder: Path) -> dict[str, Any] | None:
    try:
        return load_record(folder)
    except RecordUnusable:
        return None


def _with_cause(fingerprint: str, record: dict[str, Any]) -> list[str]:
    for group in record["causes"]:
        if fingerprint in group["fingerprints"]:
            return list(group["fingerprints"])
    return [fingerprint]


def _told(wanted: Sequence[str], record: dict[str, Any] | None) -> Iterator[str]:
    if record is None:
        yield "no record of a last run was found (--report-dir names its folder): the fingerprints were not looked up"
        return
    found = {finding["fingerprint"]: finding for finding in record["findings"]}
    for each in wanted:
        told = (
            f"{found[each]['operation']}: {found[each]['message']}"
            if each in found
            else "is not among the findings of the last run"
        )
        yield f"{each} {told}"
    more = {name for each in wanted for name in _with_cause(each, record)} - set(wanted)
    if more:
        yield f"{len(more)} more findings of the last run have the same cause; --cause accepts them, too"


def _owner() -> str:
    """The name in git's configuration, else that of the account."""
    try:
        done = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, timeout=5, check=False
        )
        if done.stdout.strip():
            return done.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        pass
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "nobody named"
