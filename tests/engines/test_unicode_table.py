"""The table of UTF-8 that a run keeps for hypothesis is the one that hypothesis makes."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import configuration
from hypothesis.internal import charmap

from storepact.engines.journey import UTF_8, keep_unicode_table


def test_the_table_is_kept_where_hypothesis_looks(tmp_path, monkeypatch):
    """It is read from there, and not made anew."""
    path = tmp_path / "unicode_data" / "codec.json.gz"
    monkeypatch.setattr(charmap, "charmap_file", lambda name: path)
    keep_unicode_table()
    assert json.loads(gzip.decompress(path.read_bytes())) == [[list(pair) for pair in UTF_8], []]
    written = path.stat().st_mtime_ns
    keep_unicode_table()
    assert path.stat().st_mtime_ns == written
    encodable, lossy = charmap.intervals_from_codec.__wrapped__("utf-8")
    assert (encodable.intervals, lossy.intervals) == (UTF_8, ())
    assert list(path.parent.iterdir()) == [path]


def test_it_is_what_utf_8_encodes():
    """Only surrogates cannot be encoded."""
    inside = {point for pair in UTF_8 for point in pair}
    assert all(chr(point).encode() for point in inside)
    assert [first for first, _ in UTF_8] == [0, 0xDFFF + 1]
    assert UTF_8[0][1] + 1 == 0xD800


def test_a_folder_that_cannot_be_written_is_no_trouble(tmp_path, monkeypatch):
    """Hypothesis makes the table then."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(charmap, "charmap_file", lambda name: tmp_path / "file" / "codec.json.gz")
    keep_unicode_table()


@pytest.mark.parametrize("has_own", [True, False])
def test_the_users_folder_gets_nothing(tmp_path, monkeypatch, has_own):
    """What hypothesis keeps is in the cache folder, unless tests of the user keep theirs here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY", raising=False)
    monkeypatch.setattr(configuration, "__hypothesis_home_directory", None)
    if has_own:
        (tmp_path / ".hypothesis").mkdir()
    keep_unicode_table()
    assert (tmp_path / ".hypothesis").exists() is has_own
    assert (tmp_path / "cache" / "storepact" / "hypothesis" / "unicode_data").exists() is not has_own
