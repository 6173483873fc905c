"""Bodies as they are sent: content codings are undone, and what is wrong with the bytes has a name."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard

from storepact.model.exchange import BodyFlaw
from storepact.transport.content import BodyTooLarge, read_body

TEXT = '{"name": "ü", "version": 1}'
BODY = TEXT.encode()
ZIPPED = gzip.compress(BODY)

RIGHT = {
    "plain": (BODY, "", None),
    "identity": (BODY, "identity", "gzip"),
    "gzip": (ZIPPED, "gzip", "gzip"),
    "gzip that was not asked for": (ZIPPED, "gzip", None),
    "old name, other case": (ZIPPED, "X-GZip", "gzip"),
    "among others": (ZIPPED, "gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1"),
    "two members": (gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]), "gzip", "gzip"),
    "zlib": (zlib.compress(BODY), "deflate", None),
    "deflate without its frame": (zlib.compress(BODY)[2:-4], "deflate", "deflate"),
    "twice": (gzip.compress(ZIPPED), "gzip, gzip", "gzip"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_codings_are_undone(name):
    """A body in a coding that the request accepts, and that is named, is read without a flaw."""
    assert read_body(*RIGHT[name]) == (BODY, None)


WRONG = {
    "plain, named gzip": (BODY, "gzip", "gzip", BodyFlaw.NOT_ENCODED),
    "cut off": (ZIPPED[:-9], "gzip", "gzip", BodyFlaw.NOT_ENCODED),
    "deflate, named gzip": (zlib.compress(BODY), "gzip", None, BodyFlaw.NOT_ENCODED),
    "a charset": (BODY, "UTF-8", None, BodyFlaw.CODING),
    "not asked for": (b"\x0b\x02\x80", "br", "gzip", BodyFlaw.CODING),
    "no label": (ZIPPED, "", "gzip", BodyFlaw.UNLABELLED),
    "labelled once": (gzip.compress(ZIPPED), "gzip", "gzip", BodyFlaw.UNLABELLED),
    "a byte order mark": (b"\xef\xbb\xbf" + BODY, "", None, BodyFlaw.BYTE_ORDER_MARK),
    "UTF-16": (TEXT.encode("utf-16"), "", None, BodyFlaw.CHARSET),
    "UTF-16 without mark": (TEXT.encode("utf-16-be"), "", None, BodyFlaw.CHARSET),
    "UTF-32": (TEXT.encode("utf-32"), "", None, BodyFlaw.CHARSET),
    "NaN": (b'{"version": NaN}', "", None, BodyFlaw.CONSTANT),
    "Infinity": (b'[-Infinity, "NaN"]', "", None, BodyFlaw.CONSTANT),
}


@pytest.mark.parametrize("name", WRONG)
def test_flaw_has_a_name(name):
    """What is wrong with the bytes is named; what can be read is read."""
    body, encoding, accepted, flaw = WRONG[name]
    text, actual = read_body(body, encoding, accepted)
    assert actual is flaw
    assert flaw is BodyFlaw.CODING or not text.startswith((b"\x1f", b"\xef", b"\xff")) or name == "cut off"


@pytest.mark.parametrize("body", [b'{"name": "NaN"}', b'{"Infinity": 1}', b"", b"NaN of text", b"1"])
def test_words_are_no_constants(body):
    """NaN within a string is a string."""
    assert read_body(body, "", None) == (body, None)


CODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}


@pytest.mark.parametrize("coding", CODERS)
def test_every_coding_is_decoded_where_any_is_accepted(coding):
    """A request without Accept-Encoding accepts every coding."""
    assert read_body(CODERS[coding](BODY), coding, None) == (BODY, None)


@pytest.mark.parametrize("lost", [1, 3, 8])
@pytest.mark.parametrize("coding", CODERS)
def test_coding_that_is_cut_off(coding, lost):
    """What could be decoded before the end is no body: the end was lost on the way."""
    assert read_body(CODERS[coding](BODY * 99)[:-lost], coding, None)[1] is BodyFlaw.NOT_ENCODED


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_parts_that_are_encoded_apart(coding):
    """Members of gzip and frames of zstd may follow each other."""
    assert read_body(CODERS[coding](BODY) * 3, coding, None, largest=1 << 20) == (BODY * 3, None)


@pytest.mark.parametrize("coding", CODERS)
def test_what_is_decoded_is_bounded(coding):
    """A body of some kilobytes that stands for 64 MB is not decoded to its end."""
    bomb = CODERS[coding](b"0" * (64 << 20))
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        read_body(bomb, coding, None)
    assert tracemalloc.get_traced_memory()[1] < 80 << 20
    tracemalloc.stop()
