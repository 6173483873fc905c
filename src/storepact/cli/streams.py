"""Standard output and error of a command, which go on where the reader of a pipe has gone."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Pipe(io.FileIO):
    """A descriptor to write to; once the other end is closed, it is dropped."""

    def write(self, data: ReadableBuffer, /) -> int | None:  # type: ignore[override]
        """Write some bytes; returns how many."""
        try:
            return super().write(data)
        except BrokenPipeError:
            _drop(self.fileno())
            return memoryview(data).nbytes


def _drop(descriptor: int) -> None:
    """Write to nothing from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def use_lasting_streams() -> None:
    """Write to standard output and error so that a closed pipe changes no exit code.

    A terminal that lacks a character gets a question mark.
    """
    sys.stdout, sys.stderr = _lasting(sys.stdout, "<stdout>"), _lasting(sys.stderr, "<stderr>")


def end_output() -> OSError | None:
    """Write what is left of standard output; returns why it cannot be written, as on a full disk."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        _drop(sys.stdout.fileno())
        return error
    return None


def _lasting(stream: TextIO, name: str) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # there is none, or it was replaced
        return stream
    if stream.name != name:
        stream.reconfigure(errors="replace")
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Pipe(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
