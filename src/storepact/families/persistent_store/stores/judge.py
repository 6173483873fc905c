"""Judge the time and the version of a store: each rule yields what is wrong, with its repair."""

from __future__ import annotations

import re
from collections.abc import Iterator

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.layout import (
    CLOCK_TOLERANCE_SECONDS,
    RELAY_STALE_SECONDS,
    SDK_STALE_SECONDS,
)
from storepact.model.flaw import FlawKind

#: Milliseconds since 1970 between which a time of synchronization lies: from 2001 to 5138.
_FIRST_MS, _LAST_MS = 1_000_000_000_000, 99_999_999_999_999
_SECONDS = (1_000_000_000, 99_999_999_999)

_DIGITS = re.compile(r"-?\d{1,30}", re.ASCII)

#: A finding of a store: the code of its check, and what was observed.
StoreObservation = tuple[str, Observation]


def judge_synchronized_on(
    raw: str | None, place: str, now_ms: int, hint: str = ""
) -> Iterator[StoreObservation]:
    """Judge the time of synchronization.

    Args:
        raw: the value as text; None where there is none.
        place: the name of the key or attribute.
        now_ms: the present, in milliseconds since 1970.
        hint: where it was left instead, and what to do, if that is known.

    """
    if raw is None:
        yield (
            "SP703",
            Observation(
                place,
                f"{place} is missing: SDKs call the store stale for ever; "
                + (
                    hint
                    or "switch the integration on and wait for its first synchronization, or check the prefix"
                ),
                FlawKind.MISSING,
                expected="milliseconds since 1970",
                actual="nothing",
            ),
        )
        return
    value = int(raw) if _DIGITS.fullmatch(raw) else None
    if value is None:
        yield _time(place, raw, f"{place} is no integer: SDKs cannot read it; write milliseconds as digits")
        return
    if not _FIRST_MS <= value <= _LAST_MS:
        yield _describe_unit(place, raw, value)
        return
    yield from _judge_age(place, raw, (now_ms - value) / 1000)


def _describe_unit(place: str, raw: str, value: int) -> StoreObservation:
    if value > _LAST_MS:
        effect = "is no time in milliseconds since 1970: SDKs never call the store stale"
    elif _SECONDS[0] <= value <= _SECONDS[1]:
        effect = "is in seconds: SDKs take the store for stale since 1970"
    else:
        effect = "is no time in milliseconds since 1970: SDKs take the store for stale since then"
    in_seconds = _SECONDS[0] <= value <= _SECONDS[1]
    return _time(place, raw, f"{place} {effect}; write milliseconds", former=in_seconds)


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
