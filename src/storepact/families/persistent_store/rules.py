"""What may be answered to a request of this API: the promises of the documents, and their silences.

Only a promise makes a *certain* flaw, which must be refused. Where the documents disagree or say nothing (D-numbers are
those of openapi/DECISIONS.md) the flaw is an uncertain one, and either answer is fine. The order in which a provider
looks at several flaws is its own affair, so the refusals of all of them are allowed together.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from storepact.engines.family import Scope
from storepact.families.persistent_store.api import ID_PATH, KINDS, role_of
from storepact.model.case import NOTHING, Auth, PreparedRequest
from storepact.model.expectation import Expectation, Flaw, Promise
from storepact.model.flaw import FlawKind
from storepact.openapi.document import Document, Operation, is_json
from storepact.openapi.validators import Violation, compile_schema
from storepact.openapi.variants import Variant

_BAD_BODY = frozenset({400, 422})
_BAD_MEDIA = frozenset({400, 406, 415, 422})
_UNEDITABLE = frozenset({400, 403, 405, 409, 422})
_FAILED_TEST = frozenset({400, 409, 422})
_CONFIG_SCHEMA = {"redis": "RedisConfigPost", "dynamodb": "DynamoDbConfigPost"}
_READ_ONLY = frozenset(
    {
        "_id",
        "_links",
        "_status",
        "_access",
        "version",
        "projectKey",
        "environmentKey",
        "integrationKey",
        "kind",
        "id",
    }
)
_KEY = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")


def path_values(scope: Scope, kind: str | None, identifier: str | None) -> Mapping[str, str]:
    """The value of every path parameter."""
    return dict(
        zip(ID_PATH, (scope.project, scope.environment, kind or KINDS[0], identifier or ""), strict=True)
    )


def expect(
    prepared: PreparedRequest, operation: Operation, document: Document, variant: Variant, scope: Scope
) -> Expectation:
    """What may be answered to this request."""
    case = prepared.case
    condition = _CONDITIONS.get(case.auth)
    if condition is not None:
        return condition(operation)
    flaws = [*_auth(prepared), *_version(prepared), *_verb(prepared, operation), *_path(prepared, scope)]
    if case.method is None or _tunnelled(prepared, operation):
        flaws.extend(_content(prepared, operation, document, variant))
    return Expectation.of(flaws, operation.success)


def _exhausted(operation: Operation) -> Expectation:
    return Expectation(Promise.REFUSE, "the limit of this token is used up", frozenset({429}), "limit")


def _contended(operation: Operation) -> Expectation:
    return Expectation(Promise.REFUSE, "another writer holds the resource", frozenset({409}), "conflict")


def _orphaned(operation: Operation) -> Expectation:
    return Expectation(Promise.REFUSE, "the project of this token is gone", frozenset({404}), "path")


_CONDITIONS = {Auth.EXHAUSTED: _exhausted, Auth.CONTENDED: _contended, Auth.ORPHANED: _orphaned}


def _auth(prepared: PreparedRequest) -> Iterator[Flaw]:
    match prepared.case.auth:
        case Auth.NONE:
            yield Flaw("no access token was sent", frozenset({401}), rule="auth")
        case Auth.GARBAGE | Auth.SDK_KEY | Auth.EMPTY | Auth.BEARER | Auth.LONGER | Auth.SHORTER:
            yield Flaw("the access token is one that nobody issued", frozenset({401}), rule="auth")
        case Auth.READER | Auth.READ_ONLY if prepared.method != "GET":
            yield Flaw("the access token may only read", frozenset({401, 403}), rule="permission")


def _version(prepared: PreparedRequest) -> Iterator[Flaw]:
    values = [value for name, value in prepared.headers if name.lower() == "ld-api-version"]
    value = values[0].strip() if values else None
    if value is None:
        yield Flaw("the header LD-API-Version: beta is missing", frozenset({403}), rule="version")
    elif value == "20240415":
        statuses = frozenset({403}) if len(values) == 1 else frozenset({400, 403})
        yield Flaw("LD-API-Version asks for 20240415 instead of beta", statuses, rule="version")
    elif value != "beta":
        certain = value.lower() != "beta" and "beta" not in re.split(r"[,\s]+", value)
        yield Flaw("LD-API-Version is not beta", frozenset({400, 403}), certain, rule="version")


def _tunnelled(prepared: PreparedRequest, operation: Operation) -> bool:
    """Whether the operation's own verb is asked for by X-HTTP-Method-Override."""
    named = next((value for name, value in prepared.headers if name.lower() == "x-http-method-override"), "")
    return prepared.method == "POST" and named == operation.method


