"""Cases that no generator makes: wrong verbs, paths and tokens, bodies wrong in this API's own ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from storepact.families.persistent_store.api import KINDS, role_of
from storepact.families.persistent_store.bodies import MARK, ordinary_body
from storepact.families.persistent_store.case_bodies import ORDINARY_PATCH, create_bodies, update_bodies
from storepact.model.case import NOTHING, Auth, Case
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.openapi.variants import Variant

_VERSION = "LD-API-Version"
#: Values that are not `beta`: one without anything in common, some that hold it, another version, none.
_OTHER_VERSIONS = ("alpha", "beta2", "no-beta", "20220603", "")
#: The version after all that exist, in place of an earlier one for the second kind.
_LATER_VERSION = "20991231"
#: Other names for what is behind a kind of store.
_SIMILAR_KINDS = {"redis": "valkey", "dynamodb": "dynamo"}
_WITH = {list: " and a patch", dict: ""}
_GZIP = (("Accept-Encoding", "gzip"),)
_ANYTHING = (("Accept", None),)
_WILD = (("Accept", "*/*"),)
_WEIGHTED = (("Accept", "application/json;q=0.9, text/plain;q=0.5, */*;q=0.1"),)


def probes(operation: Operation, document: Document, variant: Variant) -> Iterator[Case]:
    """Make the cases of an operation: wrong verbs, then paths that do not exist, then wrong bodies."""
    role = role_of(operation)
    if role is None:
        return
    kind = variant.value or KINDS[0]
    plain = _valid_case(operation, role, kind)
    yield plain
    if role != "delete":
        yield _change(plain, None, headers=_GZIP)
        yield _change(plain, None, headers=_WEIGHTED)
        yield _change(plain, None, headers=_ANYTHING)
        yield _change(plain, None, headers=_WILD)
    yield from _verb_cases(plain, role)
    if role != "list":
        yield from _path_cases(plain, role, kind)
    if role == "create":
        yield from (_change(plain, mutation, body=body) for mutation, body in create_bodies(kind))
    if role == "update":
        yield from (_change(plain, mutation, body=body) for mutation, body in update_bodies(kind))
    if role in ("create", "update"):
        yield from _media_cases(plain, kind)
    yield from _condition_cases(plain, role)


def auth_cases(operation: Operation, document: Document, variant: Variant) -> Iterator[Case]:
    """Make a case for every kind of token and version header, valid or not."""
    role = role_of(operation)
    if role is not None:
        yield from _auth_cases(_valid_case(operation, role, variant.value or KINDS[0]), role)


def _valid_case(operation: Operation, role: str, kind: str) -> Case:
    case = Case(operation.id, None if role == "list" else kind, "probe")
    if role == "create":
        return case.with_body(ordinary_body(kind, MARK))
    return case.with_body(ORDINARY_PATCH) if role == "update" else case


def _change(case: Case, mutation: str | None, **changes: Any) -> Case:
    """The case with some fields changed; `mutation` says what is wrong with it, None if nothing is."""
    return Case(
        **{
            **{name: getattr(case, name) for name in case.__dataclass_fields__},
            "mutation": mutation,
            **changes,
        }
    )


def _auth_cases(plain: Case, role: str) -> Iterator[Case]:
    yield _change(plain, "without a token", auth=Auth.NONE)
    yield _change(plain, "with a token that nobody issued", auth=Auth.GARBAGE)
    yield _change(plain, "with an empty token", auth=Auth.EMPTY)
    yield _change(plain, "with the key of an SDK for a token", auth=Auth.SDK_KEY)
    yield _change(plain, "with a bearer token that nobody issued", auth=Auth.BEARER)
    if plain.variant == KINDS[1]:
        yield _change(plain, "with the token and one character before it", auth=Auth.PRECEDED)
    elif role in ("list", "get"):
        yield _change(plain, "with the token and a further word", auth=Auth.FOLLOWED)
    else:
        yield _change(plain, "with the token and one character more", auth=Auth.LONGER)
    yield _change(plain, "with the token and one character less", auth=Auth.SHORTER)
    if plain.variant == KINDS[1]:
        words = "with the token, characters of its middle in another order"
        yield _change(plain, words, auth=Auth.REARRANGED)
    else:
        yield _change(plain, "with the token, its end replaced", auth=Auth.ALTERED)
    yield _change(plain, "with the key of a mobile SDK for a token", auth=Auth.MOBILE_KEY)
    reading = role in ("list", "get")
    yield _change(plain, None if reading else "with a token that may only read", auth=Auth.READER)
    yield _change(plain, f"without {_VERSION}", headers=((_VERSION, None),))
    yield _change(plain, f"with {_VERSION}: 20240415", headers=((_VERSION, "20240415"),))
    yield _change(
        plain, f"with {_VERSION}: 20240415, then beta", headers=((_VERSION, "20240415"), (_VERSION, "beta"))
    )
    yield _change(plain, None, headers=((_VERSION, "beta"), (_VERSION, "20240415")))
    for version in _OTHER_VERSIONS:
        value = _LATER_VERSION if version.isdigit() and plain.variant == KINDS[1] else version
        words = f"with {_VERSION}: {value}" if value else f"with an empty {_VERSION}"
        yield _change(plain, words, headers=((_VERSION, value),))
    yield _change(
        plain, "without a token and without the version header", auth=Auth.NONE, headers=((_VERSION, None),)
    )


def _verb_cases(plain: Case, role: str) -> Iterator[Case]:
    merged = {"name": f"{MARK} with the wrong verb"}
    whole = ordinary_body(plain.variant or KINDS[0], MARK)
    # bodies that another operation of the API would accept: where a verb counts as another, it does something
    for verb, body in {
        "list": (("PUT", merged), ("PATCH", ORDINARY_PATCH), ("POST", whole)),
        "create": (("PUT", whole), ("PATCH", whole)),
        "get": (("PUT", merged), ("PUT", ORDINARY_PATCH), ("POST", whole), ("POST", ORDINARY_PATCH)),
    }.get(role, ()):
        yield _change(plain, f"with the verb {verb}{_WITH[type(body)]}", method=verb, body=body)
    if role == "create":
        yield _change(plain, "with the verb GET", method="GET", body=NOTHING)


def _path_cases(plain: Case, role: str, kind: str) -> Iterator[Case]:
    yield _change(
        plain,
        "in a project that does not exist",
        path_parameters=(("projectKey", "storepact-no-such-project"),),
        headers=_WILD,
    )
    yield _change(
        plain,
        "in an environment that does not exist",
        path_parameters=(("environmentKey", "storepact-no-such-env"),),
        headers=_ANYTHING,
    )
    for name in (_SIMILAR_KINDS[kind] if role in ("create", "get") else "cassandra", f"{kind}s"):
        words = f"for a kind of store that does not exist: {name}"
        yield _change(plain, words, path_parameters=(("integrationKey", name),))
    if role != "create":
        other_kind = KINDS[1 - KINDS.index(kind)]
        yield _change(plain, "with an id that does not exist", absent=True)
        if role == "get":
            mutation = "with an id that does not exist, by a client of gzip"
            yield _change(plain, mutation, absent=True, headers=(*_GZIP, *_WILD))
        yield _change(
            plain,
            f"with the id of a {kind} integration under {other_kind}",
            path_parameters=(("integrationKey", other_kind),),
        )


def _media_cases(plain: Case, kind: str) -> Iterator[Case]:
    """`application/json` in other spellings (RFC 9110 8.3.1), and bodies declared as something else."""
    spelling = "Application/JSON" if kind == KINDS[0] else 'application/json;charset="UTF-8"'
    for media in ("application/json; charset=utf-8", spelling):
        yield _change(plain, None, headers=(("Content-Type", media),))
    yield _change(plain, "with JSON as text/plain", headers=(("Content-Type", "text/plain"),))
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    body = f"name={MARK}&config[host]=form.example.com&config[tableName]=storepact".encode()
    yield _change(plain, "with a form in place of JSON", headers=form, body=body)


def _condition_cases(plain: Case, role: str) -> Iterator[Case]:
    yield _change(plain, "with a token whose limit is used up", auth=Auth.EXHAUSTED)
    if role in ("create", "update", "delete"):
        yield _change(plain, "while another writer holds the resource", auth=Auth.CONTENDED)
    if role == "list":
        yield _change(plain, "with a token whose project is gone", auth=Auth.ORPHANED)
