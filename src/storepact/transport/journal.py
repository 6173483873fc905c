"""The journal: what a run creates on a target, written to disk before each request is sent."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

#: Numbers of attempts, unique in a file that several processes append to.
_NUMBERS = count(os.getpid() * 1_000_000 + 1)


@dataclass(frozen=True)
class Entry:
    """Something created and not yet deleted. `path` is the collection's, `id` None if not known yet."""

    target: str
    path: str
    id: str | None
    mark: str


class Journal:
    """An append-only JSON-lines file, created with its first line; `path` None keeps entries in memory.

    Each line has an `event` and the number `n` of the attempt: `creating` before the request, then
    `created` or `refused`, and `deleted`. Methods that write raise OSError if the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._open: dict[int, Entry] = {}

    def _write(self, event: str, number: int, **members: str | None) -> None:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"event": event, "n": number, **members}, sort_keys=True) + "\n")

    def record_attempt(self, target: str, path: str, mark: str) -> int:
        """Record that something is about to be created, and return the attempt's number."""
        number = next(_NUMBERS)
        self._open[number] = Entry(target, path, None, mark)
        self._write("creating", number, target=target, path=path, mark=mark, id=None)
        return number

    def record_creation(self, number: int, identifier: str) -> None:
        """Record the id that the provider responded with."""
        self._open[number] = replace(self._open[number], id=identifier)
        self._write("created", number, id=identifier)

    def record_refusal(self, number: int) -> None:
        """Record that nothing was created."""
        if self._open.pop(number, None):
            self._write("refused", number)

    def record_deletion(self, identifier: str) -> None:
        """Record that something was deleted, by its id."""
        for number, entry in list(self._open.items()):
            if entry.id == identifier:
                del self._open[number]
                self._write("deleted", number, id=identifier)

    @property
    def leftovers(self) -> tuple[Entry, ...]:
        """What is not deleted yet, newest first."""
        return tuple(reversed(self._open.values()))


def leftovers_of(path: Path, target: str) -> tuple[Entry, ...]:
    """What earlier runs left on a target, from their journal. Lines that cannot be read are ignored."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    attempts: dict[Any, dict[str, Any]] = {}
    for line in lines:
        try:
            data = json.loads(line)
            number = data["n"]
        except (ValueError, KeyError, TypeError):
            continue
        match data.get("event"):
            case "creating":
                attempts[number] = data
            case "created" if number in attempts:
                attempts[number]["id"] = data.get("id")
            case "refused" | "deleted":
                attempts.pop(number, None)
    return tuple(
        Entry(data["target"], data["path"], data["id"], data["mark"])
        for data in attempts.values()
        if data.get("target") == target
    )
