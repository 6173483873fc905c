"""The memory of traffic: the oracle's world of one provider, as far as the exchanges show its state.

Other clients may write beside the traffic. What they can explain is no finding as long as it is an exception:
a version that has risen, a resource that is gone. What no client can explain is one at once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from storepact.engines.family import Family
from storepact.engines.oracle import Action, World
from storepact.engines.traffic.pacts import KnownState
from storepact.engines.traffic.recognize import Recognized
from storepact.model.exchange import MASK, Exchange
from storepact.model.expectation import Expectation, Flaw, Promise
from storepact.model.form import Redacted
from storepact.model.story import Divergence
from storepact.model.tree import Json, Path, walk
from storepact.model.values import lean_value

#: Resources whose state is kept at a time.
_MOST_REMEMBERED = 500


@dataclass
class Exceptions:
    """How often another client's write would have to explain what a kind of response shows."""

    _chances: Counter[str] = field(default_factory=Counter)
    _hits: Counter[str] = field(default_factory=Counter)

    def tolerates(self, kind: str, *, occurs: bool) -> bool:
        """Count one response; whether what it shows may still be an exception, if it `occurs`."""
        self._chances[kind] += 1
        self._hits[kind] += occurs
        hits = self._hits[kind]
        return occurs and (hits < 2 or 2 * hits <= self._chances[kind])


@lean_value(frozen=True)
class Recollection:
    """What earlier exchanges lead one to expect of an exchange."""

    expectation: Expectation
    divergences: tuple[Divergence, ...] = ()
    is_remembered: bool = False
    """Whether earlier exchanges decide it."""


