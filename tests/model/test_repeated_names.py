"""A body in which a name occurs twice stays as it is: when it is compared, masked, and written as a line."""

from __future__ import annotations

import json
import subprocess

from storepact.model.curl import CurlLines
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.tree import read_json, transform, walk
from storepact.transport.redaction import Secrets

TWICE = b'{"name": "first", "config": {"host": "a", "password": "hunter-2x-9q", "host": "b"}, "name": "last"}'


def test_both_values_are_kept():
    """The last value counts, as for every parser; a copy and a text have both."""
    value = read_json(TWICE)
    assert value["name"] == "last"
    assert [node for _, node in walk(value) if node in ("first", "last")] == ["first", "last"]
    assert json.dumps(transform(value, lambda node: node)).encode() == TWICE


def test_bodies_differ_where_any_value_does():
    """A value that does not count is a difference all the same."""
    twice, other = read_json(b'{"a": 1, "a": 3}'), read_json(b'{"a": 2, "a": 3}')
    assert twice != other
    assert not twice == other  # noqa: SIM201
    assert twice == read_json(b'{"a": 1, "a": 3}')
    assert type(read_json(b'{"a": 1, "b": 3}')) is dict


def test_a_secret_is_masked_in_both():
    """Of two passwords both are masked, and the names stay twice."""
    secrets = Secrets(frozenset({"password"}))
    masked = secrets.mask_body(b'{"password": "hunter-2x-9q", "name": "x", "password": ""}')
    assert b"hunter" not in masked
    assert masked.count(b'"password"') == 2


def test_a_line_sends_both():
    """The curl line of a masked body has the name twice, as it was sent."""
    secrets = Secrets(frozenset({"password"}))
    request = Request("POST", "/x", (("Content-Type", "application/json"),), TWICE)
    exchange: Exchange = secrets.redact(request, Response(201, (), b""))
    line = CurlLines("http://127.0.0.1:8080").line(exchange).replace("curl ", "printf '%s\\n' ", 1)
    words = subprocess.run(["bash", "-c", line], capture_output=True, check=True).stdout.splitlines()
    body = next(word for word in words if word.startswith(b"{"))
    assert read_json(body)["config"]["password"] == "made-up-secret-1"
    assert (body.count(b'"name"'), body.count(b'"host"')) == (2, 2)
