"""Combinations of the mock's choices in which every value of every choice occurs."""

from __future__ import annotations

from collections.abc import Sequence

from storepact.mock.choices import Choice

#: How often every value occurs, each time beside other values of the other choices.
ROUNDS = 3


def covering_combinations(choices: Sequence[Choice]) -> list[dict[str, str]]:
    """A value for every choice in each combination; each value of each choice occurs `ROUNDS` times or more.

    The values of neighbouring choices are shifted against each other, by another step in each round.
    """
    longest = max(len(choice.values) for choice in choices)
    return [
        {
            choice.name: choice.values[(row + step * position) % len(choice.values)]
            for position, choice in enumerate(choices)
        }
        for step in range(1, ROUNDS + 1)
        for row in range(longest)
    ]
