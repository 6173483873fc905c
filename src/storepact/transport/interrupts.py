"""Ctrl-C, taken at safe points only: never between a request and the note of what it created.

An exception thrown by a signal handler inside a foreign callback is dropped there, and the run would go on. So the first
Ctrl-C is only noted; the bench asks for it before each exchange, and the pact engine after each verification.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Interrupts:
    """The first Ctrl-C waits for `check`; any later one is thrown at once."""

    def __init__(self) -> None:
        self.pressed = self.told = False

    def install(self) -> None:
        """Take over SIGINT; only in a main thread."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True

    def check(self) -> None:
        """A safe point.

        Raises:
            KeyboardInterrupt: once, if Ctrl-C was pressed.

        """
        if self.pressed and not self.told and threading.current_thread() is threading.main_thread():
            self.told = True
            raise KeyboardInterrupt


INTERRUPTS = Interrupts()