class Memory:
    """What the exchanges with one provider have shown so far."""

    def __init__(self, family: Family, *, complete: bool) -> None:
        """`complete` is whether every write is in the traffic."""
        self._family, self._complete = family, complete
        self._oracle = family.oracle
        self._world: World = self._oracle.begin()
        self._used: dict[str, None] = {}
        """The ids of resources whose state is kept, those used last at the end."""
        self._confirmed: set[str] = set()
        """Resources that were shown since their create."""
        self._tokens: dict[str, set[str]] = {}
        """The tokens that resources were shown to."""
        self._exceptions = Exceptions()
        self._forms: set[str] = set()
        """The forms of secrets that were shown."""
        self._number = 0

    def is_living(self, identifier: str | None) -> bool:
        """Whether a resource is known to exist."""
        return identifier in self._world.existing

    def state_of(self, identifier: str | None) -> KnownState:
        """What is known of a resource now."""
        return KnownState(self.is_living(identifier), identifier in self._world.deleted)

    def judge(
        self, request: Recognized, base: Expectation, exchange: Exchange, *, racing: bool, readable: bool
    ) -> Recollection:
        """Refine an expectation, and compare the response with what earlier exchanges lead to.

        `racing` is whether another request at the same moment may explain it; `readable` is whether the
        bodies were recorded.
        """
        self._number += 1
        self._forms.update(form for _, form in exchange.forms if form)
        # what must be refused, or was not recorded, is for the oracle a body that cannot be read
        is_predictable = readable and base.promise is not Promise.REFUSE
        action = self._action(request, exchange, readable=is_predictable)
        if action is None or (request.prepared.case.method is not None and base.promise is Promise.REFUSE):
            return Recollection(base)
        if racing:
            return self._judge_race(action, base, exchange, request)
        self._allow_other_writers(action, request, exchange)
        prediction = self._oracle.predict(self._world, action, base, request.operation.success)
        was_living = self.is_living(action.id)
        judged_world = self._known_to(request.token) if action.role == "list" else self._world
        world, divergences = self._oracle.judge(judged_world, action, prediction, exchange)
        is_lost = not all(map(self._oracle.is_recoverable, divergences))
        if action.role != "list" or (not is_lost and judged_world is self._world):
            self._world = world
        if action.id is not None and self._loses(action, prediction.expectation, exchange, lost=is_lost):
            self._world = self._oracle.forget(self._world, action.id)
        self._note(action, exchange, request.token)
        self._forget_oldest(action, exchange)
        remembered = was_living or action.id in self._world.deleted or bool(divergences)
        return Recollection(prediction.expectation, divergences, remembered)

    def _action(self, request: Recognized, exchange: Exchange, *, readable: bool) -> Action | None:
        role = request.role
        if role is None:
            return None
        body = self._body(role, exchange) if readable else b""
        kind = request.prepared.case.variant
        return Action(role, request.scope, kind, request.identifier, body, self._number)

    def _body(self, role: str, exchange: Exchange) -> Json:
        """The request's body; secrets that a response has shown, and that are sent back, as `Redacted`.

        Not readable where a secret was masked before it was recorded: whether it is a new one is unknown.
        """
        body = exchange.request.json
        if exchange.request.body is None or MASK.encode() not in exchange.request.body:
            return body
        sent = {tuple(json.loads(path)): form for path, form in exchange.sent}
        masks = {path for path, value in walk(body) if value == MASK}
        if role == "create":
            return b"" if any(sent.get(path) in self._forms for path in masks) else body
        if masks - sent.keys():
            return b""
        for path in masks:
            if sent[path] in self._forms:
                body = _with_value(body, path, Redacted(sent[path]))
        return body

    def _judge_race(
        self, action: Action, base: Expectation, exchange: Exchange, request: Recognized
    ) -> Recollection:
        """Judge one of several requests at the same moment: any order of them may explain it."""
        why = "another request came at the same moment"
        flaw = Flaw(why, frozenset({400, 404, 409, 422}), certain=False, rule="conflict")
        expectation = Expectation.of([*base.flaws, flaw], request.operation.success)
        accepted = 200 <= exchange.response.status < 300
        if action.id is not None and accepted and action.role == "update":
            self._world = self._oracle.forget(self._world, action.id)
        elif accepted and action.role in ("delete", "create"):
            prediction = self._oracle.predict(self._world, action, base, request.operation.success)
            self._world, _ = self._oracle.judge(self._world, action, prediction, exchange)
        return Recollection(expectation)

    def _allow_other_writers(self, action: Action, request: Recognized, exchange: Exchange) -> None:
        """Forget the resources that another client may have changed or deleted."""
        if self._complete:
            return
        living, response = self._world.existing, exchange.response
        if action.role == "list" and 200 <= response.status < 300:
            self._allow_in_list(exchange, request.token)
        elif action.id in living and action.id is not None:
            is_gone = response.status == 404 and action.id in self._confirmed
            if self._exceptions.tolerates(f"gone {action.role}", occurs=is_gone):
                self.forget(action.id)
                return
            version = _version(response.json, self._family.api.version_member)
            step = 1 if action.role == "update" else 0
            has_risen = version is not None and version > living[action.id].version + step
            if self._exceptions.tolerates(f"risen {action.role}", occurs=has_risen):
                self.forget(action.id)

    def _allow_in_list(self, exchange: Exchange, token: str) -> None:
        api = self._family.api
        items = api.resources_in(exchange.response.json)
        if items is None:
            return
        listed = {self._family.resource_id(item): item for item in items}
        for identifier, state in list(self._world.existing.items()):
            if token not in self._tokens.get(identifier, ()):
                continue
            is_missing = identifier not in listed and identifier in self._confirmed
            version = _version(listed.get(identifier), api.version_member)
            has_risen = version is not None and version > state.version
            if self._exceptions.tolerates("gone list", occurs=is_missing) or self._exceptions.tolerates(
                "risen list", occurs=has_risen
            ):
                self.forget(identifier)

    def _known_to(self, token: str) -> World:
        """The world without the resources that were never shown to a token: it may not see them."""
        world = self._world
        for identifier in list(world.existing):
            if token not in self._tokens.get(identifier, ()):
                world = self._oracle.forget(world, identifier)
        return world

    def forget(self, identifier: str) -> None:
        """Drop everything that earlier exchanges have shown of a resource."""
        self._world = self._oracle.forget(self._world, identifier)
        self._used.pop(identifier, None)
        self._confirmed.discard(identifier)
        self._tokens.pop(identifier, None)

    def _forget_oldest(self, action: Action, exchange: Exchange) -> None:
        """Note that a resource was used; of too many, the one whose last use is the oldest is forgotten."""
        identifier = self._family.resource_id(exchange.response.json) if action.id is None else action.id
        if identifier is None or not self.is_living(identifier):
            return
        self._used.pop(identifier, None)
        self._used[identifier] = None
        if len(self._used) > _MOST_REMEMBERED:
            self.forget(next(iter(self._used)))

    def _loses(self, action: Action, expectation: Expectation, exchange: Exchange, *, lost: bool) -> bool:
        """Whether the state of the resource is unknown after this exchange."""
        if not self.is_living(action.id):
            return False
        status = exchange.response.status
        if lost or status >= 500:
            return True
        return 200 <= status < 300 and expectation.promise is Promise.REFUSE

    def _note(self, action: Action, exchange: Exchange, token: str) -> None:
        """Note which resources a successful response has shown, and learn the state of one that is new."""
        response = exchange.response
        if not 200 <= response.status < 300:
            return
        body, api = response.json, self._family.api
        if action.role == "list":
            for item in api.resources_in(body) or ():
                self._confirm(self._family.resource_id(item), token)
            return
        identifier = self._family.resource_id(body) if action.role == "create" else action.id
        if action.role == "create" and identifier is not None:
            self._tokens.setdefault(identifier, set()).add(token)
            return
        self._confirm(identifier, token)
        is_new = not self.is_living(identifier) and identifier not in self._world.deleted
        if action.role == "get" and is_new:
            self._world = self._oracle.adopt(self._world, replace(action, body=None), exchange)

    def _confirm(self, identifier: str | None, token: str) -> None:
        if identifier is not None:
            self._confirmed.add(identifier)
            self._tokens.setdefault(identifier, set()).add(token)


def _version(item: Any, member: str) -> int | None:
    version = item.get(member) if isinstance(item, Mapping) else None
    return version if type(version) is int else None


def _with_value(node: Json, path: Path, value: object) -> Json:
    """A copy of a JSON value with another value at a path that it has."""
    if not path:
        return value
    first, *rest = path
    copy: Json = dict(node) if isinstance(node, Mapping) else list(node)
    copy[first] = _with_value(node[first], tuple(rest), value)
    return copy
