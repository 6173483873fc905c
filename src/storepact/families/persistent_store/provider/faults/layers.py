"""How faults bend calls and answers: small layers, made from plain functions."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.operations import Gate, StoreProvider, Visit
from storepact.mock.call import Handler, MockRequest, MockResponse
from storepact.mock.faults import Fault, Layer
from storepact.mock.tokens import Token

Maker = Callable[[StoreProvider], Layer]
Item = dict[str, Any]

READING, WRITING = ("list", "get"), ("create", "update", "delete")
EVERY = (*READING, *WRITING)
_VERBS = {
    ("GET", 0): "list",
    ("POST", 3): "create",
    ("GET", 4): "get",
    ("PATCH", 4): "update",
    ("DELETE", 4): "delete",
}


@dataclass(frozen=True)
class Aim:
    """What a call is aimed at; `role` is empty for anything but the five operations."""

    role: str
    project: str = ""
    environment: str = ""
    kind: str = ""
    id: str = ""


def aim_of(call: MockRequest) -> Aim:
    """Read a call's verb and path."""
    if not call.path.startswith(BASE):
        return Aim("")
    keys = [part for part in call.path.removeprefix(BASE).split("/") if part]
    return Aim(_VERBS.get((call.method, len(keys)), ""), *keys[:4])


def body_of(call: MockRequest) -> Any:
    """The JSON body of a call; None if there is none."""
    try:
        return json.loads(call.body)
    except (ValueError, RecursionError):
        return None


def with_body(call: MockRequest, body: Any) -> MockRequest:
    """The call with another JSON body."""
    return replace(call, body=json.dumps(body).encode())


def with_header(call: MockRequest, name: str, value: str | None) -> MockRequest:
    """The call with a header set, or taken away."""
    rest = tuple(pair for pair in call.headers if pair[0] != name)
    return replace(call, headers=rest if value is None else ((name, value), *rest))


class _Answers(Layer):
    def __init__(
        self, roles: Collection[str], bend: Callable[[MockRequest, MockResponse], MockResponse]
    ) -> None:
        self._roles, self._bend = roles, bend

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        return self._bend(call, answer) if aim_of(call).role in self._roles or not self._roles else answer


class _Calls(Layer):
    def __init__(
        self, roles: Collection[str], bend: Callable[[MockRequest], MockRequest | MockResponse]
    ) -> None:
        self._roles, self._bend = roles, bend

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        bent = self._bend(call) if aim_of(call).role in self._roles else call
        return bent if isinstance(bent, MockResponse) else inner(bent)


def on_answers(roles: Collection[str], bend: Callable[[MockRequest, MockResponse], MockResponse]) -> Maker:
    """Bend the answers of these operations; of every call, if none is named."""
    return lambda provider: _Answers(roles, bend)


def on_success(roles: Collection[str], bend: Callable[[MockRequest, MockResponse], MockResponse]) -> Maker:
    """Bend the successes of these operations."""
    return on_answers(
        roles, lambda call, answer: bend(call, answer) if 200 <= answer.status < 300 else answer
    )


def on_items(roles: Collection[str], bend: Callable[[Item], None]) -> Maker:
    """Change each integration that these operations show, in place."""

    def bent(call: MockRequest, answer: MockResponse) -> MockResponse:
        body = copy.deepcopy(answer.body)
        for item in items_of(body):
            bend(item)
        return replace(answer, body=body)

    return on_success(roles, bent)


def items_of(body: Any) -> list[Item]:
    """The integrations in an answer."""
    if not isinstance(body, dict):
        return []
    return list(body["items"]) if "items" in body else [body] if "_id" in body else []


def on_refusals(
    statuses: Collection[int], bend: Callable[[MockRequest, MockResponse], MockResponse]
) -> Maker:
    """Bend refusals of these statuses; all of them, if none is named."""
    return on_answers(
        (),
        lambda call, answer: bend(call, answer) if answer.status in (statuses or range(400, 500)) else answer,
    )


def on_calls(roles: Collection[str], bend: Callable[[MockRequest], MockRequest | MockResponse]) -> Maker:
    """Bend the calls of these operations before anybody looks at them, or answer at once."""
    return lambda provider: _Calls(roles, bend)


def on_bodies(roles: Collection[str], bend: Callable[[Any], Any]) -> Maker:
    """Bend the JSON bodies of these operations; what is no JSON object or array is left alone."""

    def bent(call: MockRequest) -> MockRequest:
        body = body_of(call)
        return call if not isinstance(body, dict | list) else with_body(call, bend(body))

    return on_calls(roles, bent)


def on_created(bend: Callable[[Item], None]) -> Maker:
    """Change the body of each create that looks right, in place, so that something else is stored than was given."""

    def bent(body: Any) -> Any:
        if isinstance(body, dict) and isinstance(body.get("config"), dict):
            bend(body)
        return body

    return on_bodies(("create",), bent)


def without_gate(name: str, roles: Collection[str], bearer: str = "") -> Maker:
    """Leave a gate open for these operations; `bearer` is who strangers are taken for."""

    def make(provider: StoreProvider) -> Layer:
        gate = provider.gates[name]

        def open_gate(provider: StoreProvider, visit: Visit) -> None:
            if visit.role not in roles:
                gate(provider, visit)
            elif bearer:
                visit.bearer = provider.tokens.bearer(visit.call.token) or Token("somebody", bearer)

        gates: Mapping[str, Gate] = {**provider.gates, name: open_gate}
        provider.gates = gates
        return Layer()

    return make


def without_rules(*names: str) -> Maker:
    """Take away rules for bodies or for operations of patches."""

    def make(provider: StoreProvider) -> Layer:
        provider.body_rules = {name: rule for name, rule in provider.body_rules.items() if name not in names}
        provider.patch_rules = {
            name: rule for name, rule in provider.patch_rules.items() if name not in names
        }
        return Layer()

    return make


def fault(name: str, category: str, caught_by: str, explanation: str, layer: Maker) -> Fault:
    """One line of the catalogue."""
    return Fault(name, category, explanation, caught_by, layer)
