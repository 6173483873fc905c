"""Secrets in responses: where they are, and how they are masked."""

from __future__ import annotations

import json
from base64 import b64encode

from storepact.transport.encodings import CANARY
from storepact.transport.redaction import Secrets, mask_environment


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
