"""What may be answered to a request of this API: the promises of the documents, and their silences.

Only a promise makes a *certain* flaw, which must be refused. Where the documents disagree or say nothing
(D-numbers are those of openapi/DECISIONS.md) the flaw is an uncertain one, and either response is fine. In
which order a provider checks a request is not documented, so the refusals of all its flaws are allowed (D24).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from storepact.families.persistent_store.api import ID_PATH, KINDS, environment_of, project_of
from storepact.families.persistent_store.body_rules import BAD_MEDIA, find_body_flaws
from storepact.model.api import Scope
from storepact.model.case import Auth, PreparedRequest
from storepact.model.expectation import Expectation, Flaw, Promise
from storepact.model.flaw import FlawKind
from storepact.openapi.document import Document
from storepact.openapi.operation import Operation
from storepact.openapi.variants import Variant

#: Tokens that no provider has issued, and keys that are no access tokens.
_NEVER_ISSUED = frozenset(
    {
        Auth.GARBAGE,
        Auth.SDK_KEY,
        Auth.MOBILE_KEY,
        Auth.EMPTY,
        Auth.BEARER,
        Auth.LONGER,
        Auth.FOLLOWED,
        Auth.PRECEDED,
        Auth.SHORTER,
        Auth.ALTERED,
        Auth.RECASED,
        Auth.UNSEPARATED,
        Auth.REARRANGED,
    }
)

_KEY = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")


def path_values(scope: Scope, kind: str | None, identifier: str | None) -> Mapping[str, str]:
    """The value of every path parameter."""
    return dict(
        zip(
            ID_PATH,
            (project_of(scope), environment_of(scope), kind or KINDS[0], identifier or ""),
            strict=True,
        )
    )


def expect(
    prepared: PreparedRequest, operation: Operation, document: Document, variant: Variant, scope: Scope
) -> Expectation:
    """What may be answered to this request."""
    case = prepared.case
    condition = _CONDITIONS.get(case.auth)
    if condition is not None:
        return condition(operation)
    flaws = [
        *_auth_flaws(prepared),
        *_version_flaws(prepared),
        *_verb_flaws(prepared, operation),
        *_path_flaws(prepared, scope),
    ]
    if case.method is None or _tunnels_verb(prepared, operation):
        flaws.extend(find_body_flaws(prepared, operation, document, variant))
    return Expectation.of(flaws, operation.success)


def _refuse_by_limit(operation: Operation) -> Expectation:
    return Expectation(Promise.REFUSE, "the limit of this token is used up", frozenset({429}), "limit")


def _refuse_by_conflict(operation: Operation) -> Expectation:
    return Expectation(Promise.REFUSE, "another writer holds the resource", frozenset({409}), "conflict")


def _refuse_without_project(operation: Operation) -> Expectation:
    return Expectation(Promise.REFUSE, "the project of this token is gone", frozenset({404}), "path")


_CONDITIONS = {
    Auth.EXHAUSTED: _refuse_by_limit,
    Auth.CONTENDED: _refuse_by_conflict,
    Auth.ORPHANED: _refuse_without_project,
}


def _auth_flaws(prepared: PreparedRequest) -> Iterator[Flaw]:
    match prepared.case.auth:
        case Auth.NONE:
            yield Flaw("no access token was sent", frozenset({401}), rule="auth")
        case auth if auth in _NEVER_ISSUED:
            yield Flaw("the access token is one that nobody issued", frozenset({401}), rule="auth")
        case Auth.READER | Auth.READ_ONLY if prepared.method != "GET":
            yield Flaw("the access token may only read", frozenset({401, 403}), rule="permission")


def _version_flaws(prepared: PreparedRequest) -> Iterator[Flaw]:
    values = [value for name, value in prepared.headers if name.lower() == "ld-api-version"]
    value = values[0].strip() if values else None
    if value is None:
        yield Flaw("the header LD-API-Version: beta is missing", frozenset({403}), rule="version")
    elif value == "20240415":
        statuses = frozenset({403}) if len(values) == 1 else frozenset({400, 403})
        yield Flaw("LD-API-Version is 20240415 instead of beta", statuses, rule="version")
    elif value != "beta":
        certain = value.lower() != "beta" and "beta" not in re.split(r"[,\s]+", value)
        yield Flaw("LD-API-Version is not beta", frozenset({400, 403}), certain, rule="version")


def _tunnels_verb(prepared: PreparedRequest, operation: Operation) -> bool:
    """Whether the operation's own verb is named in X-HTTP-Method-Override."""
    verb = next((value for name, value in prepared.headers if name.lower() == "x-http-method-override"), "")
    return prepared.method == "POST" and verb == operation.method


def _verb_flaws(prepared: PreparedRequest, operation: Operation) -> Iterator[Flaw]:
    if _tunnels_verb(prepared, operation):
        yield Flaw(
            "it is tunnelled through POST, which not every server supports (D26)",
            frozenset({400, 404, 405, 501}),
            certain=False,
        )
    elif prepared.case.method is not None:
        yield Flaw(f"this path has no {prepared.method}", frozenset({404, 405}), rule="verb")
        yield Flaw("its body is read first", BAD_MEDIA, certain=False)


def _scope_flaws(values: Mapping[str, str], scope: Scope) -> Iterator[Flaw]:
    for name, own_key, noun in (
        ("projectKey", project_of(scope), "project"),
        ("environmentKey", environment_of(scope), "environment"),
    ):
        value = values.get(name, own_key)
        if value != own_key:
            statuses = frozenset({404}) if _KEY.match(value) else frozenset({400, 404})
            yield Flaw(f"there is no such {noun}", statuses, value.lower() != own_key.lower(), rule=noun)


def _path_flaws(prepared: PreparedRequest, scope: Scope) -> Iterator[Flaw]:
    values = {name: unquote(value) for name, value in prepared.parameters.items()}
    yield from _scope_flaws(values, scope)
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
