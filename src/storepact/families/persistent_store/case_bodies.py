"""The bodies of cases: valid ones, and those that are wrong in ways of this API, each with what is wrong.

The text says how the request differs from an ordinary one; it is None where nothing is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from storepact.families.persistent_store import raw_bodies
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.bodies import MARK, ordinary_body
from storepact.families.persistent_store.raw_bodies import RawBody

CaseBody = tuple[str | None, Any]

ORDINARY_PATCH: list[dict[str, Any]] = [{"op": "replace", "path": "/name", "value": f"{MARK} renamed"}]

#: A version that no integration reaches.
_UNREACHED = 9_007_199_254_740_991


def create_bodies(kind: str) -> Iterator[CaseBody]:
    """The bodies of creates: (what is wrong with it, body)."""
    body = ordinary_body(kind, MARK)
    other_kind = KINDS[1 - KINDS.index(kind)]
    yield None, {"config": body["config"]}
    yield None, {**body, "on": True, "tags": []}
    yield None, {**body, "storepactUnknown": {"member": 1}}
    yield f"with the config of {other_kind}", {**body, "config": ordinary_body(other_kind, MARK)["config"]}
    yield "with a config that is empty", {**body, "config": {}}
    yield "with a config that is a JSON string", {**body, "config": '{"host": "redis.example.com"}'}
    for name, words, value in _wrong_types(kind, body["config"]):
        yield f"with {words} {name}", {**body, name: value}
    yield "without config", _without("config", body)
    for mutation, config in _wrong_configs(body["config"]):
        yield mutation, {**body, "config": config}
    yield "with a body that is cut off", b'{"name": "' + MARK.encode() + b'", "config": {"ho'
    without_secret = {**body, "config": _without("password", body["config"])}
    yield "with a body in UTF-16", json.dumps(without_secret).encode("utf-16")
    yield "with NaN for an unknown member", json.dumps({**without_secret, "unknown": float("nan")}).encode()
    yield from _nearly_json(json.dumps(without_secret))
    yield "with an array for a body", [body]
    yield "with an empty array for a body", []
    yield from _scalars()
    for name in body["config"] if kind == "dynamodb" else ("host",):
        yield f"without config.{name}", {**body, "config": _without(name, body["config"])}
    configs = _redis_configs(body["config"]) if kind == "redis" else _dynamodb_configs(body["config"])
    for mutation, config in configs:
        yield mutation, {**body, "config": config}
    yield from _probes(raw_bodies.create_bodies(body, MARK))


def _scalars() -> Iterator[CaseBody]:
    """Bodies that are JSON, and neither an object nor an array; and those without any JSON."""
    yield "with an empty body", b""
    yield "with blanks for a body", b" \r\n "
    for words, value in (("a string", MARK), ("a number", 5), ("true", True), ("null", None)):
        yield f"with {words} for a body", json.dumps(value).encode()


def _nearly_json(text: str) -> Iterator[CaseBody]:
    """Bodies that lenient readers take for JSON; `text` is an ordinary body."""
    yield "with single quotes in place of double ones", text.replace('"', "'").encode()
    yield "with a comma before the end", f"{text[:-1]},{text[-1]}".encode()
    yield "with a comment before the body", f"/* storepact */ {text}".encode()
    yield "with text behind the body", f"{text} storepact".encode()


def _probes(bodies: Iterable[RawBody]) -> Iterator[CaseBody]:
    return ((body.words, body.content) for body in bodies if body.is_probe)


def _without(member: str, value: dict[str, Any]) -> dict[str, Any]:
    return {name: member_value for name, member_value in value.items() if name != member}


def _wrong_configs(config: dict[str, Any]) -> Iterator[CaseBody]:
    first = next(iter(config))
    yield f"with a number for config.{first}", {**config, first: 5}
    yield f"with null for config.{first}", {**config, first: None}
    yield f"with an object for config.{first}", {**config, first: {}}


def _redis_configs(config: dict[str, Any]) -> Iterator[CaseBody]:
    required = {"host": config["host"]}
    yield None, required
    yield None, {**required, "port": "1"}
    yield None, {**required, "port": "65535"}
    yield "with a number for config.port", {**config, "port": 6380}
    yield "with a string for config.tlsEnabled", {**config, "tlsEnabled": "true"}
    yield "with an object for config.tlsEnabled", {**config, "tlsEnabled": {}}
    yield "with an array for config.username", {**config, "username": ["storepact"]}
    yield "with an array for config.port", {**config, "port": ["6380"]}


def _dynamodb_configs(config: dict[str, Any]) -> Iterator[CaseBody]:
    yield "with a region in another spelling", {**config, "region": "us_east_1"}
    yield "with a region in capitals", {**config, "region": "US-EAST-1"}
    yield "with a region that the manifest lacks", {**config, "region": "eu-south-1"}
    yield "with a number for config.externalId", {**config, "externalId": 5}


def update_bodies(kind: str) -> Iterator[CaseBody]:
    """The bodies of updates: (what is wrong with it, body)."""
    rename = ORDINARY_PATCH[0]
    config = ordinary_body(kind, MARK)["config"]
    other_config = ordinary_body(KINDS[1 - KINDS.index(kind)], MARK)["config"]
    yield None, {"comment": "storepact", "patch": [rename]}
    yield None, [rename, _replace("/on", True)]
    yield None, [_replace("/tags", ["storepact"]), {"op": "add", "path": "/on", "value": False}]
    yield None, [_replace("/tags", ["storepact"]), {"op": "add", "path": "/tags/-", "value": "appended"}]
    yield None, [_replace("/config", config)]
    yield None, [{**rename, "storepactUnknown": 1}]
    yield None, _large_patch()
    yield None, [{**_replace("/tags", ["storepact"]), "storepactUnknown": {"member": []}}, rename]
    unreached = {"op": "test", "path": "/version", "value": _UNREACHED}
    yield "with a test on a version that was never reached", [unreached, rename]
    yield "with an operation that RFC 6902 does not have", [{**rename, "op": "rename"}]
    yield "with an operation in capitals", [{**rename, "op": "REPLACE"}]
    yield "with an operation between blanks", [{**rename, "op": " replace "}]
    # appended to the tags it takes away no mark of the run, whatever a provider makes of it
    yield "with a move from nowhere", [{"op": "move", "path": "/tags/-"}]
    yield "with a copy from nowhere", [{"op": "copy", "path": "/tags/-"}]
    yield "with an operation without a value", [{"op": "replace", "path": "/name"}]
    yield "with a test without a value", [{"op": "test", "path": "/name"}, rename]
    yield "with an operation without an op", [_without("op", rename)]
    yield "with an operation without a path", [{"op": "replace", "value": "x"}]
    for name, words, value in _wrong_types(kind, config):
        yield f"with {words} /{name}", [_replace(f"/{name}", value)]
    yield "with a config of the other kind", [_replace("/config", other_config)]
    yield "with an empty config", [_replace("/config", {})]
    yield "with a body in UTF-16", json.dumps(ORDINARY_PATCH).encode("utf-16")
    yield "with NaN for an unknown member", json.dumps([{**rename, "unknown": float("nan")}]).encode()
    yield from _nearly_json(json.dumps(ORDINARY_PATCH))
    yield "with an object that is no patch", {"name": f"{MARK} merged"}
    yield "with one operation that is in no array", rename
    yield from _scalars()
    yield from _wrong_patches(rename)
    yield "with a body that is cut off", b'[{"op": "replace", "path": "/na'
    yield from _wrong_config_patches(kind, config)
    yield "with a move onto /_id", [_replace("/_id", "storepact")]
    yield from _probes(raw_bodies.update_bodies(MARK))


def _wrong_config_patches(kind: str, config: dict[str, Any]) -> Iterator[CaseBody]:
    """Patches that set the config to one with a member of another type."""
    if kind == "redis":
        members: tuple[tuple[str, Any], ...] = (
            *(("port", 6380), ("port", ["6380"]), ("port", {})),
            *(("host", [config["host"]]), ("host", {}), ("host", 0.5), ("host", True)),
            *(("username", ["storepact"]), ("username", {}), ("username", 0.5), ("username", True)),
            *(("password", {}), ("password", ["storepact"]), ("password", 0.5), ("password", True)),
            *(("tlsEnabled", 1), ("tlsEnabled", [True]), ("tlsEnabled", "true"), ("tlsEnabled", {})),
        )
    else:
        members = (
            *(("region", "eu-south-1"), ("region", "EU-WEST-1")),
            *(("roleArn", [config["roleArn"]]), ("roleArn", {}), ("roleArn", True), ("roleArn", 0.5)),
            *(("tableName", {}), ("tableName", ["storepact"])),
            *(("tableName", 0.5), ("tableName", True)),
            *(("externalId", True), ("externalId", 0.5), ("externalId", {}), ("externalId", [])),
        )
    for name, value in members:
        words = json.dumps(value)[:12]
        yield f"with {words} for config.{name}", [_replace("/config", {**config, name: value})]


def _wrong_patches(rename: dict[str, Any]) -> Iterator[CaseBody]:
    """Patches that are no arrays of operations."""
    wrapped = {"patch": [rename]}
    for words, patch in (
        *(("text", "storepact"), ("null", None), ("one operation", rename)),
        ("a wrapped patch", wrapped),
    ):
        yield f"with {words} for patch", {"comment": "storepact", "patch": patch}
    for words, operation in (("text", "storepact"), ("null", None), ("an array", [rename])):
        yield f"with {words} among the operations", [rename, operation]


def _wrong_types(kind: str, config: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Values of another type: (member, words, value).

    What is the same for both kinds is divided between them, so that every member gets every type.
    """
    tag = "storepact"
    yield "on", "text for", "true"
    yield "name", "a number for", 5
    yield "tags", "a number among", [tag, 1]
    yield "config", "null for", None
    if kind == "redis":
        yield "on", "an array for", []
        yield "on", "a number for", 1
        yield "name", "an object for", {"text": tag}
        yield "name", "true for", True
        yield "tags", "text for", tag
        yield "tags", "an array among", [tag, [tag]]
        yield "config", "an array for", [config]
    else:
        yield "on", "an object for", {}
        yield "on", "a fraction for", 0.5
        yield "name", "an array for", [tag]
        yield "name", "a fraction for", 0.5
        yield "tags", "an object for", {"0": tag}
        yield "tags", "an object among", [tag, {"tag": tag}]
        yield "tags", "a number for", 1
        yield "config", "text for", tag


def _large_patch() -> bytes:
    """Twenty operations on indented lines: about 12 kB (up to 16,384 bytes are ordinary, D13)."""
    operations = [
        _replace("/tags", ["storepact", *(f"{tag}{number:02d}{'x' * 29}" for tag in "abcd")])
        for number in range(20)
    ]
    return json.dumps(operations, indent=16).encode()


def _replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}
