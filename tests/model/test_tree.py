"""Walks over JSON values."""

from __future__ import annotations

import pytest

from storepact.model.tree import transform, walk

VALUE = {"a": [1, {"b": 2}], "c": None}


def test_walk_visits_every_value_in_order():
    """Parents come before their children, members and elements in the order of the document."""
    assert list(walk(VALUE)) == [
        ((), VALUE),
        (("a",), [1, {"b": 2}]),
        (("a", 0), 1),
        (("a", 1), {"b": 2}),
        (("a", 1, "b"), 2),
        (("c",), None),
    ]


def test_walk_leaves_out_what_is_not_entered():
    """A value that is not entered is not visited, and nothing below it."""
    assert [path for path, _ in walk(VALUE, lambda path: path[-1] != "a")] == [(), ("c",)]


def test_walk_has_no_depth_limit():
    """Ten thousand lists in each other are walked without recursion."""
    value: list = []
    for _ in range(10_000):
        value = [value]
    assert sum(1 for _ in walk(value)) == 10_001


@pytest.mark.parametrize("value", [VALUE, [], {}, 1, "x", None])
def test_transform_copies(value):
    """Without a change the copy equals the value."""
    assert transform(value, lambda node: node) == value


def test_transform_changes_children_before_parents():
    """A change of an object gets it with its members changed already."""
    total = transform([1, [2, 3]], lambda node: sum(node) if isinstance(node, list) else node + 1)
    assert total == 2 + 3 + 4
