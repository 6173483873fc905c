"""Judge a response: compare it with its prediction, and work out what the provider's state is afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from storepact.engines.oracle import Action
from storepact.families.persistent_store.oracle.attribution import (
    attribute,
    blame,
    explain,
    is_recoverable,
    to_divergences,
)
from storepact.families.persistent_store.oracle.comparison import View, adopt, compare, learn
from storepact.families.persistent_store.oracle.inheritance import note_members, report_inheritance
from storepact.families.persistent_store.oracle.links import report_links, report_list_links, report_location
from storepact.families.persistent_store.oracle.prediction import Prediction
from storepact.families.persistent_store.oracle.update import operations_of
from storepact.families.persistent_store.oracle.world import Event, Integration, World
from storepact.model.exchange import Exchange
from storepact.model.expectation import Promise
from storepact.model.flaw import FlawKind
from storepact.model.story import Divergence

Judgement = tuple[World, tuple[Divergence, ...]]


def judge(world: World, action: Action, prediction: Prediction, exchange: Exchange) -> Judgement:
    """Compare a response as a whole with its prediction.

    Returns the world after it, and every divergence; none where the request should have been refused and was
    not, which is for other checks to report.
    """
    status = exchange.response.status
    if not 200 <= status < 300:
        return _after_refusal(world, action), tuple(_report_loss(world, action, prediction, status))
    if prediction.expectation.promise is Promise.REFUSE:
        return world, ()
    match action.role:
        case "create":
            return _judge_create(world, action, prediction, exchange)
        case "update":
            return _judge_update(world, action, prediction, exchange)
        case "delete":
            return _note_write(world.without(action.id or ""), action), ()
        case "get":
            return _judge_get(world, action, exchange)
        case "list":
            return _judge_list(world, exchange)
    return world, ()


def _report_loss(world: World, action: Action, prediction: Prediction, status: int) -> Iterator[Divergence]:
    """A get of an existing integration returns 404."""
    integration = world.existing.get(action.id or "")
    if integration is None or action.role != "get" or status != 404:
        return
    if prediction.expectation.promise is not Promise.ACCEPT:
        return
    if not integration.was_read and set(integration.events) <= {Event.CREATE_ELSEWHERE}:
        flaw = FlawKind.GONE if integration.events else FlawKind.UNREADABLE
        message = "it is not readable after its create, which was answered with success"
        yield Divergence("read_shows_last_write", "", message, "200", "404", "gone", flaw)
    else:
        check, message = blame(integration.events), "it is not found any more"
        explanation = explain(check, integration)
        yield Divergence(check, "", message, "200", "404", "gone", FlawKind.GONE, explanation=explanation)


def _after_refusal(world: World, action: Action) -> World:
    """The world after a refusal: unchanged, but for a note of what the request would have written."""
    if action.role == "create":
        marks = {action.mark} if action.mark else set[str]()
        return replace(world, refused_marks=world.refused_marks | marks)
    integration = world.existing.get(action.id or "")
    if integration is None or action.role not in ("update", "delete"):
        return world
    if (integration.scope, integration.kind) != (action.scope, action.kind):
        return world.with_events([(integration.id, Event.OTHER_SCOPE)])
    refused = (*integration.refused_values, *_values_to_write(action.body))
    events = (*integration.events, Event.REFUSAL)
    return world.with_integration(integration.with_(events=events, refused_values=refused))


def _values_to_write(body: Any) -> Iterator[tuple[str, Any]]:
    """What the operations of a patch would set: (member, value)."""
    for operation in operations_of(body) or ():
        if not isinstance(operation, Mapping) or not isinstance(operation.get("path"), str):
            continue
        if operation.get("op") == "test":
            continue
        member, value = operation["path"].removeprefix("/"), operation.get("value")
        if member == "config" and isinstance(value, Mapping):
            yield from ((f"config/{name}", member_value) for name, member_value in value.items())
        else:
            yield ("tags" if member.startswith("tags/") else member), value


def _judge_create(world: World, action: Action, prediction: Prediction, exchange: Exchange) -> Judgement:
    item = exchange.response.json
    if not isinstance(item, Mapping) or not isinstance(item.get("_id"), str):
        return world, ()
    identifier, outcome = item["_id"], prediction.outcome(item.get("tags"))
    if outcome is None:  # what a body that cannot be predicted has made is treated like a foreign one
        return replace(world, foreign=world.foreign | {identifier}), ()
    after = outcome.after
    reused = tuple(_report_reuse(world, identifier))
    view = View.of(item, "write", exchange)
    integration, divergences = _judge_view(after.with_(id=identifier), view, "create", after)
    divergences += report_location(integration, exchange)
    inherited = tuple(report_inheritance(world, after, view))
    world = note_members(_note_write(world, action), action, after, view)
    marks = {action.mark} if action.mark else set[str]()
    world = replace(world, accepted_marks=world.accepted_marks | marks)
    return world.with_integration(integration), (*reused, *divergences, *inherited)


def _report_reuse(world: World, identifier: str) -> Iterator[Divergence]:
    if identifier in world.existing:
        owner = "exists"
    elif identifier in world.deleted:
        owner = "was deleted"
    elif identifier in world.foreign:
        owner = "existed before"
    else:
        return
    message = f"the new integration has the id of one that {owner}"
    yield Divergence("identity_is_its_own", "/_id", message, "a new id", flaw=FlawKind.DUPLICATE)


def _judge_update(world: World, action: Action, prediction: Prediction, exchange: Exchange) -> Judgement:
    before, item = world.existing.get(action.id or ""), exchange.response.json
    if before is None:
        return world, ()
    world = _note_write(world, action)
    outcome = prediction.outcome(item.get("tags")) if isinstance(item, Mapping) else None
    if outcome is None or not isinstance(item, Mapping):
        return world.forget(before.id), ()  # accepted with an unpredictable effect
    version = item.get("version")
    possible = [before.version + increment for increment in outcome.increments]
    after = outcome.after.with_(
        version=version if version in possible else possible[-1], events=(*before.events, Event.WRITE)
    )
    after, divergences = _judge_view(after, View.of(item, "write", exchange), "update", before)
    return world.with_integration(after.with_(events=(Event.WRITE,), refused_values=())), divergences


def _judge_get(world: World, action: Action, exchange: Exchange) -> Judgement:
    integration, item = world.existing.get(action.id or ""), exchange.response.json
    if integration is None or not isinstance(item, Mapping):
        return world, ()
    view = View.of(item, "get", exchange)
    after, divergences = _judge_view(integration, view, "get", integration)
    inherited = tuple(report_inheritance(world, integration, view))
    world = note_members(world, action, integration, view)
    return world.with_integration(after), (*divergences, *inherited)


def _judge_list(world: World, exchange: Exchange) -> Judgement:
    body = exchange.response.json
    items = body.get("items") if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(items, list):
        return world, ()
    divergences = [*report_list_links(body)]
    listed: set[str] = set()
    existing = dict(world.existing)
    for index, item in enumerate(items):
        identifier = item.get("_id") if isinstance(item, Mapping) else None
        if not isinstance(identifier, str):
            continue
        integration = existing.get(identifier)
        if integration is None:
            divergences += _report_unknown_item(world, identifier, item)
        else:
            if identifier in listed:
                divergences.append(_duplicate())
            view = View.of(item, "list", exchange, f"/items/{index}")
            after, differing = _judge_view(integration, view, "list", integration)
            existing[identifier] = after
            divergences += differing
        listed.add(identifier)
    divergences += [
        _missing_in_list(integration) for key, integration in existing.items() if key not in listed
    ]
    return world.with_all(existing), tuple(dict.fromkeys(divergences))


def _list_divergence(member: str, message: str, expected: str, actual: str, flaw: FlawKind) -> Divergence:
    return Divergence("list_shows_what_lives", member, message, expected, actual, actual, flaw)


def _duplicate() -> Divergence:
    message = "an integration is listed twice"
    return _list_divergence("/items/*/_id", message, "once", "twice", FlawKind.DUPLICATE)


def _missing_in_list(integration: Integration) -> Divergence:
    message = f"the list lacks a {integration.kind} integration that exists in {integration.scope}"
    return _list_divergence("/items", message, "listed", "missing", FlawKind.NOT_LISTED)


def _report_unknown_item(world: World, identifier: str, item: Mapping[str, Any]) -> Iterator[Divergence]:
    """The list shows an integration that does not exist; other people's integrations are ignored."""
    member, text = "/items/*/_id", json.dumps(item)
    if identifier in world.deleted:
        message = "the list shows an integration that was deleted"
        yield _list_divergence(member, message, "no such integration", "listed", FlawKind.LISTED)
    elif identifier in world.foreign:
        return
    elif any(mark in text for mark in world.refused_marks):
        message = "the list shows an integration whose create was refused"
        yield Divergence(
            "refused_changes_nothing",
            member,
            message,
            "nothing was created",
            "listed",
            "created",
            FlawKind.EXTRA,
        )
    elif any(mark in text for mark in world.accepted_marks):
        message = "the list shows an integration under an id that was never assigned"
        yield _list_divergence(member, message, "no such id", "unknown id", FlawKind.IDENTITY)


def _note_write(world: World, action: Action) -> World:
    """Note on all other integrations that something was written: none of them may show a trace of it."""
    elsewhere = Event.CREATE_ELSEWHERE if action.role == "create" else Event.OTHER_SCOPE
    return world.with_events(
        (key, Event.SIBLING_WRITE if integration.scope == action.scope else elsewhere)
        for key, integration in world.existing.items()
        if key != action.id
    )


def _judge_view(
    expected: Integration, view: View, role: str, before: Integration
) -> tuple[Integration, tuple[Divergence, ...]]:
    """Compare a view with the predicted integration, and learn what the provider was free to choose."""
    differences = list(compare(expected, view))
    misleading = report_links(expected, view.item, role)
    if not differences:
        return learn(expected, view), misleading
    pairs = attribute(differences, expected, role, before)
    divergences = tuple(to_divergences(pairs, expected, role))
    after = learn(expected, view)
    if role in ("create", "update") and divergences and all(map(is_recoverable, divergences)):
        after = adopt(after, differences)
    return after, (*divergences, *misleading)
