"""What `drift` says of every change that a check of oasdiff is about.

Who has to react is decided by the values that are allowed: a narrowed request breaks consumers, a widened
response too; a narrowed response breaks providers. oasdiff calls the first two errors, and the third one
information.
"""

from __future__ import annotations

import pytest

from drift_documents import compare, edit_document
from oasdiff_checks import OTHER_CHANGES, PLACES, schema_changes
from storepact.drift.rules import Breaks

LETTERS = {Breaks.CONSUMERS: "C", Breaks.PROVIDERS: "P", Breaks.COMPATIBLE: "O", Breaks.COSMETIC: "T"}

VERDICTS = {
    ("request", "narrows"): "C", ("request", "widens"): "O", ("request", "changes"): "C",
    ("response", "narrows"): "P", ("response", "widens"): "C", ("response", "changes"): "C",
}  # fmt: skip

#: Changes with another verdict, each with why.
EXCEPTIONS = {
    "response-property-schema-became-false": "C",  # consumers no longer get the member
    "response-property-schema-became-not-false": "O",  # an optional member is added
}


def verdict(before, after):
    """The worst that the differences of two documents do."""
    comparison = compare(before, after)
    letters = {LETTERS[difference.breaks] for difference in comparison.differences}
    return next((letter for letter in "CPOT" if letter in letters), "N" if comparison.omissions else "silent")


@pytest.mark.parametrize("part", PLACES)
def test_changes_of_schemas(part):
    """Each keyword at each place, in both directions."""
    changes = list(schema_changes(part))
    expected = {
        name: EXCEPTIONS.get(name, VERDICTS[part.split("-")[0], effect]) for name, effect, *_ in changes
    }
    assert {name: verdict(before, after) for name, _, before, after in changes} == expected


@pytest.mark.parametrize(("before", "after", "expected"), OTHER_CHANGES.values(), ids=OTHER_CHANGES)
def test_other_changes(before, after, expected):
    """Operations, credentials, parameters, bodies, responses and headers."""
    assert verdict(edit_document(*before), edit_document(*after)) == expected
