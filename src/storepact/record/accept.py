"""Implements `storepact accept`: findings of the last run, looked up and written to accepted.json."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from storepact.model.errors import RecordUnusable, UsageError
from storepact.model.paths import accepted_path
from storepact.model.values import lean_value
from storepact.record.acceptance import (
    load_acceptances,
    make_acceptance,
    merge_acceptances,
    write_acceptances,
)
from storepact.record.store import load_record
from storepact.record.values import Record


@lean_value(frozen=True)
class Lookup:
    """How fingerprints are looked up."""

    folder: Path
    """The folder with the record of the last run."""
    with_cause: bool = False
    """Whether all findings of the last run with the same cause are accepted, too."""
    force: bool = False
    """Whether fingerprints that the last run does not have are accepted."""


def find_accepted_path(accepted: Path | None, contracts: Path | None, folder: Path) -> Path:
    """The file to write: the one that an option names, else that of the last run, else the usual one."""
    if accepted is not None or contracts is not None:
        return accepted or accepted_path(contracts)
    record = _load_last(folder)
    return Path(record.accepted_path) if record and record.accepted_path else accepted_path(None)


def accept(
    path: Path,
    fingerprints: Sequence[str],
    reason: str,
    until: str,
    owner: str | None,
    lookup: Lookup,
) -> list[str]:
    """Write acceptances to `path`, and return lines about them.

    Raises:
        UsageError: a value cannot be used, the last run does not have a finding, or there is no last run.
        AcceptanceUnusable: the file exists and cannot be read.
        ReportFolderUnusable: it cannot be written.

    """
    today, owner = datetime.now(UTC).date(), _find_owner() if owner is None else owner
    old, record = load_acceptances(path), _load_last(lookup.folder)
    if lookup.with_cause and record is None:
        raise UsageError(
            f"--cause needs the last run, and there is no record in {lookup.folder}: "
            "name its folder with --report-dir"
        )
    for fingerprint in fingerprints:
        make_acceptance(fingerprint, reason, owner, until, today)
    names = list(dict.fromkeys(fingerprints))
    if lookup.with_cause and record is not None:
        names = list(dict.fromkeys(member for name in names for member in _with_cause(name, record)))
    new = [make_acceptance(fingerprint, reason, owner, until, today) for fingerprint in names]
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}; name a file with --accepted")
    if not lookup.force:
        _require_findings(fingerprints, record, lookup.folder)
    write_acceptances(path, merge_acceptances(old, new))
    return [
        *_describe(names, record),
        f"{path}: {len(new)} written, until {until}, owner {new[0].owner}",
        *_file_of_last_run(path, record),
    ]


def _file_of_last_run(path: Path, record: Record | None) -> Iterator[str]:
    """A line where the last run has read another file."""
    former = Path(record.accepted_path) if record and record.accepted_path else None
    if former is not None and former.resolve() != path.resolve():
        yield f"the last run read {former}: name it with --accepted, or this file when testing again"


def _load_last(folder: Path) -> Record | None:
    try:
        return load_record(folder)
    except RecordUnusable:
        return None


def _require_findings(fingerprints: Sequence[str], record: Record | None, folder: Path) -> None:
    """Refuse fingerprints that cannot be looked up: a mistyped one would hide nothing, without notice."""
    if record is None:
        raise UsageError(
            f"there is no record of a last run in {folder}, so the fingerprints cannot be looked up: "
            "name its folder with --report-dir, or accept them unseen with --force"
        )
    recorded = {finding.fingerprint for finding in record.findings}
    unknown = [fingerprint for fingerprint in dict.fromkeys(fingerprints) if fingerprint not in recorded]
    if unknown:
        raise UsageError(
            f"{', '.join(unknown)}: not among the findings of the last run ({folder}); nothing is written, "
            "--force accepts it all the same"
        )


def _with_cause(fingerprint: str, record: Record) -> tuple[str, ...]:
    """The fingerprints of all findings with the same cause."""
    for cause in record.causes:
        if fingerprint in cause.fingerprints:
            return cause.fingerprints
    return (fingerprint,)


def _describe(fingerprints: Sequence[str], record: Record | None) -> Iterator[str]:
    if record is None:
        yield (
            "no record of a last run was found (--report-dir names its folder): "
            "the fingerprints were not looked up, and are accepted because of --force"
        )
        return
    findings = {finding.fingerprint: finding for finding in record.findings}
    for fingerprint in fingerprints:
        finding = findings.get(fingerprint)
        if finding is None:
            yield f"{fingerprint} is not among the findings of the last run; accepted because of --force"
        else:
            yield f"{fingerprint} {finding.operation}: {finding.message}"
    related = {member for name in fingerprints for member in _with_cause(name, record)}
    more = related - set(fingerprints)
    if more:
        others = "1 more finding" if len(more) == 1 else f"{len(more)} more findings"
        yield f"{others} of the last run with the same cause: --cause accepts all of them"


def _find_owner() -> str:
    """The name in git's configuration, else that of the account."""
    try:
        git = subprocess.run(
            ["git", "config", "user.name"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
        if git.stdout.strip():
            return git.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        pass
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "nobody named"
