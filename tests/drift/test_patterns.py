"""Whether one pattern certainly matches all that another one does."""

from __future__ import annotations

import pytest

from storepact.drift.patterns import includes

INCLUDED = [
    ("^[a-z]+$", "^[a-c]+$"),
    ("^[a-z]*$", "^[a-z]+$"),
    ("^[a-z]{1,5}$", "^[a-z]{2,4}$"),
    (r"^\d+$", "^[0-4]{3}$"),
    (r"^\w*$", r"^\d{2,}$"),
    ("a", "^ba$"),
    ("^a", "^ab"),
    ("", "^x$"),
    ("^[^/]+$", "^[a-z]+$"),
    ("^a[b-d]*$", "^abc?$"),
    (r"^\.$", r"^\.$"),
]

NOT_INCLUDED = [
    ("^[a-c]+$", "^[a-z]+$"),
    ("^[a-z]+$", "^[a-z]*$"),
    ("^[a-z]{2,4}$", "^[a-z]{1,5}$"),
    ("^[a-z]{2,4}$", "^[a-z]{3,}$"),
    ("^ba$", "a"),
    ("^[a-z]+$", "[a-z]+"),
    ("^(a|b)$", "^a$"),
    ("^a$", "^(?=a)a$"),
    ("^[a-z$", "^a$"),
    (r"^a\$", "^a"),
    ("^[^a]+$", "^[a-z]+$"),
    ("^[a-z]+$", "^[A-Z]+$"),
]


@pytest.mark.parametrize(("wide", "tight"), INCLUDED)
def test_included(wide, tight):
    assert includes(wide, tight)


@pytest.mark.parametrize(("wide", "tight"), NOT_INCLUDED)
def test_not_included(wide, tight):
    """Also where it cannot be shown: groups, assertions, what is no pattern."""
    assert not includes(wide, tight)
