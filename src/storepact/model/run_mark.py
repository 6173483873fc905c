"""The mark of a run: a text in everything that it creates on a live target, to recognise it later."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_FORMAT = "%Y%m%d%H%M%S"
_PATTERN = re.compile(r"storepact-(\d{14})-([0-9a-f]{8})")


@dataclass(frozen=True, order=True)
class RunMark:
    """When a run began, in UTC, and a random number that no other run has."""

    started: datetime
    identity: str
    """Eight hexadecimal digits."""

    def __str__(self) -> str:
        return f"storepact-{self.started:{_FORMAT}}-{self.identity}"

    def age(self, now: datetime) -> timedelta:
        """How long ago the run began."""
        return now - self.started


def make_run_mark() -> RunMark:
    """A mark for a run that begins now."""
    return RunMark(datetime.now(UTC).replace(microsecond=0), secrets.token_hex(4))


def shorten_run_marks(text: str) -> str:
    """The text with `storepact` in the place of every mark."""
    return _PATTERN.sub("storepact", text)


def find_run_marks(text: str) -> Iterator[RunMark]:
    """Every mark in a text, in its order; a text that only resembles a mark is ignored."""
    for stamp, identity in _PATTERN.findall(text):
        try:
            started = datetime.strptime(stamp, _FORMAT).replace(tzinfo=UTC)
        except ValueError:
            continue
        yield RunMark(started, identity)