def _verb(prepared: PreparedRequest, operation: Operation) -> Iterator[Flaw]:
    if _tunnelled(prepared, operation):
        yield Flaw(
            "it is tunnelled through POST, which not every server does (D26)",
            frozenset({400, 404, 405, 501}),
            certain=False,
        )
    elif prepared.case.method is not None:
        yield Flaw(f"this path has no {prepared.method}", frozenset({404, 405}), rule="verb")
        yield Flaw("its body is read first", _BAD_MEDIA, certain=False)


def _path(prepared: PreparedRequest, scope: Scope) -> Iterator[Flaw]:
    values = {name: unquote(value) for name, value in prepared.parameters.items()}
    for name, real, what in (
        ("projectKey", scope.project, "project"),
        ("environmentKey", scope.environment, "environment"),
    ):
        value = values.get(name, real)
        if value != real:
            statuses = frozenset({404}) if _KEY.match(value) else frozenset({400, 404})
            yield Flaw(f"there is no such {what}", statuses, value.lower() != real.lower(), rule=what)
    kind = values.get("integrationKey", prepared.case.variant)
    if kind is not None and kind not in KINDS:
        yield Flaw(
            "there is no such kind of store", frozenset({400, 404}), kind.lower() not in KINDS, rule="kind"
        )
    if "integrationId" in values and kind in KINDS and prepared.case.variant not in (None, kind):
        yield Flaw(
            "the integration with this id is of the other kind",
            frozenset({400, 404}),
            rule="scope",
            accepted=FlawKind.ACCEPTED_OTHER_KIND,
        )
    if "integrationId" in values and (prepared.case.absent or values["integrationId"] != prepared.created_id):
        statuses = frozenset({404}) if prepared.case.absent else frozenset({400, 404})
        yield Flaw("there is no integration with this id under this path", statuses, rule="id")


def _content(
    prepared: PreparedRequest, operation: Operation, document: Document, variant: Variant
) -> Iterator[Flaw]:
    media = next((value for name, value in prepared.headers if name.lower() == "content-type"), None)
    role = role_of(operation)
    if role not in ("create", "update"):
        if media is not None or prepared.body is not None:
            yield Flaw("it carries a body or says so", _BAD_MEDIA, certain=False, rule="media")
        return
    if media is None or not is_json(media):
        yield Flaw("its content type is not JSON", _BAD_MEDIA, certain=False, rule="media")
    if prepared.body is None:
        yield Flaw("there is no body", _BAD_MEDIA, rule="body")
        return
    value = _strict_json(prepared.body)
    if value is NOTHING:
        yield Flaw("the body is not JSON", _BAD_MEDIA, rule="json")
        return
    if len(prepared.body) > 100_000:
        yield Flaw("the body is large (D12)", frozenset({400, 413, 422}), certain=False, rule="size")
    if not _printable(value):
        yield Flaw(
            "it holds control characters or the like (D13)", _BAD_BODY, certain=False, rule="characters"
        )
    kind = variant.value or unquote(prepared.parameters.get("integrationKey", ""))
    if role == "create":
        yield from _create(value, kind, operation, document, variant)
    else:
        yield from _patch(value, kind, document)


def _strict_json(body: bytes) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        return json.loads(body.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError):
        return NOTHING


def _create(
    value: Any, kind: str, operation: Operation, document: Document, variant: Variant
) -> Iterator[Flaw]:
    if operation.body_pointer is not None:
        for violation in compile_schema(document, operation.body_pointer, variant.overrides).violations(
            value
        ):
            yield _judged(violation, f"{violation.place or '/'}: {violation.message}")
    if isinstance(value, Mapping):
        for name in sorted(_READ_ONLY & value.keys()):
            yield Flaw(f"{name} is the provider's to set", _UNEDITABLE, certain=False)
        for why in _odd_members(value, kind):
            yield Flaw(why, _BAD_BODY, certain=False)


