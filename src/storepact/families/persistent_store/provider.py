"""The mock's behaviour: a stateful stand-in for the five operations."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.patching import operations_of, patched
from storepact.families.persistent_store.resource import BASE, Integration, checked_body, created, shown
from storepact.families.persistent_store.rules import KINDS, role_of
from storepact.mock.app import Answer, Call, Refusal
from storepact.spec.fragment import Fragment, is_json

PROJECTS: Mapping[str, tuple[str, ...]] = {"default": ("production", "test"), "sandbox": ("test",)}

#: Conditions that a token can be in, beside writing and reading.
CONDITIONS = ("writer", "reader", "exhausted", "contended", "orphaned", "read-only")


class StoreProvider:
    """Integrations in memory, by id, behind tokens with roles."""

    def __init__(self, fragment: Fragment, tokens: Mapping[str, str] | None = None) -> None:
        """`tokens` maps each token to its condition."""
        self.fragment = fragment
        self.tokens = dict(tokens or {})
        self._integrations: dict[str, Integration] = {}
        self._lock = threading.Lock()
        self._handlers: dict[str, Callable[[Call, str], Answer]] = {
            "list": self._list,
            "create": self._create,
            "get": self._get,
            "update": self._update,
            "delete": self._delete,
        }

    def issue_token(self, condition: str) -> str:
        """A new token in a condition."""
        if condition not in CONDITIONS:
            raise KeyError(condition)
        token = f"api-{secrets.token_hex(16)}"
        self.tokens[token] = condition
        return token

    def answer(self, call: Call) -> Answer:
        """Token, beta gate, condition of the token, permission, then the operation itself."""
        role = role_of(call.operation)
        if role is None:
            raise Refusal(404, "not_found", "the mock has no such operation")
        condition = self._admitted(call)
        if role in ("create", "update", "delete") and condition in ("reader", "read-only"):
            raise Refusal(403, "forbidden", "this token may only read")
        with self._lock:
            return self._handlers[role](call, "reader" if condition in ("reader", "read-only") else "writer")

    def _admitted(self, call: Call) -> str:
        condition = self.tokens.get(call.header("authorization") or "")
        if condition is None:
            raise Refusal(401, "unauthorized", "the access token is not known")
        if (call.header("ld-api-version") or "").strip() != "beta":
            raise Refusal(403, "forbidden", "this resource is in beta: send LD-API-Version: beta")
        if condition == "exhausted":
            reset = str(int(time.time() * 1000) + 10_000)
            limit = {"X-Ratelimit-Auth-Token-Limit": "50", "X-Ratelimit-Auth-Token-Remaining": "0"}
            headers = {**limit, "X-Ratelimit-Auth-Token-Reset": reset, "Retry-After": "10"}
            raise Refusal(429, "rate_limited", "the limit of this token is used up", headers)
        if condition == "contended":
            raise Refusal(409, "optimistic_locking_error", "another request is changing this; try again")
        if condition == "orphaned":
            raise Refusal(404, "not_found", "the project of this token is gone")
        return condition

    def _list(self, call: Call, role: str) -> Answer:
        items = [shown(each, role) for each in self._integrations.values()]
        link = {"href": BASE, "type": "application/json"}
        return Answer(200, {"_links": {"self": link}, "items": items})

    def _create(self, call: Call, role: str) -> Answer:
        project, environment, kind = self._place(call)
        body = checked_body(self.fragment, kind, _json(call))
        integration = created(secrets.token_hex(12), project, environment, kind, body)
        self._integrations[integration.id] = integration
        return Answer(201, shown(integration, role), {"Location": integration.path})

    def _get(self, call: Call, role: str) -> Answer:
        return Answer(200, shown(self._found(call), role))

    def _update(self, call: Call, role: str) -> Answer:
        before = self._found(call)
        body = checked_body(self.fragment, before.kind, patched(before, operations_of(_json(call))))
        after = before.with_body(body)
        if after != before:
            after = replace(after, version=before.version + 1)
            self._integrations[after.id] = after
        return Answer(200, shown(after, role))

    def _delete(self, call: Call, role: str) -> Answer:
        del self._integrations[self._found(call).id]
        return Answer(204)

    def _place(self, call: Call) -> tuple[str, str, str]:
        project, environment, kind = (call.parameters[name] for name in ("projectKey", "environmentKey", "integrationKey"))
        if project not in PROJECTS:
            raise Refusal(404, "not_found", "there is no such project")
        if environment not in PROJECTS[project]:
            raise Refusal(404, "not_found", "there is no such environment")
        if kind not in KINDS:
            raise Refusal(404, "not_found", f"there is no such kind of store; choose {' or '.join(KINDS)}")
        return project, environment, kind

    def _found(self, call: Call) -> Integration:
        place = self._place(call)
        integration = self._integrations.get(call.parameters["integrationId"])
        if integration is None or place != (integration.project, integration.environment, integration.kind):
            raise Refusal(404, "not_found", "there is no such integration")
        return integration


def _json(call: Call) -> Any:
    media = call.header("content-type")
    if media is None or not is_json(media):
        raise Refusal(415, "invalid_request", "send the body as Content-Type: application/json")
    try:
        return json.loads(call.body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, "invalid_request", "the body is not JSON") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)
