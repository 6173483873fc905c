"""The files that a user names: a path may be a pipe to which nothing writes, and is not waited for."""

from __future__ import annotations

import errno
import os
import select
import stat
from pathlib import Path

#: Milliseconds that a pipe may keep its reader waiting.
_PATIENCE = 30_000

_PIECE = 1 << 16

#: Where a shell has the pipes of `<(…)`: opening those waits for nobody.
_OWN_PIPES = ("/dev/fd/", "/proc/")


def read_bytes(path: Path) -> bytes:
    """The content of a file, or of a pipe such as the `<(…)` of a shell.

    Opening a named pipe waits until something writes to it, and a signal does not end that.

    Raises:
        OSError: it cannot be read, or nothing is written to the pipe.

    """
    if not path.is_fifo():
        return path.read_bytes()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return b"".join(iter(lambda: _read_piece(descriptor, path), b""))
    finally:
        os.close(descriptor)


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The text of a file or pipe, as `Path.read_text` has it.

    Raises:
        OSError: it cannot be read, or nothing is written to the pipe.
        UnicodeDecodeError: it is not in this encoding.

    """
    return read_bytes(path).decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def check_no_named_pipe(path: str | Path | None) -> None:
    """Make sure that a library which opens a path by its name does not wait there.

    Raises:
        OSError: it is a named pipe.

    """
    if path is not None and not str(path).startswith(_OWN_PIPES) and stat.S_ISFIFO(_mode_of(path)):
        raise OSError(errno.EINVAL, "it is a pipe, and no file", str(path))


def _mode_of(path: str | Path) -> int:
    """The mode of a file; 0 where there is none that can be looked at."""
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return 0


def _read_piece(descriptor: int, path: Path) -> bytes:
    """What a pipe has next; nothing at its end."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if not poll.poll(_PATIENCE):
        raise OSError(errno.ETIMEDOUT, "it is a pipe to which nothing is written", str(path))
    return os.read(descriptor, _PIECE)
