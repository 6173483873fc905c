"""The journal: what a run creates on a target, written to disk before each request is sent."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any, TextIO

from storepact.model.errors import ReportFolderUnusable
from storepact.model.run_mark import RunMark, find_run_marks
from storepact.model.values import lean_value

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


@lean_value(frozen=True)
class Entry:
    """A create whose resource is not known to be gone. `path` is the collection's."""

    target: str
    path: str
    mark: str
    """A text that the resource contains."""
    id: str | None = None
    """None if it is not known yet."""
    state: EntryState = EntryState.ATTEMPTED
    line: int = 0
    """Where the journal of an earlier run records the attempt; 0 in the present run's."""


class Journal:
    """An append-only JSON-lines file, created with its first line; `path` None keeps entries in memory.

    Each line has an `event` and the number `n` of the attempt: `creating` before the request, on disk when
    `record_attempt` returns; then `created`, `refused` or `uncertain`, and `deleted`. The file is locked
    while its process lives, and removed by `close` if nothing is left. Nothing is created without the line
    before it; where a later one cannot be written, as on a full disk, the run goes on with what it has in
    memory, and deletes what it created.
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
                os.fdatasync(file.fileno())
        except OSError as error:
            raise ReportFolderUnusable(self.path.parent, error.strerror or str(error)) from None

    def _add(self, event: str, number: int, **members: str) -> None:
        """Record what is done already; the file keeps a line that cannot be written for the next one."""
        with contextlib.suppress(ReportFolderUnusable):
            self._write(event, number, durable=False, **members)

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
            with contextlib.suppress(OSError):  # on a full disk: what could not be written was not sent
                self._file.close()
            self._file = None

    def record_attempt(self, target: str, path: str, mark: str) -> int:
        """Record that something is about to be created, and return the attempt's number.

        Raises:
            ReportFolderUnusable: the file cannot be written; nothing may be created.

        """
        number = next(_NUMBERS)
        self._open[number] = Entry(target, path, mark)
        try:
            self._write("creating", number, durable=True, target=target, path=path, mark=mark)
        except ReportFolderUnusable:
            del self._open[number]  # it is not sent
            raise
        return number

    def record_creation(self, number: int, identifier: str) -> None:
        """Record the id that the provider responded with."""
        entry = self._open[number]
        self._open[number] = replace(entry, id=identifier, state=EntryState.CREATED)
        self._add("created", number, id=identifier)

    def record_uncertainty(self, number: int) -> None:
        """Record that it is not known whether the create was carried out."""
        if number in self._open:
            self._open[number] = replace(self._open[number], state=EntryState.UNCERTAIN)
            self._add("uncertain", number)

    def record_refusal(self, number: int) -> None:
        """Record that nothing was created."""
        if self._open.pop(number, None):
            self._add("refused", number)

    def record_deletion(self, identifier: str) -> None:
        """Record that something was deleted, by its id."""
        for number, entry in list(self._open.items()):
            if entry.id == identifier:
                del self._open[number]
                self._add("deleted", number, id=identifier)

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


@lean_value(frozen=True)
class FormerJournal:
    """A file that an earlier run, or another program, left in the folder of journals."""

    path: Path
    mark: RunMark | None
    """The mark of the run, which every resource of it carries; None if the file's name has none."""
    entries: tuple[Entry, ...] = ()
    damaged: tuple[int, ...] = ()
    """The lines that cannot be read, but an incomplete last one: no request had left before it was whole."""
    foreign: tuple[int, ...] = ()
    """The lines that name the mark of another run."""
    problem: str = ""
    """Why it cannot be read at all, as the rest of a sentence about the file."""

    def remove(self) -> None:
        """Remove the file: what it records is gone."""
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()

    def set_aside(self) -> Path:
        """Rename the file, so that no later run reads it; returns its new path.

        Raises:
            OSError: it cannot be renamed.

        """
        return self.path.rename(self.path.with_suffix(".rejected"))


def former_journals(folder: Path) -> Iterator[FormerJournal]:
    """The journals of a folder whose runs have ended, in the order in which the runs began.

    What is no journal has a `problem`. The files of running runs are left alone.
    """
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        marks = tuple(find_run_marks(path.stem))
        try:
            yield _read_journal(path, marks[0] if len(marks) == 1 else None)
        except BlockingIOError:
            continue


def _read_journal(path: Path, mark: RunMark | None) -> FormerJournal:
    """Read a journal.

    Raises:
        BlockingIOError: its run has not ended.

    """
    if mark is None:
        return FormerJournal(path, None, problem="has no mark of a run in its name")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as error:
        problem = "is a link" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        return FormerJournal(path, mark, problem=problem)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
        os.close(descriptor)
        problem = "is larger than every journal" if stat.S_ISREG(status.st_mode) else "is no file"
        return FormerJournal(path, mark, problem=problem)
    with os.fdopen(descriptor, encoding="utf-8", errors="replace", newline="\n") as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return _Lines(str(mark)).read(path, mark, file.read().split("\n"))


class _Lines:
    """The lines of one journal, as far as they are read."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._attempts: dict[int, Entry] = {}
        self._numbers: set[int] = set()
        self._damaged: list[int] = []
        self._foreign: list[int] = []

    def read(self, path: Path, mark: RunMark, lines: list[str]) -> FormerJournal:
        for line, text in enumerate(lines[:-1], 1):  # behind the last line break is an incomplete line
            self._add(line, text)
        entries = tuple(self._attempts.values())
        return FormerJournal(path, mark, entries, tuple(self._damaged), tuple(self._foreign))

    def _add(self, line: int, text: str) -> None:
        match _parse(text):
            case {"event": "creating", "n": number, "target": target, "path": path, "mark": mark}:
                self._numbers.add(number)
                if mark.startswith(self._mark):
                    self._attempts[number] = Entry(target, path, mark, line=line)
                else:
                    self._foreign.append(line)
            case {"event": "created", "n": number, "id": identifier} if number in self._numbers:
                if number in self._attempts:
                    entry = replace(self._attempts[number], id=identifier, state=EntryState.CREATED)
                    self._attempts[number] = entry
            case {"event": "refused" | "deleted", "n": number} if number in self._numbers:
                self._attempts.pop(number, None)
            case {"event": "uncertain", "n": number} if number in self._numbers:
                pass
            case _:
                self._damaged.append(line)


def _parse(line: str) -> dict[str, Any]:
    """The members of a line, all texts but the number; empty if they cannot be read."""
    try:
        data = json.loads(line)
        line.encode()
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # a lone surrogate is in no request
        return {}
    if not isinstance(data, dict):
        return {}
    number = data.pop("n", None)
    is_number = isinstance(number, int) and not isinstance(number, bool)
    if not is_number or not all(isinstance(value, str) for value in data.values()):
        return {}
    return {**data, "n": number}
