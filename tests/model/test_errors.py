"""Errors: what their messages say."""

from __future__ import annotations

from storepact.model.errors import UnknownName


def test_unknown_name_names_the_nearest():
    """A misspelt name is answered with the one that was meant."""
    error = UnknownName("suite", "conformanse", ["document", "conformance"])
    assert "did you mean 'conformance'" in str(error)
