"""Judge what a store holds: each rule reads one value and yields what is wrong, with its repair."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.layout import (
    CLOCK_TOLERANCE_SECONDS,
    RELAY_STALE_SECONDS,
    SDK_STALE_SECONDS,
    describe_wrong_hash,
    is_reference,
)
from storepact.model.flaw import FlawKind

#: Milliseconds since 1970 between which a time of synchronization lies: from 2001 to 5138.
_FIRST_MS, _LAST_MS = 1_000_000_000_000, 99_999_999_999_999
_SECONDS = (1_000_000_000, 99_999_999_999)

#: Examples that a finding names.
_MOST_EXAMPLES = 3

#: A finding of a store: the code of its check, and what was observed.
StoreObservation = tuple[str, Observation]


@dataclass
class Flaws:
    """Values with one flaw: how many there are, and the first of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        """Count a value."""
        self.count += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(example)

    @property
    def summary(self) -> str:
        """The examples, and how many more there are."""
        more = self.count - len(self.examples)
        return ", ".join(self.examples) + (f" and {more:,} more" if more else "")


def judge_synchronized_on(raw: str | None, place: str, now_ms: int) -> Iterator[StoreObservation]:
    """Judge the time of synchronization.

    Args:
        raw: the value as text; None where there is none.
        place: the name of the key or attribute.
        now_ms: the present, in milliseconds since 1970.

    """
    if raw is None:
        yield (
            "SP703",
            Observation(
                place,
                f"{place} is missing: SDKs call the store unavailable; switch the integration on "
                "and wait for its "
                "first synchronization, or check the prefix",
                FlawKind.MISSING,
                expected="milliseconds since 1970",
                actual="nothing",
            ),
        )
        return
    try:
        value = int(raw) if raw.strip() == raw and not raw.startswith("+") else None
    except ValueError:
        value = None
    if value is None:
        yield _time(place, raw, f"{place} is no integer: SDKs cannot read it; write milliseconds as digits")
        return
    if not _FIRST_MS <= value <= _LAST_MS:
        in_seconds = _SECONDS[0] <= value <= _SECONDS[1]
        unit = "in seconds" if in_seconds else "no time in milliseconds since 1970"
        yield _time(
            place,
            raw,
            f"{place} is {unit}: SDKs take the store for stale since 1970; write milliseconds",
            former=in_seconds,
        )
        return
    yield from _judge_age(place, raw, (now_ms - value) / 1000)


def _time(place: str, raw: str, message: str, *, former: bool = False) -> StoreObservation:
    flaw = FlawKind.MINIMUM if former else FlawKind.TYPE
    return "SP704", Observation(
        place, message, flaw, expected="13 digits: milliseconds since 1970", actual=raw[:60]
    )


def _judge_age(place: str, raw: str, age: float) -> Iterator[StoreObservation]:
    if age < -CLOCK_TOLERANCE_SECONDS:
        message = (
            f"{place} is {-age:,.0f} s in the future: the store never looks stale; set the clock "
            "of the writer, "
            "or of this machine"
        )
    elif age > RELAY_STALE_SECONDS:
        message = (
            f"{place} is {age:,.0f} s old: SDKs call the store stale after {SDK_STALE_SECONDS:.0f} s and the "
            f"Relay Proxy after {RELAY_STALE_SECONDS:.0f} s; check that the integration is on and its _status"
        )
    elif age > SDK_STALE_SECONDS:
        message = (
            f"{place} is {age:,.0f} s old: SDKs call the store stale after "
            f"{SDK_STALE_SECONDS:.0f} s; check that "
            "the integration is on and its _status"
        )
    else:
        return
    yield (
        "SP705",
        Observation(
            place,
            message,
            FlawKind.STALE,
            expected=f"at most {SDK_STALE_SECONDS:.0f} s old",
            actual=f"{raw} ({age:,.0f} s old)",
        ),
    )


@dataclass
class MembershipJudge:
    """Judges memberships one at a time and remembers numbers, not values: a store may hold millions."""

    contexts: int = 0
    """Sets of references that were judged."""
    _types: Flaws = field(default_factory=Flaws)
    _hashes: dict[str, Flaws] = field(default_factory=dict)
    _references: Flaws = field(default_factory=Flaws)
    _foreign: Flaws = field(default_factory=Flaws)
    _similar: dict[str, Flaws] = field(default_factory=dict)

    def judge_hash(self, context_hash: str) -> None:
        """Judge the hash in a name. The name is not repeated: a context key may name a person."""
        wrong = describe_wrong_hash(context_hash)
        if wrong:
            self._hashes.setdefault(wrong.partition(":")[0], Flaws()).add(wrong)

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

    def observations(self) -> Iterator[StoreObservation]:
        """Yield what is wrong with all that was judged."""
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
            noun = "context is" if flaws.count == 1 else "contexts are"
            yield (
                "SP707",
                Observation(
                    f"context hash, {kind}",
                    f"{flaws.count:,} {noun} stored under {flaws.examples[0]}: no SDK finds them; store them "
                    "under base64 of the SHA-256 of the context key",
                    FlawKind.PATTERN,
                    expected="44 characters: base64 of a SHA-256",
                    actual=flaws.examples[0],
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


def judge_cursor(raw: str | None, place: str, contexts: int) -> Iterator[StoreObservation]:
    """Judge the last applied version of a store with so many sets of references."""
    if raw is None and contexts:
        yield (
            "SP703",
            Observation(
                place,
                f"{place} is missing, though there are memberships: the writer cannot tell which "
                "patch is next; "
                "let it synchronize from the beginning",
                FlawKind.MISSING,
                expected="the version of the last patch",
                actual="nothing",
            ),
        )
    elif raw is not None and not raw.strip():
        yield (
            "SP703",
            Observation(
                place,
                f"{place} is empty: the writer cannot tell which patch is next; let it "
                "synchronize from the beginning",
                FlawKind.TYPE,
                expected="the version of the last patch",
                actual=repr(raw[:20]),
            ),
        )
