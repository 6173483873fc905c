"""How a command prints: how much, and in colours or not. Set once for a call, read where it is printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO

from storepact.model.values import lean_value


@lean_value(frozen=True)
class Presentation:
    """The options of output that every command takes."""

    quiet: bool = False
    """Print the verdict and the titles of findings only, and no progress."""
    verbose: bool = False
    """Print everything, and shorten no list."""
    color: bool | None = None
    """Whether to print in colours; None where terminal and environment decide."""

    def wants_color(self, stream: IO[str], environment: Mapping[str, str] = os.environ) -> bool:
        """Whether to write to a stream in colours.

        The option counts before NO_COLOR, NO_COLOR before FORCE_COLOR, and both before what the stream is.
        """
        if self.color is not None:
            return self.color
        if environment.get("NO_COLOR"):
            return False
        forced = environment.get("FORCE_COLOR")
        if forced:
            return forced != "0"
        return stream.isatty() and environment.get("TERM") != "dumb"


_USUAL = Presentation()
_CURRENT: ContextVar[Presentation] = ContextVar("presentation", default=_USUAL)


def presentation() -> Presentation:
    """How the running command prints."""
    return _CURRENT.get()


def wants_color() -> bool:
    """Whether to print on standard output in colours."""
    return presentation().wants_color(sys.stdout)


@contextmanager
def present(choice: Presentation) -> Iterator[None]:
    """Print in this way until the end of the block."""
    token = _CURRENT.set(choice)
    try:
        yield
    finally:
        _CURRENT.reset(token)
