"""Exchanges that are kept: the beginning of a large body is enough."""

from __future__ import annotations

import pytest

from storepact.model.exchange import LARGE_BODY, Exchange, Request, Response, is_whole, text_of

TEXTS = {"ASCII": b'{"name": "' + b"x" * LARGE_BODY + b'"}', "no UTF-8": b"\xff" * (LARGE_BODY + 1)}


@pytest.mark.parametrize("name", TEXTS)
def test_large_body_is_kept_as_a_record_shows_it(name):
    """A record of an abridged exchange has the same text, and says that it was cut."""
    body = TEXTS[name]
    whole = Exchange(Request("GET", "/", ()), Response(200, (), body))
    short = whole.abridge()
    assert len(short.response.body) < 10_000
    assert text_of(short.response.body) == text_of(body)
    assert not is_whole(text_of(short.response.body))
    assert short.request is whole.request


def test_ordinary_body_is_kept_whole():
    """The exchange is the same one."""
    exchange = Exchange(Request("GET", "/", ()), Response(200, (), b"x" * LARGE_BODY))
    assert exchange.abridge() is exchange


def test_text_that_only_looks_cut():
    """A provider cannot have a long text taken for one that was cut already."""
    text = "x" * 9_000 + "… (9 characters in all)"
    assert len(text_of(text.encode())) < 4_100
