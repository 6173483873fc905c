"""The program: `storepact`, and `python -m storepact`."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # that of typing takes long to load, and Ctrl-C would be a traceback in that time
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command of `sys.argv`; Ctrl-C while it is loaded, and closed streams, are no tracebacks."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: what is printed goes nowhere
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    try:
        from storepact.cli.main import main as run_command

        run_command()
    except KeyboardInterrupt:
        print("storepact: stopped", file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
