"""What commands print."""

from __future__ import annotations

import os
import sys

from storepact.record.store import dump


def wants_color() -> bool:
    """Whether stdout is a terminal whose user did not turn colours off."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def print_text(text: str) -> None:
    """Print a text that ends with a line break already."""
    sys.stdout.write(text)


def print_json(data: object) -> None:
    """Print a struct or plain data as JSON."""
    print_text(dump(data))
