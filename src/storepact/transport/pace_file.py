"""The file through which the processes of a run share their pace: one process at a time reads and writes it.

It is locked and rewritten for every request, so that it stays open, and nothing is created or renamed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: More than the state of any run has, in bytes.
_LARGEST = 1 << 20


class PaceFile:
    """Text in a file; `hold` has it for this process alone. Threads of a process keep apart themselves."""

    def __init__(self, path: Path) -> None:
        """The file is created with the first use, readable by its owner only."""
        self._path = path
        self._descriptor, self._process = -1, 0
        self._text = b""

    @contextmanager
    def hold(self) -> Iterator[PaceFile]:
        """Lock the file until the end of the block."""
        descriptor = self._open()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield self
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _open(self) -> int:
        """The file's descriptor; a forked process opens its own, as a shared one shares its lock."""
        process = os.getpid()
        if self._process != process:
            self.close()
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._process = process
        return self._descriptor

    def read(self) -> bytes:
        """What the file holds; empty before the first write."""
        self._text = os.pread(self._descriptor, _LARGEST, 0)
        return self._text

    def write(self, text: bytes) -> None:
        """Replace what was read; blanks fill a shorter text up."""
        padded = text.ljust(len(self._text))
        if padded != self._text:
            os.pwrite(self._descriptor, padded, 0)

    def close(self) -> None:
        """Close the file, if it is open."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor, self._process = -1, 0

    def __del__(self) -> None:
        self.close()
