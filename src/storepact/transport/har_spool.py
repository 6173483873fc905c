"""The exchanges of a run as a HAR file: each is added to a spool when it is done, by any process."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

from storepact import __version__
from storepact.model.errors import UsageError
from storepact.model.exchange import Exchange
from storepact.transport.har_writer import har_entry, har_text


def spool_of(path: Path) -> Path:
    """The file beside a HAR file that its entries are collected in."""
    return path.with_name(f".{path.name}.entries")


def begin_har(path: Path) -> None:
    """Begin the spool of a HAR file anew; only its owner may read it.

    Raises:
        UsageError: it cannot be written.

    """
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        spool_of(path).unlink(missing_ok=True)
        os.close(os.open(spool_of(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise UsageError(
            f"--save-har {path}: cannot be written: {error.strerror or error}; name a file in a folder that "
            "exists"
        ) from None


def finish_har(path: Path) -> None:
    """Make the HAR file of what the spool holds, and remove the spool.

    Raises:
        UsageError: it cannot be written, or an entry could not be added to the spool.

    """
    spool = spool_of(path)
    part = path.with_name(f".{path.name}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file, spool.open(encoding="utf-8") as entries:
            file.writelines(har_text(_lines(entries), __version__))
        os.replace(part, path)
        spool.unlink()
    except OSError as error:
        for remains in (part, spool):
            with contextlib.suppress(OSError):
                remains.unlink(missing_ok=True)
        if isinstance(error, FileNotFoundError):
            error = OSError(errno.ENOSPC, "an exchange could not be added, as on a full disk")
        raise UsageError(f"--save-har {path}: cannot be written: {error.strerror or error}") from None


def _lines(file: Iterator[str]) -> Iterator[str]:
    """The whole lines; a process that was killed may have left a part of one."""
    return (line.rstrip("\n") for line in file if line.endswith("\n"))


class Spool:
    """Adds the exchanges with one target to the spool of a HAR file."""

    def __init__(self, path: Path, base_url: str) -> None:
        self._path, self._base_url = spool_of(path), base_url

    def add(self, exchange: Exchange, ended: float) -> None:
        """Add one exchange, its secrets masked, and when it ended; one without a response is left out.

        An entry that cannot be added ends the file and not the run, which has resources to delete: the spool
        is removed, by which `finish_har` and the spools of other processes know.
        """
        if not exchange.response.status:
            return
        started = ended - exchange.response.seconds
        entry = har_entry(self._base_url, exchange.request, exchange.response, started)
        line = json.dumps(entry).encode("ascii") + b"\n"
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND)
            try:  # one call: the lines of several processes do not mix
                is_whole = os.write(handle, line) == len(line)
            finally:
                os.close(handle)
        except OSError:
            is_whole = False
        if not is_whole:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
