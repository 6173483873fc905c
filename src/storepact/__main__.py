"""The program: `storepact`, and `python -m storepact`."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # that of typing takes long to load, and Ctrl-C would be a traceback in that time
if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from typing import NoReturn

#: Seconds until a Ctrl-C that a callback has dropped is raised again: the callback has ended by then.
_UNTIL_RAISED_AGAIN = 0.02

#: The thresholds of the garbage collector: nearly all objects are freed without it, and it walks over all
#: that the libraries have loaded, which are fewer objects than the first one.
_COLLECTIONS = (400_000, 20, 50)


def main() -> NoReturn:
    """Run the command of `sys.argv`; Ctrl-C while it is loaded, and closed streams, are no tracebacks."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: what is printed goes nowhere
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    sys.unraisablehook = _raise_again
    import gc
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # while nothing else is set up to handle it
    try:
        gc.set_threshold(*_COLLECTIONS)  # before the libraries are loaded: that takes a tenth less time
        from storepact.cli.main import main as run_command

        run_command()
    except KeyboardInterrupt:
        print("storepact: stopped", file=sys.stderr)
        sys.exit(3)
    finally:
        exec("")  # noqa: S102  a Ctrl-C inside an earlier `exec` would count as unhandled: exit by SIGINT
        gc.freeze()  # all of it ends with the process: the interpreter does not walk over it first


def _raise_again(dropped: UnraisableHookArgs) -> None:
    """Raise a Ctrl-C again that came in a callback of a library, such as of the garbage collector.

    Python prints a traceback for it, and the command would go on.
    """
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    import _thread
    import threading

    timer = threading.Timer(_UNTIL_RAISED_AGAIN, _thread.interrupt_main)
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
