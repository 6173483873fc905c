"""The mark of a run: a text in everything that it creates on a live target, to recognise it later."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from storepact.model.values import lean_value

_FORMAT = "%y%m%d%H%M"

#: What a mark looks like, as a regular expression without groups; the second form is a former one.
RUN_MARK = r"storepact-(?:\d{10}-[0-9a-z]{4}|\d{14}-[0-9a-f]{8})"

_FORMER_FORMAT = "%Y%m%d%H%M%S"
_LETTERS, _LENGTH = string.digits + string.ascii_lowercase, 4


@lean_value(frozen=True, order=True)
class RunMark:
    """When a run began, in UTC, and a random text that no other run of that minute has.

    A mark of 25 characters leaves room for the numbers of a process and of a resource in a word of 32, which
    is the longest that every provider accepts.
    """

    started: datetime
    identity: str
    """Four digits or lower-case letters; earlier releases had eight hexadecimal digits."""

    def __str__(self) -> str:
        layout = _FORMAT if len(self.identity) == _LENGTH else _FORMER_FORMAT
        return f"storepact-{self.started:{layout}}-{self.identity}"

    def age(self, now: datetime) -> timedelta:
        """How long ago the run began."""
        return now - self.started


def make_run_mark() -> RunMark:
    """A mark for a run that begins now."""
    identity = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return RunMark(datetime.now(UTC).replace(second=0, microsecond=0), identity)


def find_run_marks(text: str) -> Iterator[RunMark]:
    """Every mark in a text, in its order; a text that only resembles a mark is ignored."""
    for mark in re.findall(RUN_MARK, text):
        _, stamp, identity = mark.split("-")
        layout = _FORMAT if len(identity) == _LENGTH else _FORMER_FORMAT
        try:
            started = datetime.strptime(stamp, layout).replace(tzinfo=UTC)
        except ValueError:
            continue
        yield RunMark(started, identity)
