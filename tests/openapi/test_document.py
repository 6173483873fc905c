"""The committed OpenAPI document."""

from __future__ import annotations

from storepact.families import DEFAULT_FAMILY
from storepact.model.paths import data_path
from storepact.openapi.lint import lint
from storepact.openapi.load import load_document


def test_document_is_sound():
    """The document passes its own lint."""
    assert list(lint(load_document(data_path("openapi", DEFAULT_FAMILY.document)))) == []
