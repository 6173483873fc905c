"""How often one case crosses from package to package."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from storepact.engines.send import Sender
from storepact.transport.redaction import Secrets

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "packages.py"


MOST = 12


def packages_of_a_case() -> list[str]:
    """The packages that one case passes, in order."""
    path, _ = runpy.run_path(str(SCRIPT))["trace"]()
    return list(path)


def test_a_case_crosses_packages_at_most_twelve_times() -> None:
    """From its preparation to the log; the record crosses three more on its way to the reports."""
    path = packages_of_a_case()
    assert path[0] == path[-1] == "engines"
    assert {"families", "transport", "checks", "record"} <= set(path)
    assert len(path) - 1 <= MOST, path


def test_detours_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that goes to another package and back again and again passes more than that."""
    judge, secrets = Sender.judge, Secrets()

    def go_back_and_forth(sender: Sender, *arguments: Any, **options: Any) -> Any:
        for _ in range(MOST):
            secrets.mask_text("nothing of interest")
            sender.operation_of(arguments[0])
        return judge(sender, *arguments, **options)

    monkeypatch.setattr(Sender, "judge", go_back_and_forth)
    assert len(packages_of_a_case()) - 1 >= 2 * MOST
