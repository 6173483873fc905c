"""Secrets in responses: where they are, and how they are masked."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random

import pytest

from storepact.model.exchange import MASK, Request, Response
from storepact.model.tree import walk
from storepact.openapi.pointers import pointer_to
from storepact.transport.encodings import CANARY
from storepact.transport.environment import mask_environment
from storepact.transport.redaction import Secrets


def test_leak_is_located_and_masked():
    """A leaked secret is located, and masked in the body that is recorded."""
    secrets = Secrets(frozenset({"password"}))
    secret = CANARY + "0123456789abcdef"
    secrets.register_all({"config": {"password": secret}})
    body = json.dumps({"items": [{"name": f"x {secret}"}]}).encode()
    assert [leak.place for leak in secrets.leaks((), body)] == ["/items/*/name"]
    assert secret.encode() not in secrets.mask_body(body)


def test_encoded_leak_is_located():
    """A secret in base64 is a leak."""
    secrets = Secrets(frozenset({"password"}))
    secret = CANARY + "0123456789abcdef"
    secrets.register(secret, "the password")
    body = json.dumps({"config": {"debug": b64encode(secret.encode()).decode()}}).encode()
    assert [leak.place for leak in secrets.leaks((), body)] == ["/config/debug"]


def test_monotonous_password_is_masked_but_not_searched_for():
    """Eight zeros turn up by chance: they are masked in a password, and not searched for elsewhere."""
    secrets = Secrets(frozenset({"password"}))
    secrets.register_all({"config": {"password": "00000000"}})
    assert secrets.leaks((), b'{"name": "00000000"}') == ()
    assert b"00000000" not in secrets.mask_body(b'{"config": {"password": "00000000"}}')


def test_secrets_of_the_environment_are_masked():
    """Tokens and passwords for storepact and a broker are masked, longer ones first; nothing else is."""
    environment = {
        "STOREPACT_TOKEN": "abc",
        "STOREPACT_READER_TOKEN": "abcdef ",
        "PACT_BROKER_PASSWORD": "secret",
        "STOREPACT_HISTORY": "history",
        "GITHUB_TOKEN": "other",
    }
    text = "abcdef abc secret history other"
    assert mask_environment(text, environment) == "******** ******** ******** history other"


def test_number_that_is_too_large_stays_a_number():
    """A body whose password is masked is JSON as before: 1e400 does not become Infinity."""
    secrets = Secrets(frozenset({"password"}))
    masked = secrets.mask_body(b'{"password": "swordfish-1", "n": 1e400}')
    assert b"Infinity" not in masked
    assert b"swordfish" not in masked


def _random_body(random: Random, depth: int = 0) -> object:
    """A JSON value with passwords at any depth, some of them masked already, empty or no text."""
    kind = random.choice(["object", "object", "array", "text"] if depth < 4 else ["text"])
    if kind == "object":
        names = random.sample(["password", "config", "name", "path", "value", "items"], random.randint(0, 5))
        return {name: _random_body(random, depth + 1) for name in names}
    if kind == "array":
        return [_random_body(random, depth + 1) for _ in range(random.randint(0, 3))]
    return random.choice(
        ["", MASK, "/password", "/a/password", "^", f"word-{random.randint(0, 99)}-9x", 7, None]
    )


@pytest.mark.parametrize("seed", range(40))
def test_texts_that_are_masked_as_a_whole_are_those_that_a_walk_finds(seed):
    """The places of masked texts in a request, and the forms of secret members in a response."""
    random = Random(seed)
    secrets = Secrets(frozenset({"password"}))
    sent, shown = _random_body(random), _random_body(random)
    secrets.register_all(sent)
    body = json.dumps(shown).encode()
    exchange = secrets.redact(
        Request("POST", "/", (), json.dumps(sent).encode()),
        Response(200, (("Content-Type", "application/json"),), body),
    )
    texts = dict(walk(sent))
    masks = [path for path, value in walk(json.loads(exchange.request.body)) if value == MASK]
    assert [place for place, _ in exchange.sent] == [
        json.dumps(path) for path in masks if isinstance(texts[path], str) and texts[path] != MASK
    ]
    members = [
        pointer_to(path)
        for path, value in walk(shown)
        if path and path[-1] == "password" and isinstance(value, str)
    ]
    assert [pointer for pointer, _ in exchange.forms] == members


@pytest.mark.parametrize("header", ["Set-Cookie", "set-cookie", "X-Session", "Location"])
def test_cookie_of_the_user_is_no_leak_where_it_is_set_again(header):
    """Load balancers do so with the cookie of a session; it is masked all the same."""
    secrets = Secrets(frozenset({"password"}))
    cookie = "AWSALB=q7Wb2fXz0LrT9kPvY4sN"
    secrets.register(cookie, "the header Cookie")
    secrets.returned_in["the header Cookie"] = "set-cookie"
    secrets.register("other-17-Password-x3", "the password")
    headers = ((header, f"{cookie}; Path=/"), ("Set-Cookie", "a=other-17-Password-x3"))
    exchange = secrets.redact(Request("GET", "/x", ()), Response(200, headers, b""))
    expected = ["Set-Cookie"] if header.lower() == "set-cookie" else [header, "Set-Cookie"]
    assert [leak.place for leak in exchange.leaks] == expected
    assert "q7Wb2fXz0LrT9kPvY4sN" not in str(exchange.response.headers)
