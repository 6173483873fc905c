"""The stand-in's behaviour: the five operations, and the few paths that its links lead to."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from storepact.families.persistent_store.api import BASE, KINDS, role_of
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.patching import (
    PATCH_RULES,
    PatchRules,
    operations_of,
    patched,
)
from storepact.families.persistent_store.provider.resource import (
    Integration,
    created,
    editable,
    link,
    shown,
)
from storepact.families.persistent_store.provider.storage import Storage
from storepact.families.persistent_store.provider.validation import BODY_RULES, Rules, checked
from storepact.mock.call import MockRefusal, MockRequest, MockResponse
from storepact.mock.limits import told
from storepact.mock.router import HttpOptions
from storepact.mock.tokens import Token, Tokens
from storepact.openapi.document import is_json

PROJECTS: Mapping[str, tuple[str, ...]] = {"default": ("production", "test"), "sandbox": ("test",)}

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
#: Shorter texts turn up in a path by chance; the access log shows them.
SHORTEST_SECRET = 6
_WRITES = ("create", "update", "delete")
_WITH_BODY = ("create", "update")


@dataclass
class Visit:
    """One call on its way through the gates: what they found out so far."""

    call: MockRequest
    role: str
    bearer: Token = Token("nobody", "")
    place: tuple[str, str, str] = ("", "", "")
    body: Any = None


Gate = Callable[["StoreProvider", Visit], None]


class StoreProvider:
    """Integrations behind tokens with roles. `gates`, `body_rules` and `patch_rules` are what a call must pass."""

    def __init__(self, tokens: Tokens, storage: Storage, choices: Choices) -> None:
        self.tokens, self.storage, self.choices = tokens, storage, choices
        self.manners = HttpOptions(
            choices.origin,
            choices.wrong_verb,
            choices.head,
            choices.options,
            error_id=choices.error_id == "present",
        )
        self.gates: Mapping[str, Gate] = {name: GATES[name] for name in ORDERS[choices.order]}
        self.body_rules: Rules = BODY_RULES
        self.patch_rules: PatchRules = PATCH_RULES
        self._secrets = {secret for each in storage.all() for secret in each.secrets}

    def clear(self) -> None:
        """Forget every integration."""
        self.storage.clear()

    def is_secret(self, text: str) -> bool:
        """Whether some integration has this text for a secret."""
        return len(text) >= SHORTEST_SECRET and text in self._secrets

    def answer(self, call: MockRequest) -> MockResponse:
        """Let a call through the gates, then do what it asks for."""
        assert call.operation is not None
        role = role_of(call.operation)
        if role is None:
            raise MockRefusal(404, "not_found", "the mock has no such operation")
        visit = Visit(call, role)
        if role != "list":
            visit.place = _keys(self, visit)
        for gate in self.gates.values():
            gate(self, visit)
        try:
            answer = _HANDLERS[role](self, visit)
        except sqlite3.Error as error:
            raise MockRefusal(503, "unavailable", f"the mock's storage does not answer: {error}") from None
        return answer.with_headers(_far_limits()) if self.choices.limit_headers == "always" else answer

    def neighbour(self, call: MockRequest) -> MockResponse | None:
        """The projects and environments that links lead to."""
        match = re.fullmatch(r"/api/v2/projects/([^/]+)(?:/environments/([^/]+))?", call.path)
        if match is None or call.method != "GET":
            return None
        project, environment = match.groups()
        _token_known(self, Visit(call, "get"))
        if project not in PROJECTS or (environment or PROJECTS[project][0]) not in PROJECTS[project]:
            raise MockRefusal(404, "not_found", "there is no such project or environment")
        key = environment or project
        return MockResponse(
            200,
            {
                "_links": {"self": link(call.path, self.choices)},
                "_id": key,
                "key": key,
                "name": key,
                "tags": [],
            },
        )

    # what gates find out

    def found(self, visit: Visit) -> Integration:
        """The integration that a call is about.

        Raises:
            Refusal: 404, there is none under this path.

        """
        identifier = visit.call.parameters["integrationId"]
        integration = self.storage.get(identifier)
        if integration is None or visit.place != (
            integration.project,
            integration.environment,
            integration.kind,
        ):
            malformed = not _KEY.fullmatch(identifier)
            raise MockRefusal(
                int(self.choices.malformed_key) if malformed else 404,
                "not_found",
                "there is no such integration",
            )
        return integration

    # the operations

    def _list(self, visit: Visit) -> MockResponse:
        choices = self.choices
        items = [
            shown(each, choices, reads_only=visit.bearer.reads_only, where="list")
            for each in self.storage.all()
        ]
        links = {"self": link(BASE, choices)}
        if choices.list_parent == "present":
            links["parent"] = link("/api/v2/projects/default", choices)
        return MockResponse(
            200, {"_links": links, "items": items if choices.list_order == "oldest-first" else items[::-1]}
        )

    def _create(self, visit: Visit) -> MockResponse:
        choices, place = self.choices, visit.place
        body = checked(visit.body, place[2], choices, self.body_rules)
        new = created(*place, body, choices)
        with self.storage.changing():
            kind = place[2] if choices.several == "one-per-kind" else None
            if choices.several != "many" and self.storage.holds(place[0], place[1], kind):
                raise MockRefusal(409, "conflict", "the environment has such an integration already")
            self.storage.add(new)
        self._secrets.update(new.secrets)
        headers = {"Location": new.path} if choices.location == "present" else {}
        return MockResponse(201, shown(new, choices, reads_only=False, where="write"), headers)

    def _get(self, visit: Visit) -> MockResponse:
        return MockResponse(200, shown(self.found(visit), self.choices, reads_only=visit.bearer.reads_only))

    def _update(self, visit: Visit) -> MockResponse:
        choices = self.choices
        with self.storage.changing():
            before = self.found(visit)
            operations = operations_of(visit.body, choices)
            result = patched(before, operations, choices, self.patch_rules)
            untouched = result == editable(before, choices)
            asked = {name: value for name, value in result.items() if name != "name" or value != before.name}
            body = checked(asked, before.kind, choices, self.body_rules)
            body.update({"name": before.name} if "name" in result and "name" not in asked else {})
            after = before if untouched else before.with_body(body, choices)
            counted = choices.idle_patch == "counted" and bool(operations)
            if counted or after.differs(before):
                after = replace(after, version=before.version + 1)
                self.storage.replace(after)
            else:
                after = before
        self._secrets.update(after.secrets)
        return MockResponse(200, shown(after, choices, reads_only=False, where="write"))

    def _delete(self, visit: Visit) -> MockResponse:
        with self.storage.changing():
            self.storage.remove(self.found(visit).id)
        return MockResponse(204)


_HANDLERS: Mapping[str, Callable[[StoreProvider, Visit], MockResponse]] = {
    "list": StoreProvider._list,
    "create": StoreProvider._create,
    "get": StoreProvider._get,
    "update": StoreProvider._update,
    "delete": StoreProvider._delete,
}


def _far_limits() -> dict[str, str]:
    until = int(time.time()) // 10 * 10 + 10
    return {
        **told("global", 100_000, 99_999, until),
        **told("route", 50_000, 49_999, until),
        **told("token", 9_000, 8_999, until),
    }


# The gates. Each refuses what no other does.


def _token_known(provider: StoreProvider, visit: Visit) -> None:
    bearer = provider.tokens.bearer(visit.call.token)
    if bearer is None:
        said = (
            "the access token is not known"
            if visit.call.token
            else "an access token is required in the header Authorization"
        )
        raise MockRefusal(401, "unauthorized", said)
    visit.bearer = bearer


def _version_is_beta(provider: StoreProvider, visit: Visit) -> None:
    version = (visit.call.header("ld-api-version") or "").strip()
    if version == "beta" or (provider.choices.beta_case == "ignored" and version.lower() == "beta"):
        return
    known = version in ("", "20240415") or version.lower() == "beta"
    code, status = (
        ("forbidden", 403) if known or provider.choices.other_version == "403" else ("invalid_request", 400)
    )
    raise MockRefusal(status, code, "this resource is in beta: send the header LD-API-Version: beta")


def _limit_left(provider: StoreProvider, visit: Visit) -> None:
    if visit.bearer.condition == "exhausted":
        until = int(time.time()) // 10 * 10 + 10
        raise MockRefusal(
            429,
            "rate_limited",
            "the limit of this token is used up",
            {**told("token", 50, 0, until), "Retry-After": "10"},
        )


def _not_contended(provider: StoreProvider, visit: Visit) -> None:
    if visit.bearer.condition == "contended":
        raise MockRefusal(409, "optimistic_locking_error", "another request is changing this; try again")


def _not_orphaned(provider: StoreProvider, visit: Visit) -> None:
    if visit.bearer.condition == "orphaned":
        raise MockRefusal(404, "not_found", "the project of this token is gone")


def _may_write(provider: StoreProvider, visit: Visit) -> None:
    if visit.role in _WRITES and visit.bearer.reads_only:
        status = int(provider.choices.missing_permission)
        raise MockRefusal(
            status, "forbidden" if status == 403 else "unauthorized", "this token may only read"
        )


def _keys(provider: StoreProvider, visit: Visit) -> tuple[str, str, str]:
    project, environment, kind = (
        visit.call.parameters[name] for name in ("projectKey", "environmentKey", "integrationKey")
    )
    return project, environment, kind.lower() if provider.choices.kind_case == "ignored" else kind


def _nowhere(provider: StoreProvider, key: str, what: str) -> MockRefusal:
    malformed = not _KEY.fullmatch(key)
    return MockRefusal(
        int(provider.choices.malformed_key) if malformed else 404, "not_found", f"there is no such {what}"
    )


def _project_known(provider: StoreProvider, visit: Visit) -> None:
    if visit.role != "list" and visit.place[0] not in PROJECTS:
        raise _nowhere(provider, visit.place[0], "project")


def _environment_known(provider: StoreProvider, visit: Visit) -> None:
    if visit.role != "list":
        project, environment, _ = visit.place
        if environment not in PROJECTS.get(project, ()):
            raise _nowhere(provider, environment, "environment")


def _kind_known(provider: StoreProvider, visit: Visit) -> None:
    if visit.role != "list" and visit.place[2] not in KINDS:
        status = int(provider.choices.unknown_kind)
        code = "not_found" if status == 404 else "invalid_request"
        raise MockRefusal(status, code, f"there is no such kind of store; choose {' or '.join(KINDS)}")


def _integration_there(provider: StoreProvider, visit: Visit) -> None:
    if visit.role in ("get", "update", "delete"):
        provider.found(visit)


def _reads_without_body(provider: StoreProvider, visit: Visit) -> None:
    says = visit.call.body or visit.call.header("content-type") is not None
    if visit.role not in _WITH_BODY and says and provider.choices.body_on_reading == "refused":
        raise MockRefusal(400, "invalid_request", "this operation takes no body")


def _body_small(provider: StoreProvider, visit: Visit) -> None:
    if provider.choices.largest_body == "100kB" and len(visit.call.body) > 100_000:
        raise MockRefusal(413, "invalid_request", "the body is larger than 100,000 bytes")


def _media_json(provider: StoreProvider, visit: Visit) -> None:
    if visit.role not in _WITH_BODY:
        return
    media = visit.call.header("content-type")
    choice = provider.choices.missing_media if media is None else provider.choices.wrong_media
    if choice != "read" and (media is None or not is_json(media)):
        raise MockRefusal(int(choice), "invalid_request", "send the body as Content-Type: application/json")


def _body_json(provider: StoreProvider, visit: Visit) -> None:
    if visit.role not in _WITH_BODY:
        return
    pairs = {"last": None, "first": _first_wins, "refused": _distinct}[provider.choices.duplicate_keys]
    try:
        visit.body = json.loads(
            visit.call.body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=pairs
        )
    except (ValueError, RecursionError) as error:
        said = str(error) if str(error).startswith("the key") else "the body is not JSON"
        raise MockRefusal(400, "invalid_request", said) from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("the key of an object is given twice")
    return found


GATES: Mapping[str, Gate] = {
    "token-known": _token_known,
    "version-beta": _version_is_beta,
    "limit-left": _limit_left,
    "not-contended": _not_contended,
    "not-orphaned": _not_orphaned,
    "may-write": _may_write,
    "project-known": _project_known,
    "environment-known": _environment_known,
    "kind-known": _kind_known,
    "integration-there": _integration_there,
    "reads-without-body": _reads_without_body,
    "body-small": _body_small,
    "media-json": _media_json,
    "body-json": _body_json,
}

_DOORS = ("limit-left", "not-contended", "not-orphaned")
_PLACE = ("project-known", "environment-known", "kind-known", "integration-there")
_BODY = ("reads-without-body", "body-small", "media-json", "body-json")

#: In which order the gates stand, by the choice `order`.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "token-first": ("token-known", "version-beta", *_DOORS, "may-write", *_PLACE, *_BODY),
    "version-first": ("version-beta", "token-known", *_DOORS, "may-write", *_PLACE, *_BODY),
    "place-first": ("token-known", "version-beta", *_DOORS, *_PLACE, "may-write", *_BODY),
    "body-first": ("token-known", "version-beta", *_DOORS, *_BODY, *_PLACE, "may-write"),
}
