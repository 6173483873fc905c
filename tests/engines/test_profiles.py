"""Profiles: how much is generated, and how a smaller run chooses."""

from __future__ import annotations

import pytest

from storepact.engines.profiles import PROFILES
from storepact.engines.questions import spread
from storepact.engines.story import Story
from storepact.run.engine_options import limits_of, profile_of
from storepact.run.settings import Settings


@pytest.mark.parametrize(
    ("target", "name"),
    [("mock", "gate"), ("http://127.0.0.1:8080", "gate"), ("https://app.example.com", "live")],
)
def test_profile_of_a_target(target, name):
    """Targets on other machines get the small profile with a budget; one that is named holds everywhere."""
    assert profile_of(Settings(target=target), target).name == name
    assert profile_of(Settings(target=target, profile="explore"), target).name == "explore"


def test_budget_of_requests():
    """The live profile has one; the user's own replaces it."""
    live, gate = PROFILES["live"], PROFILES["gate"]
    assert limits_of(Settings(), live).max_requests == 2_500
    assert limits_of(Settings(), gate).max_requests is None
    assert limits_of(Settings(max_requests=9), live).max_requests == 9


@pytest.mark.parametrize("most", [1, 3, 10, 11, None])
def test_spread(most):
    """At most so many cases are sent, from the whole of the list, in its order."""
    chosen = spread(list(range(10)), most)
    assert len(chosen) == min(most or 10, 10)
    assert list(chosen) == sorted(set(chosen))
    assert most is None or most < 3 or max(chosen) >= 6


def test_seeds_send_all_values_together():
    """Runs with as many seeds as the stride send each value of a table once."""

    class Workspace:
        sampling = (3, 0)

    story = object.__new__(Story)
    story.workspace, sent = Workspace(), []
    for seed in range(3):
        story.workspace.sampling = (3, seed)
        sent += story.sample(list(range(10)))
    assert sorted(sent) == list(range(10))
