"""Lean values are compared, hashed, copied and shown as frozen dataclasses are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from storepact.model.values import lean_value


def define(decorate):
    """Classes with the options and the methods that decide about hashes."""

    @decorate(frozen=True)
    class Point:
        x: int
        y: int = 0

    @decorate(frozen=True, eq=False)
    class Unequal:
        x: int

    @decorate(frozen=True)
    class OwnHash:
        x: int

        def __hash__(self):
            return 7

    @decorate(frozen=True, order=True)
    class Ordered:
        x: int

    @decorate(frozen=True)
    class OwnEquality:  # noqa: PLW1641 - a dataclass adds the hash
        x: int

        def __eq__(self, other):
            return True

    @decorate(frozen=True)
    class Hidden:
        x: int
        secret: str = field(default="s3cret", repr=False)

    @decorate(frozen=True)
    class OwnRepr:
        x: int

        def __repr__(self):
            return "own"

    @decorate(frozen=True)
    class Derived(OwnRepr):
        y: int = 0

    return Point, Unequal, OwnHash, Ordered, OwnEquality, Hidden, OwnRepr, Derived


LEAN, FROZEN = define(lean_value), define(dataclass)


@pytest.mark.parametrize(("lean", "frozen"), list(zip(LEAN, FROZEN, strict=True)))
def test_lean_value_is_like_a_frozen_dataclass(lean, frozen):
    for left, right in ((1, 1), (1, 2)):
        ours, theirs = (lean(left), lean(right)), (frozen(left), frozen(right))
        assert (ours[0] == ours[1]) is (theirs[0] == theirs[1])
        assert (hash(ours[0]) == hash(ours[1])) is (hash(theirs[0]) == hash(theirs[1]))
    assert repr(lean(1)) == repr(frozen(1))
    assert replace(lean(1), x=2).x == 2


def test_secret_is_not_shown():
    assert "s3cret" not in repr(LEAN[5](1))


def test_value_that_holds_itself_is_shown():
    values = []
    point = LEAN[0](values)
    values.append(point)
    assert repr(point).endswith("Point(x=[...], y=0)")


def test_order_and_own_hash_are_kept():
    assert LEAN[3](1) < LEAN[3](2)
    assert hash(LEAN[2](1)) == 7