def _judged(violation: Violation, why: str) -> Flaw:
    """Whether the documents promise that this violation is refused."""
    optional = violation.path and violation.path[-1] not in (
        "config",
        "host",
        "tableName",
        "region",
        "roleArn",
    )
    silent = (
        violation.keyword not in ("type", "required", "enum", "const")
        or (violation.value is None and violation.keyword != "required" and optional)
        or (violation.path and violation.path[-1] == "port" and isinstance(violation.value, int | float))
    )
    is_incomplete = violation.keyword == "required"
    return Flaw(
        why,
        _BAD_BODY,
        not silent,
        f"body {violation.locus} {violation.keyword}",
        FlawKind.ACCEPTED_INCOMPLETE if is_incomplete else FlawKind.ACCEPTED,
    )


def _patch(value: Any, kind: str, document: Document) -> Iterator[Flaw]:
    if isinstance(value, Mapping) and "patch" in value:
        if not isinstance(value.get("comment", ""), str) or len(value.get("comment", "")) > 100:
            yield Flaw("the comment is long or not a string (D13)", _BAD_BODY, certain=False)
        if value.keys() - {"comment", "patch"}:
            yield Flaw("the wrapper has other members", _BAD_BODY, certain=False)
        value = value["patch"]
    if not isinstance(value, list):
        yield Flaw("a patch is an array of operations", _BAD_BODY, rule="patch")
        return
    if not value:
        yield Flaw("the patch is empty (D17)", _BAD_BODY, certain=False)
    appends = sum(1 for each in value if isinstance(each, Mapping) and each.get("path") == "/tags/-")
    if len(value) > 20 or appends > 1:
        yield Flaw("the patch is long, or appends many tags (D13)", _BAD_BODY, certain=False)
    for index, operation in enumerate(value):
        replaced = any(_overwrites(later, operation) for later in value[index + 1 :])
        for flaw in _patch_operation(operation, kind, document):
            certain = flaw.certain and not (replaced and flaw.rule.startswith(("patch /", "body ")))
            yield replace(flaw, why=f"operation {index}: {flaw.why}", certain=certain)


def _overwrites(later: Any, earlier: Any) -> bool:
    """Whether nothing of what one operation sets is left after the other: then its value may never be looked at."""
    both = isinstance(later, Mapping) and isinstance(earlier, Mapping)
    return (
        both and later.get("op") in ("add", "replace", "remove") and later.get("path") == earlier.get("path")
    )


def _patch_operation(operation: Any, kind: str, document: Document) -> Iterator[Flaw]:
    if not isinstance(operation, Mapping):
        yield Flaw("is not an object", _BAD_BODY, rule="patch operation")
        return
    verb, path = operation.get("op"), operation.get("path")
    if verb not in ("add", "remove", "replace", "move", "copy", "test"):
        yield Flaw("has no `op` of RFC 6902", _BAD_BODY, rule="patch op")
        return
    if not isinstance(path, str) or (path and not path.startswith("/")):
        yield Flaw("has no `path` that is a JSON pointer", _BAD_BODY, rule="patch path")
        return
    if verb in ("add", "replace", "test") and "value" not in operation:
        yield Flaw("has no `value`", _BAD_BODY, rule="patch value")
        return
    if verb in ("move", "copy") and not isinstance(operation.get("from"), str):
        yield Flaw("has no `from`", _BAD_BODY, rule="patch from")
        return
    if verb == "test":
        value = operation["value"]
        impossible = path == "/version" and isinstance(value, int) and value > 100_000
        rule = "precondition" if impossible else "test"
        yield Flaw("tests for a value that need not be there", _FAILED_TEST, impossible, rule)
        return
    if verb not in ("add", "replace"):
        yield Flaw(f"{verb}s what may be required", _UNEDITABLE, certain=False)
        return
    yield from _assignment(verb, path, operation["value"], kind, document)


