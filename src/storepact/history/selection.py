"""Selectors: what stands for the record of a run where one is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storepact.model.errors import NoGreenRun

if TYPE_CHECKING:
    from storepact.history.store import History


def select_record(
    selector: str,
    open_history: Callable[[], History],
    load: Callable[[Path], dict[str, Any]],
    *,
    target: str | None,
    before: str | None,
) -> dict[str, Any]:
    """The record that a selector means: a file or folder, `latest-green`, or the number of a run in the history.

    Raises:
        NothingGreen: none is green yet.
        UsageError: there is no such run.
        RecordUnusable: the file cannot be read.

    """
    if os.path.exists(selector):  # Path.exists breaks over a name that is too long
        return load(Path(selector))
    if selector == "latest-green":
        with open_history() as history:
            number = history.latest_green(target=target, before=before)
            if number is None:
                of = f" of {target}" if target else ""
                raise NoGreenRun(
                    f"there is no green run{of} in {history.shown} yet; `storepact history` lists what is there"
                )
            return history.record(number)
    if selector.isdecimal():
        with open_history() as history:
            return history.record(number_in(selector))
    return load(Path(selector))


def number_in(digits: str) -> int:
    """The number of a run; of more digits than any has, one that no run has."""
    return int(digits[:40])
