"""How often one case crosses from package to package."""

from __future__ import annotations

import runpy
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "packages.py"


def test_a_case_crosses_packages_at_most_twelve_times() -> None:
    """From its preparation to the log; the record crosses three more on its way to the reports."""
    path, _ = runpy.run_path(str(SCRIPT))["trace"]()
    assert path[0] == path[-1] == "engines"
    assert {"families", "transport", "checks", "record"} <= set(path)
    assert len(path) - 1 <= 12, path
