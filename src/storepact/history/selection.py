"""Selectors of records: a file, a folder, `latest-green`, or the number of a run in the history."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from storepact.model.errors import NoGreenRun
from storepact.record.values import Record

if TYPE_CHECKING:
    from storepact.history.store import History


def select_record(
    selector: str,
    open_history: Callable[[], History],
    load: Callable[[Path], Record],
    *,
    target: str | None,
    before: str | None,
) -> Record:
    """Return the record that a selector names; `latest-green` is of one target, and begun `before` a time.

    Raises:
        NoGreenRun: no run is green yet.
        UsageError: there is no such run.
        RecordUnusable: the record cannot be read.

    """
    if os.path.exists(selector):  # Path.exists breaks over a name that is too long
        return load(Path(selector))
    if selector == "latest-green":
        with open_history() as history:
            number = history.latest_green(target=target, before=before)
            if number is None:
                of_target = f" of {target}" if target else ""
                raise NoGreenRun(
                    f"there is no green run{of_target} in {history.display_name} yet; "
                    "`storepact history` lists what is there"
                )
            return history.record(number)
    if selector.isdecimal():
        with open_history() as history:
            return history.record(parse_number(selector))
    return load(Path(selector))


def parse_number(digits: str) -> int:
    """Return the number of a run; of more digits than any run has, a number that no run has."""
    return int(digits[:40])
