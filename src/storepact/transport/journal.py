"""The journal: what a run creates on a target, written to disk before each request is sent."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import TextIO

from storepact.model.errors import ReportFolderUnusable
from storepact.model.run_mark import RunMark, find_run_marks

#: Numbers of attempts, unique in a process.
_NUMBERS = count(1)

#: A journal larger than this, in bytes, was not written by a run.
_LARGEST = 64 * 1024 * 1024


class EntryState(StrEnum):
    """What is known of a create."""

    ATTEMPTED = "attempted"
    """It was about to be sent."""
    CREATED = "created"
    UNCERTAIN = "uncertain"
    """It may have been carried out: the response was lost, was an error of the server, or has no id."""


@dataclass(frozen=True)
class Entry:
    """A create whose resource is not known to be gone. `path` is the collection's."""

    target: str
    path: str
    mark: str
    """A text that the resource contains."""
    id: str | None = None
    """None if it is not known yet."""
    state: EntryState = EntryState.ATTEMPTED


class Journal:
    """An append-only JSON-lines file, created with its first line; `path` None keeps entries in memory.

    Each line has an `event` and the number `n` of the attempt: `creating` before the request, on disk when
    `record_attempt` returns; then `created`, `refused` or `uncertain`, and `deleted`. The file is locked
    while its process lives, and removed by `close` if nothing is left. Methods that write raise
    ReportFolderUnusable if the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._open: dict[int, Entry] = {}
        self._file: TextIO | None = None

    def _write(self, event: str, number: int, *, durable: bool = False, **members: str | None) -> None:
        if self.path is None:
            return
        try:
            file = self._file or self._begin(self.path)
            file.write(json.dumps({"event": event, "n": number, **members}, sort_keys=True) + "\n")
            file.flush()
            if durable:
                os.fsync(file.fileno())
        except OSError as error:
            raise ReportFolderUnusable(self.path.parent, error.strerror or str(error)) from None

    def _begin(self, path: Path) -> TextIO:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return self._file

    def close(self) -> None:
        """Unlock the file, and remove it if nothing is left."""
        if self._file is not None and self.path is not None:
            if not self._open:
                self.path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    self.path.parent.rmdir()
            self._file.close()
            self._file = None

    def record_attempt(self, target: str, path: str, mark: str) -> int:
        """Record that something is about to be created, and return the attempt's number."""
        number = next(_NUMBERS)
        self._open[number] = Entry(target, path, mark)
        self._write("creating", number, durable=True, target=target, path=path, mark=mark)
        return number

    def record_creation(self, number: int, identifier: str) -> None:
        """Record the id that the provider responded with."""
        entry = self._open[number]
        self._open[number] = replace(entry, id=identifier, state=EntryState.CREATED)
        self._write("created", number, id=identifier)

    def record_uncertainty(self, number: int) -> None:
        """Record that it is not known whether the create was carried out."""
        if number in self._open:
            self._open[number] = replace(self._open[number], state=EntryState.UNCERTAIN)
            self._write("uncertain", number)

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

    @property
    def uncertain(self) -> Mapping[int, Entry]:
        """The creates of which it is not known whether they were carried out, by number."""
        return {
            number: entry for number, entry in self._open.items() if entry.state is not EntryState.CREATED
        }


@dataclass(frozen=True)
class FormerJournal:
    """The journal of a run that has ended without deleting all that it created."""

    path: Path
    mark: RunMark
    """The mark of the run, which every resource of it carries."""
    entries: tuple[Entry, ...]

    def remove(self) -> None:
        """Remove the file: what it records is gone."""
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()


def former_journals(folder: Path) -> Iterator[FormerJournal]:
    """The journals of a folder whose runs have ended, in the order in which the runs began.

    Files whose names hold no mark of a run, files of running runs, and what is no regular file are left
    alone. Lines that cannot be read are ignored, and so are entries with the mark of another run.
    """
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        marks = tuple(find_run_marks(path.stem))
        lines = _read_lines(path) if len(marks) == 1 else None
        if lines is not None:
            entries = (entry for entry in _entries(lines) if entry.mark.startswith(str(marks[0])))
            yield FormerJournal(path, marks[0], tuple(entries))


def _read_lines(path: Path) -> list[str] | None:
    """The lines of a journal; None if its run has not ended, or if it is no journal."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return None
        return file.read().splitlines()


def _entries(lines: list[str]) -> Iterator[Entry]:
    attempts: dict[int, Entry] = {}
    for line in lines:
        event, number, data = _parse(line)
        match event:
            case "creating":
                attempts[number] = Entry(data.get("target", ""), data.get("path", ""), data.get("mark", ""))
            case "created" if number in attempts:
                attempts[number] = replace(attempts[number], id=data.get("id"), state=EntryState.CREATED)
            case "refused" | "deleted":
                attempts.pop(number, None)
    yield from attempts.values()


def _parse(line: str) -> tuple[str, int, dict[str, str]]:
    """The event, number and texts of a line; an empty event if it cannot be read."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return "", 0, {}
    number = data.get("n") if isinstance(data, dict) else None
    if not isinstance(number, int):
        return "", 0, {}
    texts = {name: value for name, value in data.items() if isinstance(value, str)}
    return texts.get("event", ""), number, texts
