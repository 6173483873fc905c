"""Accepted findings (accepted.json): what is known, who owns it, and until when it may stay."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from storepact.model.errors import AcceptanceUnusable, UsageError
from storepact.model.files import read_text
from storepact.model.values import lean_value
from storepact.record.store import dump, write_whole
from storepact.record.values import AcceptanceEntry, AcceptanceReport

FORMAT = 1

#: Where acceptances are kept: beside the pacts.
FILE = "accepted.json"

_FINGERPRINT = re.compile(r"^[0-9a-f]{12}$")
_NAMES = ("fingerprint", "reason", "owner", "until")


@lean_value(frozen=True)
class Acceptance:
    """A finding that may be there up to the day `until`, which is included."""

    fingerprint: str
    reason: str
    owner: str
    until: date

    def holds(self, today: date) -> bool:
        """Whether it still counts."""
        return today <= self.until

    def to_record(self) -> AcceptanceEntry:
        """Return the entry of accepted.json and of run.json."""
        return AcceptanceEntry(
            fingerprint=self.fingerprint,
            reason=self.reason,
            owner=self.owner,
            until=self.until.isoformat(),
        )


def load_acceptances(path: Path) -> tuple[Acceptance, ...]:
    """Return the acceptances of a file; none if there is no file.

    Raises:
        AcceptanceUnusable: it is not what `storepact accept` writes.

    """
    try:
        data = json.loads(read_text(path))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not JSON"
        raise AcceptanceUnusable(path, str(reason)) from None
    if not isinstance(data, Mapping) or not isinstance(data.get("accepted"), list):
        raise AcceptanceUnusable(path, "has no array `accepted`")
    if data.get("format") != FORMAT:
        raise AcceptanceUnusable(path, f"has format {data.get('format')}, this version reads format {FORMAT}")
    acceptances = tuple(_read_entry(path, number, entry) for number, entry in enumerate(data["accepted"], 1))
    counts = Counter(acceptance.fingerprint for acceptance in acceptances)
    duplicates = sorted(fingerprint for fingerprint, count in counts.items() if count > 1)
    if duplicates:
        raise AcceptanceUnusable(path, f"names {', '.join(duplicates)} twice")
    return acceptances


def _read_entry(path: Path, number: int, entry: object) -> Acceptance:
    texts = [entry.get(name) if isinstance(entry, Mapping) else None for name in _NAMES]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise AcceptanceUnusable(path, f"entry {number} needs texts for {', '.join(_NAMES)}")
    fingerprint, reason, owner, until = map(str, texts)
    if not _FINGERPRINT.match(fingerprint):
        problem = f"a fingerprint has 12 hexadecimal digits, not {fingerprint!r}"
        raise AcceptanceUnusable(path, f"entry {number}: {problem}")
    try:
        return Acceptance(fingerprint, reason, owner, date.fromisoformat(until))
    except ValueError:
        problem = f"`until` is a day such as 2027-01-31, not {until!r}"
        raise AcceptanceUnusable(path, f"entry {number}: {problem}") from None


def make_acceptance(fingerprint: str, reason: str, owner: str, until: str, today: date) -> Acceptance:
    """Return an acceptance that has not expired yet; `until` is an ISO date.

    Raises:
        UsageError: one of the values cannot be used.

    """
    if not _FINGERPRINT.match(fingerprint):
        raise UsageError(
            f"{fingerprint!r} is no fingerprint: take the 12 hexadecimal digits in brackets behind a finding"
        )
    if not reason.strip():
        raise UsageError(
            "--reason is empty: say why this may stay; the text is kept in contracts/accepted.json"
        )
    try:
        day = date.fromisoformat(until)
    except ValueError:
        example = today.replace(year=today.year + 1, day=1).isoformat()
        raise UsageError(f"--until {until!r}: write a day such as {example}") from None
    if day < today:
        raise UsageError(f"--until {until} has passed already: an expired acceptance hides nothing")
    return Acceptance(fingerprint, " ".join(reason.split()), owner.strip() or "nobody named", day)


def merge_acceptances(old: Iterable[Acceptance], new: Iterable[Acceptance]) -> tuple[Acceptance, ...]:
    """Return both, by fingerprint; a new one replaces the old one for the same finding."""
    merged = {acceptance.fingerprint: acceptance for acceptance in (*old, *new)}
    return tuple(merged[fingerprint] for fingerprint in sorted(merged))


def write_acceptances(path: Path, acceptances: Iterable[Acceptance]) -> None:
    """Write the file atomically.

    Raises:
        ReportFolderUnusable: it cannot be written.

    """
    entries = [acceptance.to_record() for acceptance in acceptances]
    write_whole(path, dump({"format": FORMAT, "accepted": entries}))


@lean_value(frozen=True)
class AcceptanceStatus:
    """The acceptances compared with the findings of a run."""

    active: Mapping[str, Acceptance]
    """By fingerprint."""
    expired: tuple[Acceptance, ...] = ()
    unused: tuple[Acceptance, ...] = ()

    def to_record(self) -> AcceptanceReport:
        """Return those that hide nothing any more, for run.json."""
        return AcceptanceReport(
            expired=tuple(acceptance.to_record() for acceptance in self.expired),
            unused=tuple(acceptance.to_record() for acceptance in self.unused),
        )


def evaluate_acceptances(
    acceptances: Iterable[Acceptance], findings: Mapping[str, str], today: date, *, whole: bool
) -> AcceptanceStatus:
    """Return which acceptances count, have expired, or name no finding; the last only after a `whole` run.

    `findings` are the former fingerprints by the fingerprints of today, empty where they are the same: an
    acceptance of a former fingerprint counts for every finding that had it.
    """
    entries = tuple(acceptances)
    valid = {entry.fingerprint: entry for entry in entries if entry.holds(today)}
    former = {name: valid[old] for name, old in findings.items() if old in valid}
    names = findings.keys() | set(findings.values())
    return AcceptanceStatus(
        {**former, **valid},
        tuple(entry for entry in entries if not entry.holds(today)),
        tuple(entry for entry in entries if whole and entry.fingerprint not in names),
    )
