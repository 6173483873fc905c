"""The journal: what a run is about to create, written down before the request leaves."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

#: Numbers of attempts, unique in a file that several processes append to.
_NUMBERS = count(os.getpid() * 1_000_000 + 1)


@dataclass(frozen=True)
class Entry:
    """Something created and not yet deleted. `path` is the collection's path, without the id."""

    target: str
    path: str
    id: str | None
    mark: str


class Journal:
    """An append-only JSON-lines file: `creating` before, `created` and `deleted` after. `path` None keeps it in memory.

    The folder is made with the first line. OSError, where it cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._open: dict[int, dict[str, Any]] = {}

    def _write(self, line: dict[str, Any]) -> None:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, sort_keys=True) + "\n")

    def record_attempt(self, target: str, path: str, mark: str) -> int:
        """Note an intention; returns its number."""
        number = next(_NUMBERS)
        entry = {
            "event": "creating",
            "n": number,
            "target": target,
            "path": path,
            "mark": mark,
            "id": None,
        }
        self._open[number] = entry
        self._write(entry)
        return number

    def record_created(self, number: int, identifier: str) -> None:
        """The provider answered with an id."""
        self._open[number] = {**self._open[number], "id": identifier}
        self._write({"event": "created", "n": number, "id": identifier})

    def record_refused(self, number: int) -> None:
        """Nothing was created."""
        if self._open.pop(number, None):
            self._write({"event": "refused", "n": number})

    def record_deleted(self, identifier: str) -> None:
        """It is gone."""
        for number, entry in list(self._open.items()):
            if entry["id"] == identifier:
                del self._open[number]
                self._write({"event": "deleted", "n": number, "id": identifier})

    @property
    def leftovers(self) -> tuple[Entry, ...]:
        """What is still there, newest first."""
        return tuple(
            Entry(entry["target"], entry["path"], entry["id"], entry["mark"])
            for entry in reversed(self._open.values())
        )


def leftovers_of(path: Path, target: str) -> tuple[Entry, ...]:
    """What an earlier run, cut off before it could tidy up, left on a target. Unreadable lines are passed over."""
    still: dict[Any, dict[str, Any]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    for line in lines:
        try:
            entry = json.loads(line)
            number = entry["n"]
        except (ValueError, KeyError, TypeError):
            continue
        match entry.get("event"):
            case "creating":
                still[number] = entry
            case "created" if number in still:
                still[number]["id"] = entry.get("id")
            case "refused" | "deleted":
                still.pop(number, None)
    return tuple(
        Entry(entry["target"], entry["path"], entry["id"], entry["mark"])
        for entry in still.values()
        if entry.get("target") == target
    )
