"""Journeys that are drawn from a seed alone, without hypothesis: the same ones for every target."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from storepact.engines.family import JourneyRule
from storepact.engines.story import Story

T = TypeVar("T")

#: A journey begins with this rule: the others need a resource.
FIRST = "create"


class SeededDraw:
    """Details drawn from a seed. Implements `family.Draw`."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing is kept secret by it

    def choice(self, values: Sequence[T]) -> T:
        """One of the values."""
        return self._random.choice(values)

    def flag(self) -> bool:
        """True or false, as often."""
        return self._random.random() < 0.5

    def number(self, low: int, high: int) -> int:
        """Both ends included."""
        return self._random.randint(low, high)


def send_journey(
    story: Story, rules: Sequence[JourneyRule], finish: Callable[[Story], None], *, seed: int, steps: int
) -> None:
    """Send a story of so many steps that rules make, and its last steps.

    Two targets get the same requests as long as their answers lead to the same state.

    Raises:
        StoryEnded: no later response can be predicted.
        PrerequisiteMissing: the run lacks what a step needs.

    """
    draw = SeededDraw(seed)
    for number in range(steps):
        possible = [rule for rule in rules if (rule.possible(story) if number else rule.name == FIRST)]
        if not possible:
            break
        draw.choice(possible).apply(story, draw)
    finish(story)
