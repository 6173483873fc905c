"""A shorter gate for commands that run in the process of the test: where its size is not what is tested."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from storepact.engines.questions import AUTH_PHASE, questions
from storepact.families import DEFAULT_FAMILY, FAMILIES
from storepact.run import plan


def without_generated_cases(
    monkeypatch: pytest.MonkeyPatch, phases: Collection[str] = ("probes", AUTH_PHASE)
) -> None:
    """Leave out cases that are generated from schemas, and journeys: scenarios, probes and pacts remain."""

    def fixed_questions(document, family, writable):
        return [entry for entry in questions(document, family, writable) if entry.phase in phases]

    monkeypatch.setattr(plan, "questions", fixed_questions)
    monkeypatch.setattr(plan, "journeys", lambda family: ())


def with_scenarios(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Keep these scenarios of the family, and leave out all others."""
    scenarios = tuple(scenario for scenario in DEFAULT_FAMILY.scenarios if scenario.name in names)
    assert len(scenarios) == len(names)
    monkeypatch.setitem(FAMILIES, DEFAULT_FAMILY.name, replace(DEFAULT_FAMILY, scenarios=scenarios))