def _assignment(verb: str, path: str, value: Any, kind: str, document: Document) -> Iterator[Flaw]:
    """An `add` or `replace` that is well-formed: may this member be given this value?"""
    if path == "/config":
        pointer = f"/components/schemas/{_CONFIG_SCHEMA.get(kind, '')}"
        if pointer.rpartition("/")[2] in document.data.get("components", {}).get("schemas", {}):
            for violation in compile_schema(document, pointer).violations(value):
                place = Violation(
                    ("config", *violation.path),
                    violation.keyword,
                    violation.message,
                    "",
                    value=violation.value,
                )
                yield _judged(place, f"{place.place}: {place.message}")
        odd, typed = _odd_config(value, kind) if isinstance(value, Mapping) else iter(()), True
    elif path == "/name":
        odd, typed = _odd_name(value), isinstance(value, str)
    elif path == "/on":
        odd, typed = iter(()), isinstance(value, bool)
    elif path == "/tags":
        typed = isinstance(value, list) and all(isinstance(tag, str) for tag in value)
        odd = _odd_tags(value) if typed else iter(())
        if isinstance(value, list) and any(tag is None for tag in value):
            yield Flaw("a tag is null", _BAD_BODY, certain=False)
            return
    elif path == "/tags/-" and verb == "add":
        yield Flaw("whether parts may be patched is not documented (D18)", _UNEDITABLE, certain=False)
        odd, typed = _odd_tags([value]) if isinstance(value, str) else iter(()), isinstance(value, str)
    else:
        yield Flaw(f"{path} need not be there, or not be editable (D18)", _UNEDITABLE, certain=False)
        return
    if not typed:
        yield Flaw(
            f"{path} cannot be {json.dumps(value)[:40]}", _BAD_BODY, value is not None, f"patch {path} type"
        )
    for why in odd:
        yield Flaw(why, _BAD_BODY, certain=False)


# What the documents say nothing about: the value is of the right type, and still a provider may refuse it.


def _odd_members(body: Mapping[str, Any], kind: str) -> Iterator[str]:
    if "name" in body:
        yield from _odd_name(body["name"])
    if isinstance(body.get("tags"), list):
        yield from _odd_tags(body["tags"])
    if isinstance(body.get("config"), Mapping):
        yield from _odd_config(body["config"], kind)


def _odd_name(name: Any) -> Iterator[str]:
    if isinstance(name, str) and not (
        name == name.strip() and 1 <= len(name.encode("utf-8", "replace")) <= 64
    ):
        yield "the name is empty, long or padded (D13)"


def _odd_tags(tags: list[Any]) -> Iterator[str]:
    if len(tags) > 5 or len({str(tag) for tag in tags}) < len(tags):
        yield "there are many tags, or the same one twice (D13)"
    if any(
        isinstance(tag, str) and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", tag) for tag in tags
    ):
        yield "a tag is unusual (D13)"


_ORDINARY = {
    "host": re.compile(r"(?=.{1,60}$)[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,30}[a-z0-9])?)+"),
    "username": re.compile(r"[A-Za-z0-9._-]{1,32}"),
    "password": re.compile(r"[!-~]{1,64}"),
    "tableName": re.compile(r"[A-Za-z0-9_.-]{3,60}"),
    "roleArn": re.compile(r"arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_-]{1,32}"),
    "externalId": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
}


def _odd_config(config: Mapping[str, Any], kind: str) -> Iterator[str]:
    for name, pattern in _ORDINARY.items():
        value = config.get(name)
        if isinstance(value, str) and not pattern.fullmatch(value):
            yield f"config.{name} is unusual (D13)"
    port = config.get("port")
    if isinstance(port, str) and not (re.fullmatch(r"[1-9][0-9]{0,4}", port) and int(port) < 65_536):
        yield "config.port is not the number of a port (D13)"
    if kind == "dynamodb" and "externalId" not in config:
        yield "config.externalId may have to be given (D14)"


def _printable(value: Any) -> bool:
    """Whether every string, keys included, is made of assigned, visible characters and blanks."""
    if isinstance(value, str):
        return all(
            unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
            for character in value
        )
    if isinstance(value, Mapping):
        return all(_printable(name) and _printable(each) for name, each in value.items())
    if isinstance(value, list):
        return all(_printable(each) for each in value)
    return True


_STATUSES_OF_CODE = {
    "unauthorized": {401, 403},
    "forbidden": {401, 403},
    "not_found": {404, 405, 400},
    "optimistic_locking_error": {400, 409, 422},
    "rate_limited": {429},
}


def error_contradiction(status: int, body: Any) -> str | None:
    """Whether an error's code belongs to another status than the one it came with."""
    code = body.get("code") if isinstance(body, Mapping) else None
    fitting = _STATUSES_OF_CODE.get(code) if isinstance(code, str) else None
    if fitting and status not in fitting:
        return f"the code {code!r} does not belong to {status}"
    return None
