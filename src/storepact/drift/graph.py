"""All pairs of schemas that a comparison of two documents reaches, each compared once.

A pair is known by its alternatives, so that rings and ladders of references take linear time. A difference
is listed at the shortest place from which it is reached, with the other places where it shows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from storepact.drift.alternatives import Alternatives, alternatives_of
from storepact.drift.branches import IGNORED, WHOLE, Branch
from storepact.drift.constructs import Omission
from storepact.drift.equality import Equality
from storepact.drift.further import compare_further
from storepact.drift.rules import Effect, effect_of
from storepact.drift.schema_pairs import Comparison, Pair, Result, SchemaChange, Step
from storepact.drift.schemas import compare_alternatives
from storepact.drift.values import value_schemas
from storepact.model.values import lean_value

#: Places of one difference that are listed for one root, the shortest first.
_PLACES = 4

#: If more steps would be taken to list places, one place is listed for each root.
_MOST_STEPS = 200_000

#: Steps backwards from what differs; of further differences only the nearest root is listed.
_MOST_BACKWARDS = 3_000_000

#: Comparisons within comparisons, to decide whether one schema allows all that another one does.
_DEEPEST = 8


@lean_value(frozen=True)
class ComparedPair:
    """The differences of two schemas, and the pairs below them."""

    changes: tuple[SchemaChange, ...] = ()
    steps: tuple[Step, ...] = ()
    omissions: tuple[Omission, ...] = ()


_EQUAL = ComparedPair()

SchemaPlaceOf = tuple[str, SchemaChange, Pair]
"""A place below a root, the difference there, and the pair of schemas that it is a difference of."""


class SchemaGraph:
    """The pairs of schemas of two documents for one direction; `hidden` excludes members of the other one."""

    def __init__(self, equality: Equality, hidden: str) -> None:
        self._equality, self._hidden = equality, hidden
        self._pairs: dict[Pair, ComparedPair] = {}
        self._groups: dict[Pair, tuple[Result, ...]] = {}
        self._different: dict[tuple[tuple[Branch, ...], tuple[Branch, ...]], tuple[str, ...]] = {}
        self._active: set[Pair] = set()
        self._depth = 0

    def compare(self, pair: Pair) -> ComparedPair:
        """The differences of a pair of schemas; compared when it is reached for the first time."""
        if pair not in self._pairs:
            self._active.add(pair)
            self._pairs[pair] = _EQUAL if self._is_same(pair) else self._compare(pair)
            self._active.discard(pair)
        return self._pairs[pair]

    def _is_same(self, pair: Pair) -> bool:
        """Whether the alternatives are the same text, with whatever they refer to."""
        if len(pair.ours) != len(pair.theirs):
            return False
        for our_branch, their_branch in zip(pair.ours, pair.theirs, strict=True):
            if len(our_branch) != len(their_branch):
                return False
            for left, right in zip(our_branch, their_branch, strict=True):
                if not self._equality.same(_pointer(left), _pointer(right)):
                    return False
        return True

    def _compare(self, pair: Pair) -> ComparedPair:
        comparison = Comparison(
            alternatives_of(self._equality.ours, pair.ours),
            alternatives_of(self._equality.theirs, pair.theirs),
            self._hidden,
            self,
            pair.separate,
            self._groups,
        )
        results = list(dict.fromkeys((*compare_alternatives(comparison), *compare_further(comparison))))
        return ComparedPair(
            tuple(item for item in results if isinstance(item, SchemaChange)),
            tuple(item for item in results if isinstance(item, Step) and item.pair != pair),
            tuple(item for item in results if isinstance(item, Omission)),
        )

    # values that one schema allows and the other does not

    def is_equal(self, ours: Alternatives, theirs: Alternatives) -> bool:
        """Whether two schemas do not differ in the values that they allow."""
        return self._effects(Pair(ours.branches, theirs.branches)) == set()

    def contains(self, wide: Alternatives, tight: Alternatives, *, tight_is_ours: bool) -> bool:
        """Whether every value of `tight` is one of `wide`."""
        if tight_is_ours:
            return self._effects(Pair(tight.branches, wide.branches)) <= {Effect.WIDENS}
        return self._effects(Pair(wide.branches, tight.branches)) <= {Effect.NARROWS}

    # texts

    def is_same_text(self, ours: Alternatives, theirs: Alternatives) -> bool:
        """Whether both are a single alternative of the same text, which need not be compared."""
        return self._compare_texts(ours, theirs, self._equality.same_text)

    def has_same_text(self, ours: Alternatives, theirs: Alternatives) -> bool:
        """Whether both are a single alternative of the same text, whatever the other alternatives are."""
        return self._compare_texts(ours, theirs, self._equality.same_own_text)

    @staticmethod
    def _compare_texts(ours: Alternatives, theirs: Alternatives, is_same: Callable[[str, str], bool]) -> bool:
        if len(ours.branches) != 1 or len(theirs.branches) != 1:
            return False
        (our_branch,), (their_branch,) = ours.branches, theirs.branches
        return len(our_branch) == len(their_branch) and all(
            left[:1] == right[:1] == "/" and is_same(left, right)
            for left, right in zip(our_branch, their_branch, strict=True)
        )

    def different_members(self, ours: Alternatives, theirs: Alternatives) -> tuple[str, ...]:
        """The members that differ in schemas of the same text, as they refer to something that differs."""
        key = (ours.branches, theirs.branches)
        if key not in self._different:
            names = dict.fromkeys((*ours.names, *theirs.names))
            self._different[key] = tuple(
                name for name in names if not self._is_same_member(ours, theirs, name)
            )
        return self._different[key]

    def _is_same_member(self, ours: Alternatives, theirs: Alternatives, name: str) -> bool:
        """Whether a member is the same in schemas of the same text, with all that it refers to."""
        before, after = (
            [
                pointer
                for branch in schema.branches
                for pointer in value_schemas(schema.document, branch, name)
            ]
            for schema in (ours, theirs)
        )
        return bool(before) and all(
            self._equality.same(left, right) for left, right in zip(before, after, strict=True)
        )

    # effects

    def _effects(self, start: Pair) -> set[Effect]:
        """What all differences below a pair do, except those that do nothing; stops at the first change."""
        if self._depth >= _DEEPEST:
            return {Effect.CHANGES}
        self._depth += 1
        effects: set[Effect] = set()
        try:
            for pair in self._reach([start]):
                effects |= {effect_of(change.change) for change in self._pairs[pair].changes}
                if Effect.CHANGES in effects or effects >= {Effect.NARROWS, Effect.WIDENS}:
                    break
        finally:
            self._depth -= 1
        return effects - {Effect.NONE}

    # places

    def _reach(self, starts: Iterable[Pair]) -> Iterator[Pair]:
        """The pairs that are reached from some, each compared and once, the nearest first."""
        queue = deque(dict.fromkeys(starts))
        reached = set(queue)
        while queue:
            pair = queue.popleft()
            if pair in self._active:
                continue
            steps = self.compare(pair).steps
            yield pair
            for step in steps:
                if step.pair not in reached:
                    reached.add(step.pair)
                    queue.append(step.pair)

    @property
    def schemas(self) -> frozenset[str]:
        """The pointers of the schemas that were compared."""
        return frozenset(
            pointer
            for pair in self._pairs
            for branches in (pair.ours, pair.theirs)
            for branch in branches
            for pointer in branch
        )

    def omissions(self, starts: Iterable[Pair]) -> Iterator[Omission]:
        """What is not compared in the pairs that are reached."""
        for pair in self._reach(starts):
            yield from self._pairs[pair].omissions

    def places(self, starts: Iterable[Pair]) -> dict[Pair, list[SchemaPlaceOf]]:
        """By pair that a comparison starts at: the differences, each with its place and the pair it is of."""
        starts = list(dict.fromkeys(starts))
        users = self._users(starts)
        changed = [pair for pair in users if self._pairs[pair].changes]
        edges = sum(
            self._pairs.get(step.pair) is not _EQUAL for pair in users for step in self._pairs[pair].steps
        )
        if edges * len(starts) * _PLACES <= _MOST_STEPS:
            relevant = {pair for target in changed for pair in self._ways_to(target, users)}
            return {start: list(self._places_from(start, relevant, _PLACES)) for start in starts}
        places: dict[Pair, list[SchemaPlaceOf]] = {start: [] for start in starts}
        for target in changed[: max(_MOST_BACKWARDS // max(edges, 1), 1)]:
            self._add_places(places, target, self._ways_to(target, users))
        self._add_nearest(places, changed[max(_MOST_BACKWARDS // max(edges, 1), 1) :])
        return places

    def _users(self, starts: Iterable[Pair]) -> dict[Pair, list[tuple[Pair, str]]]:
        """The pairs that lead to each pair, with the label of the step; every pair is compared by this."""
        users: dict[Pair, list[tuple[Pair, str]]] = {}
        for pair in self._reach(starts):
            users.setdefault(pair, [])
            for step in self._pairs[pair].steps:
                users.setdefault(step.pair, []).append((pair, step.member))
        return {pair: some for pair, some in users.items() if pair in self._pairs}

    def _ways_to(
        self, target: Pair, users: dict[Pair, list[tuple[Pair, str]]]
    ) -> dict[Pair, tuple[str, Pair] | None]:
        """By pair that leads to a target: the first step of the shortest way, and the pair that it is to."""
        ways: dict[Pair, tuple[str, Pair] | None] = {target: None}
        queue = deque([target])
        while queue:
            pair = queue.popleft()
            for user, label in users.get(pair, ()):
                if user not in ways:
                    ways[user] = (label, pair)
                    queue.append(user)
        return ways

    def _add_places(
        self,
        places: dict[Pair, list[SchemaPlaceOf]],
        target: Pair,
        ways: dict[Pair, tuple[str, Pair] | None],
    ) -> None:
        """Add the place of a target's differences below each pair that leads to it."""
        for start, some in places.items():
            if start in ways:
                labels, way = [], ways[start]
                while way is not None:
                    labels.append(way[0])
                    way = ways[way[1]]
                place = "".join(labels)
                some += [
                    (f"{place}{change.member}", change, target) for change in self._pairs[target].changes
                ]

    def _add_nearest(self, places: dict[Pair, list[SchemaPlaceOf]], targets: list[Pair]) -> None:
        """Add one place of each target's differences, below the nearest pair, as there are too many."""
        remaining = set(targets)
        queue = deque((start, start, "") for start in places) if targets else deque()
        reached = set(places)
        while queue:
            start, pair, place = queue.popleft()
            if pair in remaining:
                changes = self._pairs[pair].changes
                places[start] += [(f"{place}{change.member}", change, pair) for change in changes]
            for step in self._pairs[pair].steps:
                if step.pair not in reached:
                    reached.add(step.pair)
                    queue.append((start, step.pair, f"{place}{step.member}"))

    def _places_from(self, start: Pair, relevant: set[Pair], most: int) -> Iterator[SchemaPlaceOf]:
        queue = deque([("", start)] if start in relevant else [])
        visits: dict[Pair, int] = {}
        while queue:
            place, pair = queue.popleft()
            visits[pair] = visits.get(pair, 0) + 1
            if visits[pair] > most:
                continue
            compared = self._pairs[pair]
            for change in compared.changes:
                yield f"{place}{change.member}", change, pair
            for step in compared.steps:
                if step.pair in relevant and visits.get(step.pair, 0) < most:
                    queue.append((f"{place}{step.member}", step.pair))


def _pointer(entry: str) -> str:
    return entry.removeprefix(WHOLE).removeprefix(IGNORED)
