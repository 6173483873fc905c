"""Ctrl-C and SIGTERM, handled at safe points only: never between a request and its journal entry.

An exception that a signal handler raises inside a foreign callback is dropped there, and the run would
continue. So the first Ctrl-C is only noted, and checked before each exchange and after each pact
verification.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

#: Seconds after which a wait looks for a Ctrl-C.
_INTERVAL = 0.2


class Interrupts:
    """The first Ctrl-C is raised by `check`, the second one at once; later ones change nothing.

    What a run has created is deleted after the first one, so that a third one must not end that.
    """

    def __init__(self) -> None:
        self.pressed = self.raised = False
        self._at_once = False

    def install(self, *, at_once: bool = False) -> None:
        """Handle SIGINT and SIGTERM from now on; does nothing outside of the main thread.

        What was noted before, if they are handled already, is kept. `at_once`: this process sends no requests
        itself, so the first Ctrl-C is raised at once. `check` then raises it again, in case it was dropped
        inside a foreign callback.
        """
        if not self._is_installed():
            self.pressed = self.raised = False
        self._at_once = at_once
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._note)
            signal.signal(signal.SIGTERM, self._note)

    def _is_installed(self) -> bool:
        return signal.getsignal(signal.SIGINT) == self._note

    @contextmanager
    def note(self, *, at_once: bool = False) -> Iterator[None]:
        """Raise Ctrl-C and SIGTERM at safe points only within the block, and as before behind it.

        Blocks may be nested: what is noted in the inner one is raised in the outer one, too.

        Raises:
            KeyboardInterrupt: one was noted, and the block ended without a safe point.

        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        usual = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        is_inner, earlier = self._is_installed(), (self._at_once, self.raised)
        self.install(at_once=at_once)
        try:
            yield
            self.check()
        finally:
            if is_inner:
                self._at_once, self.raised = earlier
            else:
                self.hold()
            for number, handler in usual.items():
                signal.signal(number, handler)

    def wait(self, seconds: float, sleep: Callable[[float], object]) -> None:
        """Wait at a safe point, by calling `sleep` for parts of the time.

        Raises:
            KeyboardInterrupt: once, if Ctrl-C was pressed before or meanwhile.

        """
        while seconds > 0:
            self.check()
            sleep(min(seconds, _INTERVAL))
            seconds -= _INTERVAL

    def hold(self) -> None:
        """Raise nothing any more: the run is being finished."""
        self.raised = True

    def _note(self, number: int, frame: FrameType | None) -> None:
        is_first, self.pressed = not self.pressed, True
        if self.raised:
            return
        if self._at_once and is_first:
            raise KeyboardInterrupt
        if not is_first:
            self.raised = not self._at_once
            raise KeyboardInterrupt

    def check(self) -> None:
        """Raise a noted Ctrl-C; to be called at safe points.

        Raises:
            KeyboardInterrupt: once, if Ctrl-C was pressed.

        """
        if self.pressed and not self.raised and threading.current_thread() is threading.main_thread():
            self.raised = True
            raise KeyboardInterrupt


INTERRUPTS = Interrupts()
