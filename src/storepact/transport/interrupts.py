"""Ctrl-C and SIGTERM, handled at safe points only: never between a request and its journal entry.

An exception that a signal handler raises inside a foreign callback is dropped there, and the run would
continue. So the first Ctrl-C is only noted, and checked before each exchange and after each pact
verification.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Interrupts:
    """The first Ctrl-C is raised by `check`; any later one at once."""

    def __init__(self) -> None:
        self.pressed = self.raised = False
        self._at_once = False

    def install(self, *, at_once: bool = False) -> None:
        """Handle SIGINT and SIGTERM from now on; does nothing outside of the main thread.

        `at_once`: this process sends no requests itself, so the first Ctrl-C is raised at once. `check`
        then raises it again, in case it was dropped inside a foreign callback.
        """
        self._at_once = at_once
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._note)
            signal.signal(signal.SIGTERM, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.pressed or self._at_once:
            self.pressed = True
            raise KeyboardInterrupt
        self.pressed = True

    def check(self) -> None:
        """Raise a noted Ctrl-C; to be called at safe points.

        Raises:
            KeyboardInterrupt: once, if Ctrl-C was pressed.

        """
        if self.pressed and not self.raised and threading.current_thread() is threading.main_thread():
            self.raised = True
            raise KeyboardInterrupt


INTERRUPTS = Interrupts()
