"""A document that was found to be valid is not checked again; one with an error, or a changed one, is."""

from __future__ import annotations

import json
import sys

import pytest

from storepact.openapi.lint import lint
from storepact.openapi.load import load_document

VALID = {
    "openapi": "3.1.0",
    "info": {"title": "boxes", "version": "1"},
    "paths": {"/boxes": {"get": {"operationId": "boxes", "responses": {"200": {"description": "fine"}}}}},
}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def document(tmp_path, data):
    """A document of this content."""
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
    path.write_text(json.dumps(data))
    return load_document(path)


def test_valid_document_is_checked_once(cache, tmp_path, monkeypatch):
    """The validator is not loaded for a document that it has found to be valid, whatever its path."""
    assert list(lint(document(tmp_path, VALID))) == []
    assert len(list(cache.rglob("*/valid-documents/*"))) == 1
    monkeypatch.setitem(sys.modules, "openapi_spec_validator", None)
    assert list(lint(document(tmp_path, VALID))) == []
    with pytest.raises(ImportError):
        list(lint(document(tmp_path, {**VALID, "info": {"title": "crates", "version": "1"}})))


def test_invalid_document_is_checked_each_time(cache, tmp_path):
    """A document with an error has the same findings in the first run and in the second."""
    invalid = {**VALID, "info": {"title": "boxes"}}
    first = list(lint(document(tmp_path, invalid)))
    assert first
    assert list(lint(document(tmp_path, invalid))) == first
    assert not cache.exists()


def test_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    """A file in the place of the cache folder is no error."""
    (tmp_path / "cache").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert list(lint(document(tmp_path, VALID))) == []
