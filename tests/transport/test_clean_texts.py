"""A text that showed no secret is not searched again; a later secret is found in it all the same."""

from __future__ import annotations

import json
import random
import zlib
from base64 import b64encode

import pytest

from storepact.model.exchange import Request, Response
from storepact.transport.needles import Needles
from storepact.transport.redaction import Secrets

#: Secrets of the lengths and characters that are searched for in different ways.
SECRETS = [
    "pa55-17-word",
    "a-b!9",
    "correct horse battery staple",
    "9f86d081884c7d659a2feaa0c55ad015",
    "Tr0ub4dor&3",
    'x{"y}z1-4',
    "sp-canary-0123456789abcdef",
    "x9_y8_z7_w6",
]


def item(number, text):
    return {
        "_id": f"{number:024x}",
        "name": f"n{number} of the orders",
        "config": {"host": text},
        "tags": ["a"],
    }


def texts_with(secret, generator):
    """Long and short texts; some show the secret in one of its forms, maybe across elements of a list."""
    shown = generator.choice(
        [secret, secret.upper(), b64encode(secret.encode()).decode(), secret[: len(secret) // 2]]
    )
    items = [item(number, "host.example.com" * 3) for number in range(12)]
    yield json.dumps(items)
    items[generator.randrange(12)]["config"]["host"] = shown
    yield json.dumps(items)
    yield json.dumps(items, separators=(",", ":"))
    cut = len(shown) // 2
    yield json.dumps([*items[:3], {"long " * 90: shown[:cut]}, {shown[cut:]: "long " * 90}, *items[3:]])
    yield shown


@pytest.mark.parametrize("seed", range(12))
def test_search_with_memory_agrees_with_one_without(seed):
    """Whatever was searched before, and in whichever order secrets and texts come."""
    generator = random.Random(seed)
    secrets = generator.sample(SECRETS, len(SECRETS))
    texts = [text for secret in secrets for text in texts_with(secret, generator)]
    needles = Needles()
    for count, secret in enumerate(secrets, 1):
        needles.add(secret, "the password")
        fresh = Needles()
        for earlier in secrets[:count]:
            fresh.add(earlier, "the password")
        for text in generator.sample(texts, len(texts)):
            for thoroughly in (True, False):
                expected = fresh._search(text, thoroughly=thoroughly)
                assert needles.occur_in(text, thoroughly=thoroughly) == expected, (text, thoroughly)


def test_secret_that_no_text_shows_leaves_them_remembered():
    """Else each create of a recording would have everything searched again."""
    needles = Needles()
    text = json.dumps([item(number, "host.example.com") for number in range(40)])
    assert not needles.occur_in(text)
    generation = needles.generation
    needles.add("pa55-17-word", "the password")
    assert needles.generation == generation
    needles.add("host.example.com9", "the password")
    assert needles.generation > generation


@pytest.mark.parametrize("size", [10, 3_000, 25_000])
@pytest.mark.parametrize("is_list", [False, True])
def test_secret_that_comes_after_a_body_is_found_in_the_same_body(size, is_list):
    """However long the body is, and whether it is divided."""
    secrets = Secrets(frozenset({"password"}))
    shown = {"name": "zq8-17-word-x3", "text": "a word " * (size // 7)}
    body = json.dumps([{"a": 1}] * 400 + [shown] if is_list else shown).encode()
    request = Request("GET", "/x", ())
    for _ in range(2):
        assert not secrets.redact(request, Response(200, (), body)).leaks
    secrets.register("zq8-17-word-x3", "the password")
    exchange = secrets.redact(request, Response(200, (), body))
    assert exchange.leaks
    assert b"zq8" not in exchange.response.body


@pytest.mark.parametrize("secret", [secret for secret in SECRETS if not secret.startswith("sp-canary")])
@pytest.mark.parametrize("is_request", [False, True])
def test_secret_that_comes_after_a_header_is_found_in_the_same_header(secret, is_request):
    """Headers that recur are searched once; a value that becomes a secret later is searched for again."""
    secrets = Secrets(frozenset({"password"}))
    headers = (("Content-Type", "application/json"), ("X-Note", f"a {secret} b"), ("X-Count", "12"))
    request = Request("GET", "/x", headers if is_request else ())
    response = Response(200, () if is_request else headers, b"")
    for _ in range(3):
        exchange = secrets.redact(request, response)
        assert not exchange.leaks
        assert exchange.request.headers == request.headers
    secrets.register(secret, "the password")
    for _ in range(2):
        exchange = secrets.redact(request, response)
        assert bool(exchange.leaks) is not is_request
        shown = exchange.request.headers if is_request else exchange.response.headers
        assert secret not in dict(shown)["X-Note"]


def test_digest_of_a_secret_is_found_in_a_header_that_was_there_before():
    """Short digests are compared with the last secrets only, so that such a header is never cached."""
    secrets = Secrets()
    tag = f"{zlib.crc32(b'zq8-17-word-x3'):08x}"
    response = Response(200, (("ETag", tag),), b"")
    assert not secrets.redact(Request("GET", "/x", ()), response).leaks
    secrets.register("zq8-17-word-x3", "the password")
    assert secrets.redact(Request("GET", "/x", ()), response).leaks
