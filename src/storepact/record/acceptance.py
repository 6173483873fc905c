"""Accepted findings: what is known, whose it is, and until when it may stay; a file that the tool writes and reads."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from storepact.model.errors import AcceptanceUnusable, UsageError
from storepact.record.store import dump, write_whole

FORMAT = 1

#: Where acceptances are kept: beside the pacts.
FILE = "accepted.json"

_FINGERPRINT = re.compile(r"^[0-9a-f]{12}$")


@dataclass(frozen=True)
class Acceptance:
    """One finding that may be there, the day `until` included."""

    fingerprint: str
    reason: str
    owner: str
    until: date

    def holds(self, today: date) -> bool:
        """Whether it still counts."""
        return today <= self.until

    def as_data(self) -> dict[str, str]:
        """Plain data."""
        return {**asdict(self), "until": self.until.isoformat()}


def load_accepted(path: Path) -> tuple[Acceptance, ...]:
    """The acceptances of a file; none if it is not there.

    Raises:
        AcceptanceUnusable: it is not what `storepact accept` writes.

    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not JSON"
        raise AcceptanceUnusable(path, str(reason)) from None
    if not isinstance(data, Mapping) or not isinstance(data.get("accepted"), list):
        raise AcceptanceUnusable(path, "has no array `accepted`")
    if data.get("format") != FORMAT:
        raise AcceptanceUnusable(path, f"has format {data.get('format')}, this version reads format {FORMAT}")
    found = [_read(path, number, each) for number, each in enumerate(data["accepted"], 1)]
    twice = {
        one.fingerprint for one in found if sum(each.fingerprint == one.fingerprint for each in found) > 1
    }
    if twice:
        raise AcceptanceUnusable(path, f"names {', '.join(sorted(twice))} twice")
    return tuple(found)


def _read(path: Path, number: int, data: Any) -> Acceptance:
    names = ("fingerprint", "reason", "owner", "until")
    if not isinstance(data, Mapping) or not all(
        isinstance(data.get(name), str) and data[name].strip() for name in names
    ):
        raise AcceptanceUnusable(path, f"entry {number} needs texts for {', '.join(names)}")
    if not _FINGERPRINT.match(data["fingerprint"]):
        raise AcceptanceUnusable(
            path, f"entry {number}: a fingerprint has 12 hexadecimal digits, not {data['fingerprint']!r}"
        )
    try:
        until = date.fromisoformat(data["until"])
    except ValueError:
        raise AcceptanceUnusable(
            path, f"entry {number}: `until` is a day such as 2027-01-31, not {data['until']!r}"
        ) from None
    return Acceptance(data["fingerprint"], data["reason"], data["owner"], until)


def make_acceptance(fingerprint: str, reason: str, owner: str, until: str, today: date) -> Acceptance:
    """An acceptance as somebody asks for it.

    Raises:
        UsageError: one of the words is off.

    """
    if not _FINGERPRINT.match(fingerprint):
        raise UsageError(
            f"{fingerprint!r} is no fingerprint: take the 12 hexadecimal digits in brackets behind a finding"
        )
    if not reason.strip():
        raise UsageError("--reason is empty: say why this may stay, for whoever reads it next year")
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise UsageError(
            f"--until {until!r}: write a day such as {today.replace(year=today.year + 1, day=1).isoformat()}"
        ) from None
    if day < today:
        raise UsageError(f"--until {until} has passed already: an expired acceptance hides nothing")
    return Acceptance(fingerprint, " ".join(reason.split()), owner.strip() or "nobody named", day)


def merge_acceptances(known: Iterable[Acceptance], new: Iterable[Acceptance]) -> tuple[Acceptance, ...]:
    """Both, the new ones in place of older ones for the same finding; in order."""
    found = {each.fingerprint: each for each in (*known, *new)}
    return tuple(found[name] for name in sorted(found))


def write_accepted(path: Path, acceptances: Iterable[Acceptance]) -> None:
    """Write the file, whole or not at all."""
    write_whole(
        path, dump({"format": FORMAT, "accepted": [acceptance.as_data() for acceptance in acceptances]})
    )


@dataclass(frozen=True)
class AcceptanceStatus:
    """The acceptances beside what a run found."""

    active: Mapping[str, Acceptance]
    expired: tuple[Acceptance, ...] = ()
    unused: tuple[Acceptance, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """For run.json."""
        return {name: [each.as_data() for each in getattr(self, name)] for name in ("expired", "unused")}


def evaluate_acceptances(
    acceptances: Iterable[Acceptance], found: Collection[str], today: date, *, whole: bool
) -> AcceptanceStatus:
    """Which count, which have expired, and which name nothing that was found; the last only after a `whole` run."""
    every = tuple(acceptances)
    return AcceptanceStatus(
        {each.fingerprint: each for each in every if each.holds(today)},
        tuple(each for each in every if not each.holds(today)),
        tuple(each for each in every if whole and each.fingerprint not in found),
    )
