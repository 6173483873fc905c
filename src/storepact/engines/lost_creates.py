"""Creates whose answers were lost: what they have created is looked for by its mark, also if it is late."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from storepact.transport.journal import Entry, Journal

#: Seconds after which a create that was looked for in vain is not expected any more.
_LATEST = 60.0


class LostCreates:
    """Finds and deletes what creates without a usable answer have left."""

    def __init__(
        self,
        journal: Journal,
        find: Callable[[], Iterator[str]],
        delete: Callable[[str, str], object],
        seconds: float,
    ) -> None:
        """`find` yields the ids of what shows the run's mark and is not in the journal.

        `delete` takes a collection's path and an id. `seconds` is how long a create may be under way.
        """
        self._journal, self._find, self._delete, self._seconds = journal, find, delete, seconds
        self._missing: list[Entry] = []
        self._since = 0.0

    def recover(self) -> None:
        """Look for what uncertain creates have left, and delete it.

        Raises:
            TargetUnreachable, TargetTimedOut: the target does not respond; the creates stay uncertain.

        """
        uncertain = dict(self._journal.uncertain)
        if not uncertain:
            return
        entries = list(uncertain.values())
        count = self._delete_matches(entries[0])
        for number in uncertain:
            self._journal.record_refusal(number)
        self._missing.extend(entries[count:])
        self._since = time.monotonic()

    def recover_late(self) -> bool:
        """Delete what was created after it had been looked for; returns whether there was any."""
        if time.monotonic() - self._since > _LATEST:
            self._missing.clear()
        count = self._delete_matches(self._missing[0]) if self._missing else 0
        del self._missing[:count]
        return bool(count)

    def wait(self) -> None:
        """Wait until no create that was looked for in vain can be under way any more."""
        left = self._since + self._seconds - time.monotonic()
        if self._missing and left > 0:
            time.sleep(left)

    def _delete_matches(self, entry: Entry) -> int:
        """Delete what `find` yields; returns how much it was."""
        identifiers = list(self._find())
        for identifier in identifiers:
            self.delete(entry, identifier)
        return len(identifiers)

    def delete(self, entry: Entry, identifier: str) -> None:
        """Delete what a create like this one has made; the journal has it until it is gone."""
        number = self._journal.record_attempt(entry.target, entry.path, entry.mark)
        self._journal.record_creation(number, identifier)
        self._delete(entry.path, identifier)

    @property
    def ids(self) -> frozenset[str | None]:
        """The ids of what exists of this run, as far as is known; None for a create without an answer."""
        return frozenset(entry.id for entry in self._journal.leftovers)
