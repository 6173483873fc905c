"""What was accepted of a place is remembered, and nothing else is accepted for it."""

from __future__ import annotations

import pytest

from storepact.pacts.expected_body import ExpectedBody
from storepact.pacts.matchers import Matcher, Rules

_ELEMENT = {"id": "ab", "version": 1}
_RULES = Rules(
    body=(
        (("items",), (Matcher("type"),)),
        (("items", "*"), (Matcher("type"),)),
        (("items", "*", "id"), (Matcher("regex", {"regex": "[a-f]+"}),)),
        (("items", "*", "version"), (Matcher("integer"),)),
    )
)


def _places(body, *values):
    """The paths of the differences of the last of several values."""
    for value in values[:-1]:
        body.differences(value)
    return [difference.path for difference in body.differences(values[-1])]


@pytest.mark.parametrize(
    ("element", "place"),
    [
        (_ELEMENT, None),
        ({"id": "xyz", "version": 1}, ("items", "*", "id")),
        ({"id": "ab", "version": "1"}, ("items", "*", "version")),
        ({"id": 7, "version": 1}, ("items", "*", "id")),
        ({"version": 1}, ("items", "*")),
        (None, ("items", "*")),
        ([], ("items", "*")),
    ],
)
def test_an_element_is_judged_alike_before_and_after_others(element, place):
    """One object twice in a list, beside others, and again later."""
    body = ExpectedBody({"items": [_ELEMENT]}, _RULES, examples_count=True)
    expected = [place] * 2 if place else []
    lists = (
        {"items": [element, element]},
        {"items": [_ELEMENT, dict(_ELEMENT)]},
        {"items": [element, element]},
    )
    assert _places(body, *lists[:1]) == expected
    assert _places(body, *lists) == expected
