"""Judge the memberships and the names of a store, which may hold millions of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.judge import StoreObservation
from storepact.families.persistent_store.stores.layout import HashFlaw, hash_flaw, is_reference
from storepact.model.flaw import FlawKind

#: Examples that a finding names.
_MOST_EXAMPLES = 3


@dataclass
class Flaws:
    """Values with one flaw: how many there are, and the first of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        """Count a value."""
        self.count += 1
        if len(self.examples) < _MOST_EXAMPLES and example not in self.examples:
            self.examples.append(example)

    @property
    def summary(self) -> str:
        """The examples, and how many more there are."""
        more = self.count - len(self.examples)
        return ", ".join(self.examples) + (f" and {more:,} more" if more else "")


@dataclass
class MembershipJudge:
    """Judges memberships one at a time and keeps numbers, not values: a store may hold millions."""

    contexts: int = 0
    """Sets of references that were judged."""
    _types: Flaws = field(default_factory=Flaws)
    _hashes: dict[HashFlaw, Flaws] = field(default_factory=dict)
    _references: Flaws = field(default_factory=Flaws)
    _foreign: Flaws = field(default_factory=Flaws)
    _similar: dict[str, Flaws] = field(default_factory=dict)
    _expiring: Flaws = field(default_factory=Flaws)

    def judge_hash(self, context_hash: str) -> None:
        """Judge the hash in a name. The name is not repeated: a context key may name a person."""
        flaw = hash_flaw(context_hash)
        if flaw is not None:
            length = f"{len(context_hash)} characters, such as a context key in the clear"
            self._hashes.setdefault(flaw, Flaws()).add(length if flaw is HashFlaw.NO_HASH else flaw)

    def judge_type(self, place: str, actual: str, expected: str) -> bool:
        """Judge the type of a set of references; returns whether its elements can be read."""
        self.contexts += 1
        if actual == expected:
            return True
        self._types.add(f"{place} is {actual}, not {expected}")
        return False

    def judge_references(self, references: Collection[str]) -> None:
        """Judge the references of one set."""
        for reference in references:
            if not is_reference(reference):
                self._references.add(repr(reference[:60]))

    def add_foreign(self, name: str, similar: str = "") -> None:
        """Count a name with the prefix that is no part of the layout."""
        if similar:
            self._similar.setdefault(similar, Flaws()).add(name)
        else:
            self._foreign.add(name)

    def names_like(self, name: str) -> str:
        """Names that resemble a name of the layout; empty if there are none."""
        return self._similar[name].summary if name in self._similar else ""

    def add_expiring(self, place: str) -> None:
        """Count a key or item that the store will remove by itself."""
        self._expiring.add(place)

    def observations(self) -> Iterator[StoreObservation]:
        """Yield what is wrong with all that was judged."""
        if self._expiring.count:
            yield _expiry(self._expiring)
        yield from self._values()
        yield from self._names()

    def _values(self) -> Iterator[StoreObservation]:
        """Yield what is wrong with types and references."""
        if self._types.count:
            yield (
                "SP706",
                Observation(
                    "membership",
                    f"{self._types.summary}: SDKs read memberships as sets; delete what is no set, "
                    "and let the writer "
                    "synchronize again",
                    FlawKind.TYPE,
                    expected="a set of strings",
                    actual=self._types.summary,
                ),
            )
        if self._references.count:
            yield (
                "SP708",
                Observation(
                    "segment reference",
                    f"{self._references.summary}: no reference of a segment; write the segment's "
                    "key, a dot, g and its "
                    "generation",
                    FlawKind.PATTERN,
                    expected="segmentKey.g1",
                    actual=self._references.summary,
                ),
            )

    def _names(self) -> Iterator[StoreObservation]:
        """Yield what is wrong with hashes and names."""
        for kind, flaws in self._hashes.items():
            noun, whom = ("context is", "it") if flaws.count == 1 else ("contexts are", "them")
            example = flaws.examples[0]
            yield (
                "SP707",
                Observation(
                    f"context hash, {kind}",
                    f"{flaws.count:,} {noun} stored under {example}: no SDK finds {whom}; store {whom} "
                    "under base64 of the SHA-256 of the context key, 44 characters with padding",
                    FlawKind.PATTERN,
                    expected="44 characters: base64 of a SHA-256",
                    actual=example if kind == example else f"{kind}: {example}",
                ),
            )
        for similar, flaws in self._similar.items():
            yield (
                "SP709",
                Observation(
                    f"name like {similar}",
                    f"{flaws.summary}: no SDK reads this name, which resembles {similar}; write that name",
                    FlawKind.UNDESCRIBED,
                    expected=similar,
                    actual=flaws.summary,
                ),
            )
        if self._foreign.count:
            yield (
                "SP709",
                Observation(
                    "foreign name",
                    f"{self._foreign.summary}: no part of the layout, though it has the prefix; "
                    "give other data another "
                    "prefix",
                    FlawKind.UNDESCRIBED,
                    expected="names of the layout only",
                    actual=self._foreign.summary,
                ),
            )


def _expiry(flaws: Flaws) -> StoreObservation:
    return "SP701", Observation(
        "expiry",
        f"a time to live is set on {flaws.summary}: the store removes it by itself, and contexts silently "
        "leave their segments; remove the time to live, and write without it",
        FlawKind.VALUE,
        expected="no time to live",
        actual=flaws.summary,
    )
