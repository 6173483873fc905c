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


def needles_of(secrets):
    """A search without memory for these secrets."""
    needles = Needles()
    for secret in secrets:
        needles.add(secret, "the password")
    return needles


@pytest.mark.parametrize("seed", range(12))
def test_search_with_memory_agrees_with_one_without(seed):
    """Whatever was searched before, and in whichever order secrets and texts come."""
    generator = random.Random(seed)
    secrets = generator.sample(SECRETS, len(SECRETS))
    texts = [text for secret in secrets for text in texts_with(secret, generator)]
    needles = Needles()
    for count, secret in enumerate(secrets, 1):
        needles.add(secret, "the password")
        fresh = needles_of(secrets[:count])
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


def states_of(resource, secret, generator):
    """Bodies of one resource that differ in a place or two, some of which show a secret, or a part of one."""
    shown = [secret, secret[: len(secret) // 2 + 2], secret[len(secret) // 2 :], "renamed", "", "x" * 60]
    for number in range(14):
        state = item(resource, "host.example.com")
        state["links"] = {"self": f"/api/{resource:024x}", "other": "/api/v2/more/of/the/path"}
        member = generator.choice(["name", "note", "_id", "zz"])
        state[member] = f"{state.get(member, '')}{generator.choice(shown)}"
        state["tags"] = generator.choice([["a"], ["a", secret[:5], secret[5:]], [secret]])
        state["version"] = number
        yield from (json.dumps(state), json.dumps(state, separators=(",", ":")))
        yield "".join(map(str, [state["_id"], state["name"], *state["tags"], *state["links"].values()]))


@pytest.mark.parametrize("seed", range(8))
def test_change_of_a_text_is_searched_like_the_whole(seed):
    """A text that differs from an earlier one in a place: a secret is found there, and beside its edges."""
    generator = random.Random(seed)
    secrets = generator.sample(SECRETS, 4)
    texts = [
        text
        for secret in SECRETS
        for resource in (3, 4)
        for text in states_of(resource + 16**20, secret, generator)
    ]
    needles = Needles()
    for count, secret in enumerate(secrets, 1):
        needles.add(secret, "the password")
        fresh = needles_of(secrets[:count])
        for text in generator.sample(texts, 150):
            for thoroughly in (True, False):
                expected = fresh._search(text, thoroughly=thoroughly)
                assert needles.occur_in(text, thoroughly=thoroughly) == expected, (text, thoroughly)


@pytest.mark.parametrize("secret", ["pa55-17-word", "correct horse battery staple"])
def test_a_secret_that_is_split_over_elements_of_a_list_is_found(secret):
    """Though the elements, all of them known, are searched one by one."""
    secrets = Secrets(frozenset({"password"}))
    secrets.register(secret, "the password")
    first, second = {"n": "long " * 20, "a": secret[:5]}, {"n": secret[5:], "a": "long " * 20}
    filler = [{"n": f"{number} " * 20, "a": "x"} for number in range(60)]
    request = Request("GET", "/x", ())
    for items, is_shown in (([*filler, second, first], False), ([*filler, first, second], True)):
        response = Response(200, (), json.dumps({"items": items}).encode())
        exchange = secrets.redact(request, response)
        assert bool(exchange.leaks) is is_shown
        assert (secret[5:].encode() in exchange.response.body) is not is_shown


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("is_end", [False, True])
def test_secret_that_a_change_completes_is_found(secret, is_end):
    """An earlier text has the one part of it already, however long that is."""
    needles = Needles()
    needles.add(secret, "the password")
    for cut in range(1, len(secret)):
        item_of_its_own = item(16**20 + cut, "host.example.com")
        part = secret[cut:] if is_end else secret[:cut]
        before, after = (json.dumps({**item_of_its_own, "name": f"of {text} it"}) for text in (part, secret))
        needles.occur_in(before)
        assert needles.occur_in(after), cut


@pytest.mark.parametrize("place", [0, 10, 84])
def test_secret_of_few_letters_that_a_change_completes_is_found_each_time(place):
    """Though it is longer than what is looked at around a change."""
    secret = "a" + "~!@#" * 21 + "b"
    needles = needles_of([secret])
    other = secret[:place] + "?" + secret[place + 1 :]
    text = json.dumps({"_id": f"{1:024x}", "name": "orders " * 20, "host": other, "tags": ["of ours"] * 9})
    assert not needles.occur_in(text, thoroughly=True)
    assert [needles.occur_in(text.replace(other, secret)) for _ in range(3)] == [True] * 3
