"""Probes: the questions that everybody would ask of this API and no generator does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from storepact.families.persistent_store.api import KINDS, role_of
from storepact.families.persistent_store.bodies import MARK, ordinary_body
from storepact.model.case import Auth, Case
from storepact.openapi.document import Document, Operation
from storepact.openapi.variants import Variant

_VERSION = "LD-API-Version"
_NEVER = 9_007_199_254_740_991


def probes(operation: Operation, document: Document, variant: Variant) -> Iterator[Case]:
    """Wrong verbs first, then paths that lead nowhere, then bodies that only this API could get wrong."""
    role = role_of(operation)
    if role is None:
        return
    kind = variant.value or KINDS[0]
    plain = _valid(operation, role, kind)
    yield plain
    yield from _verbs(plain, role)
    if role != "list":
        yield from _paths(plain, role, kind)
    if role == "create":
        yield from _creates(plain, kind)
    if role == "update":
        yield from _updates(plain, kind)
    yield from _conditions(plain, role)


def auth_cases(operation: Operation, document: Document, variant: Variant) -> Iterator[Case]:
    """Every token and every version header that must or must not be let in."""
    role = role_of(operation)
    if role is not None:
        yield from _doors(_valid(operation, role, variant.value or KINDS[0]), role)


def _valid(operation: Operation, role: str, kind: str) -> Case:
    case = Case(operation.id, None if role == "list" else kind, "probe")
    if role == "create":
        return case.with_body(ordinary_body(kind, MARK))
    return (
        case.with_body([{"op": "replace", "path": "/name", "value": f"{MARK} renamed"}])
        if role == "update"
        else case
    )


def _changed(case: Case, mutation: str, **changes: Any) -> Case:
    return Case(
        **{
            **{name: getattr(case, name) for name in case.__dataclass_fields__},
            "mutation": mutation,
            **changes,
        }
    )


def _doors(plain: Case, role: str) -> Iterator[Case]:
    yield _changed(plain, "without a token", auth=Auth.NONE)
    yield _changed(plain, "with a token that nobody issued", auth=Auth.GARBAGE)
    yield _changed(plain, "with an empty token", auth=Auth.EMPTY)
    yield _changed(plain, "with the key of an SDK for a token", auth=Auth.SDK_KEY)
    yield _changed(plain, "with a bearer token that nobody issued", auth=Auth.BEARER)
    yield _changed(plain, "with the token and one character more", auth=Auth.LONGER)
    yield _changed(plain, "with the token and one character less", auth=Auth.SHORTER)
    reading = role in ("list", "get")
    yield _changed(plain, None if reading else "with a token that may only read", auth=Auth.READER)  # type: ignore[arg-type]
    yield _changed(plain, f"without {_VERSION}", headers=((_VERSION, None),))
    yield _changed(plain, f"with {_VERSION}: 20240415", headers=((_VERSION, "20240415"),))
    yield _changed(
        plain, f"with {_VERSION}: 20240415, then beta", headers=((_VERSION, "20240415"), (_VERSION, "beta"))
    )
    yield _changed(plain, None, headers=((_VERSION, "beta"), (_VERSION, "20240415")))  # type: ignore[arg-type]
    yield _changed(plain, f"with {_VERSION}: alpha", headers=((_VERSION, "alpha"),))
    yield _changed(
        plain, "without a token and without the version header", auth=Auth.NONE, headers=((_VERSION, None),)
    )


def _verbs(plain: Case, role: str) -> Iterator[Case]:
    for verb in {"list": ("PUT", "PATCH"), "create": ("PUT", "PATCH"), "get": ("PUT",)}.get(role, ()):
        body = {"name": f"{MARK} with the wrong verb"}
        yield _changed(plain, f"with the verb {verb}", method=verb, body=body)


def _paths(plain: Case, role: str, kind: str) -> Iterator[Case]:
    yield _changed(
        plain,
        "in a project that does not exist",
        path_parameters=(("projectKey", "storepact-no-such-project"),),
    )
    yield _changed(
        plain,
        "in an environment that does not exist",
        path_parameters=(("environmentKey", "storepact-no-such-env"),),
    )
    yield _changed(
        plain, "for a kind of store that does not exist", path_parameters=(("integrationKey", "cassandra"),)
    )
    if role != "create":
        other = KINDS[1 - KINDS.index(kind)]
        yield _changed(plain, "with an id that does not exist", absent=True)
        yield _changed(
            plain,
            f"with the id of a {kind} integration under {other}",
            path_parameters=(("integrationKey", other),),
        )


def _creates(plain: Case, kind: str) -> Iterator[Case]:
    body = plain.body
    other = KINDS[1 - KINDS.index(kind)]
    yield _changed(plain, None, body={"config": body["config"]})  # type: ignore[arg-type]
    yield _changed(plain, None, body={**body, "on": True, "tags": []})  # type: ignore[arg-type]
    yield _changed(plain, None, body={**body, "storepactUnknown": {"member": 1}})  # type: ignore[arg-type]
    yield _changed(
        plain, f"with the config of {other}", body={**body, "config": ordinary_body(other, MARK)["config"]}
    )
    yield _changed(plain, "with a config that is empty", body={**body, "config": {}})
    yield _changed(
        plain, "with a config that is a JSON string", body={**body, "config": '{"host": "redis.example.com"}'}
    )
    for mutation, member in (
        ("with text for on", {"on": "true"}),
        ("with a number for on", {"on": 1}),
        ("with a number for name", {"name": 5}),
        ("with text for tags", {"tags": "storepact"}),
        ("with a number among the tags", {"tags": ["storepact", 1]}),
        ("with an array for config", {"config": [body["config"]]}),
        ("with null for config", {"config": None}),
    ):
        yield _changed(plain, mutation, body={**body, **member})
    rest = {name: value for name, value in body.items() if name != "config"}
    yield _changed(plain, "without config", body=rest)
    first = next(iter(body["config"]))
    for mutation, value in (("a number", 5), ("null", None), ("an object", {})):
        yield _changed(
            plain,
            f"with {mutation} for config.{first}",
            body={**body, "config": {**body["config"], first: value}},
        )
    yield _changed(
        plain, "with a body that is cut off", body=b'{"name": "' + MARK.encode() + b'", "config": {"ho'
    )
    yield _changed(plain, "with an array for a body", body=[body])
    for name in body["config"] if kind == "dynamodb" else ("host",):
        rest = {each: value for each, value in body["config"].items() if each != name}
        yield _changed(plain, f"without config.{name}", body={**body, "config": rest})
    if kind == "redis":
        rest = {"host": body["config"]["host"]}
        yield _changed(plain, None, body={**body, "config": rest})  # type: ignore[arg-type]
        for port in ("1", "65535"):
            yield _changed(plain, None, body={**body, "config": {**rest, "port": port}})  # type: ignore[arg-type]
        yield _changed(
            plain, "with a number for config.port", body={**body, "config": {**body["config"], "port": 6380}}
        )
        yield _changed(
            plain,
            "with a string for config.tlsEnabled",
            body={**body, "config": {**body["config"], "tlsEnabled": "true"}},
        )
    else:
        yield _changed(
            plain,
            "with a region that does not exist",
            body={**body, "config": {**body["config"], "region": "moon-1"}},
        )


def _updates(plain: Case, kind: str) -> Iterator[Case]:
    def patch(*operations: Any) -> list[Any]:
        return list(operations)

    rename = plain.body[0]
    config = ordinary_body(kind, MARK)["config"]
    other = ordinary_body(KINDS[1 - KINDS.index(kind)], MARK)["config"]
    for body in (
        {"comment": "storepact", "patch": [rename]},
        patch(rename, {"op": "replace", "path": "/on", "value": True}),
        patch(
            {"op": "replace", "path": "/tags", "value": ["storepact"]},
            {"op": "add", "path": "/on", "value": False},
        ),
        patch(
            {"op": "replace", "path": "/tags", "value": ["storepact"]},
            {"op": "add", "path": "/tags/-", "value": "appended"},
        ),
        patch({"op": "replace", "path": "/config", "value": config}),
    ):
        yield _changed(plain, None, body=body)  # type: ignore[arg-type]
    wrong: tuple[tuple[str, Any], ...] = (
        (
            "with a test on a version that was never reached",
            patch({"op": "test", "path": "/version", "value": _NEVER}, rename),
        ),
        ("with an operation that RFC 6902 does not have", patch({**rename, "op": "rename"})),
        ("with an operation without a value", patch({"op": "replace", "path": "/name"})),
        ("with an operation without a path", patch({"op": "replace", "value": "x"})),
        ("with a string for /on", patch({"op": "replace", "path": "/on", "value": "yes"})),
        ('with "true" for /on', patch({"op": "replace", "path": "/on", "value": "true"})),
        ("with a number for /on", patch({"op": "replace", "path": "/on", "value": 1})),
        ("with a number among /tags", patch({"op": "replace", "path": "/tags", "value": ["storepact", 1]})),
        ("with text for /config", patch({"op": "replace", "path": "/config", "value": "storepact"})),
        ("with null for /config", patch({"op": "replace", "path": "/config", "value": None})),
        ("with a number for /name", patch({"op": "replace", "path": "/name", "value": 5})),
        ("with a string for /tags", patch({"op": "replace", "path": "/tags", "value": "storepact"})),
        ("with a config of the other kind", patch({"op": "replace", "path": "/config", "value": other})),
        ("with an empty config", patch({"op": "replace", "path": "/config", "value": {}})),
        ("with an object that is no patch", {"name": f"{MARK} merged"}),
        ("with a body that is cut off", b'[{"op": "replace", "path": "/na'),
    )
    for mutation, body in wrong:
        yield _changed(plain, mutation, body=body)
    if kind == "redis":
        number = {"op": "replace", "path": "/config", "value": {**config, "port": 6380}}
        yield _changed(plain, "with a number for config.port", body=patch(number))
    yield _changed(
        plain, "with a move onto /_id", body=patch({"op": "replace", "path": "/_id", "value": "storepact"})
    )


def _conditions(plain: Case, role: str) -> Iterator[Case]:
    yield _changed(plain, "with a token whose limit is used up", auth=Auth.EXHAUSTED)
    if role in ("create", "update", "delete"):
        yield _changed(plain, "while another writer holds the resource", auth=Auth.CONTENDED)
    if role == "list":
        yield _changed(plain, "with a token whose project is gone", auth=Auth.ORPHANED)
