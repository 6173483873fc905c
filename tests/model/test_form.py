"""Forms of texts: what ids, times and redacted secrets look like, without a letter of them."""

from __future__ import annotations

import pytest

from storepact.model.form import form_of, generalize, is_general, redaction_of


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "empty"),
        ("redis", "a word"),
        ("the store was not reached", "text"),
        ("12ab3c4d5ef1a2345bcde67f", "24 hexadecimal digits"),
        ("12AB3C4D5EF1A2345BCDE67F", "24 hexadecimal digits in capitals"),
        ("7f3f1d2c-0b1a-4c3d-8e9f-001122334455", "a UUID"),
        ("7F3F1D2C-0B1A-4C3D-8E9F-001122334455", "a UUID in capitals"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "26 letters and digits"),
        ("int_01ARZ3NDEK", "14 letters and digits"),
        ("1717263000000", "a number"),
        ("-1", "a number"),
        ("2026-11-24T03:00:00Z", "a date and time and Z"),
        ("2026-11-24T03:00:00.125+01:00", "a date and time with 3 decimals and an offset"),
        ("Tue, 24 Nov 2026 03:00:00 GMT", "an HTTP date"),
        ("https://example.com/a", "a URL"),
        ("/api/v2/projects/default", "a path"),
        ("*", "*"),
        ('"0123456789abcdef"', "quoted, 16 hexadecimal digits"),
        ('W/"0123456789abcdef"', "weak, quoted, 16 hexadecimal digits"),
        ('"' * 9_000, "text"),
    ],
)
def test_form_of_a_text(text, form):
    """Ids, numbers, times, addresses; all else is free text."""
    assert form_of(text) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("sup********123", "3 characters, 8 × *, 3 characters"),
        ("********", "8 × *"),
        ("••••cret", "4 × •, 4 characters"),
        ("[REDACTED]", "10 characters"),
        ("a", "1 character"),
    ],
)
def test_how_a_secret_is_shown(text, form):
    """Lengths of what is visible and hidden."""
    assert redaction_of(text) == form


def test_many_lengths_are_one_general_form():
    """Where lengths vary, they say nothing."""
    forms = {"9 letters and digits": 2, "11 letters and digits": 3, "a UUID": 1}
    assert generalize(forms) == {"n letters and digits": 5, "a UUID": 1}
    assert (is_general(forms), is_general(generalize(forms))) == (False, True)
