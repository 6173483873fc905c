"""The chunks of an exploration: an endless list that the seed alone decides, whatever the processes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from storepact.engines.questions import Question
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.run.plan import Plan, PlannedTest, Shard

#: Generated cases of a question in one mode, valid or invalid, and stories of a journey, in one chunk.
EXAMPLES, STORIES = 25, 4


@lean_value(frozen=True)
class Chunk:
    """A part of an exploration that one process does: one test with the seed of its round."""

    number: int
    round: int
    test: int
    """The position of the test in the list of explored tests."""
    seed: int
    amount: int
    """Cases in each mode, or stories."""
    elapsed: float = 0.0
    """Seconds of the run's `--deadline` that were over when it was handed out."""


def explored_tests(plan: Plan) -> tuple[PlannedTest, ...]:
    """The tests of a plan that seeds change: random cases of each operation, and journeys."""
    return tuple(
        test
        for test in plan.tests
        if test.phase == "fuzzing" or (isinstance(test.value, int) and not isinstance(test.value, bool))
    )


def make_chunks(
    tests: Sequence[PlannedTest],
    document: Document,
    seed: int,
    cases: int | None,
    shard: Shard | None = None,
) -> Iterator[Chunk]:
    """Yield the chunks, round by round; without end, or until they generate so many cases.

    Of a shard K/N it is every N-th chunk, from the K-th on.
    """
    number, left = 0, cases
    while tests and (left is None or left > 0):
        turn, index = divmod(number, len(tests))
        modes = modes_of(tests[index], document)
        usual = EXAMPLES if isinstance(tests[index].value, Question) else STORIES
        amount = usual if left is None else min(usual, -(-left // modes))
        if shard is None or number % shard.count == shard.number - 1:
            yield Chunk(number, turn, index, seed_of_round(seed, turn), amount)
        left = None if left is None else left - amount * modes
        number += 1


def modes_of(test: PlannedTest, document: Document) -> int:
    """In how many modes cases of a test are generated: valid and invalid; one where there is no body."""
    if not isinstance(test.value, Question):
        return 1
    return 1 if document.operations[test.value.operation].body_pointer is None else 2


def seed_of_round(seed: int, turn: int) -> int:
    """The seed of a round; no round has that of the gate."""
    digest = hashlib.blake2b(f"{seed}:explore {turn}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")
