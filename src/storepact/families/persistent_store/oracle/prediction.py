"""Predict a response: the flaws that earlier steps give a request, and the integration afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from storepact.engines.family import Action
from storepact.families.persistent_store.api import environment_of, project_of
from storepact.families.persistent_store.oracle.config_members import SECRET, are_equivalent, kept_members
from storepact.families.persistent_store.oracle.json_patch import (
    FailedTest,
    Inapplicable,
    Unpredictable,
    apply_patch,
)
from storepact.families.persistent_store.oracle.world import UNKNOWN, Integration, Secret, World
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation, Flaw, Promise
from storepact.model.flaw import FlawKind

_UNEDITABLE = frozenset({400, 403, 405, 409, 422})
_FAILED_TEST = frozenset({400, 409, 422})
#: Rules about whether a patch can be applied, which the state of the integration decides.
_RULES_OF_STATE = ("test", "precondition", "patch target")
_WRITABLE = ("config", "on", "name", "tags")

_Update = tuple[Integration | None, tuple[int, ...]]


@dataclass(frozen=True)
class Prediction:
    """What may be answered to a request, and the integration after its success (None: unknown, or deleted).

    `increments` is by how much an accepted update may raise the version: (1,), or (0, 1) where it may change
    nothing.
    """

    expectation: Expectation
    after: Integration | None = None
    increments: tuple[int, ...] = (1,)


def predict(world: World, action: Action, base: Expectation, success: frozenset[int]) -> Prediction:
    """Predict the response to a request; `base` is what the documents promise of it alone."""
    integration = world.existing.get(action.id or "")
    # for a known integration the rules of its state are applied anew; for a foreign one `base` has to do
    flaws = [flaw for flaw in base.flaws if integration is None or flaw.rule not in _RULES_OF_STATE]
    after: Integration | None = None
    increments: tuple[int, ...] = (1,)
    match action.role:
        case "create":
            flaws += _sibling_flaws(world, action)
            after = _create(action)
        case "get" | "update" | "delete":
            flaws += _path_flaws(world, action, integration)
            if action.role == "update" and integration is not None:
                patch_flaws, after, increments = _update(integration, action)
                flaws += patch_flaws
            elif action.role == "get":
                after = integration
    return Prediction(Expectation.of(flaws, success), after, increments)


def _sibling_flaws(world: World, action: Action) -> Iterator[Flaw]:
    if world.in_scope(action.scope) or world.foreign:
        why = "the environment holds an integration, and whether it may hold several is not documented (D19)"
        yield Flaw(why, frozenset({409}), certain=False, rule="crowd")


def _path_flaws(world: World, action: Action, integration: Integration | None) -> Iterator[Flaw]:
    if integration is None:
        if action.id in world.deleted:
            yield Flaw("it was deleted before", frozenset({404}), rule="gone")
        else:
            why = "it was not created by this run, and may have been deleted by its owner"
            yield Flaw(why, frozenset({404}), certain=False, rule="id")
        return
    if integration.scope != action.scope:
        # a token may not see a scope at all; where it created something, it does
        hidden = frozenset() if world.in_scope(action.scope) else frozenset({401, 403})
        yield Flaw(
            f"it exists in {integration.scope}, not here", frozenset({400, 404}) | hidden, rule="scope"
        )
    if integration.kind != action.kind:
        yield Flaw(
            f"it is a {integration.kind} integration",
            frozenset({400, 404}),
            rule="scope",
            accepted=FlawKind.ACCEPTED_OTHER_KIND,
        )


def _create(action: Action) -> Integration | None:
    """The integration that an accepted create makes, without its id; None if its body is no valid one."""
    if action.kind is None or not isinstance(action.body, Mapping):
        return None
    if not isinstance(action.body.get("config"), Mapping):
        return None
    body = {name: value for name, value in action.body.items() if name in _WRITABLE and value is not None}
    written = {f"config/{name}" for name in body["config"]}
    return Integration(
        id="",
        scope=action.scope,
        kind=action.kind,
        config=kept_members(body["config"], action.kind, {}, action.number),
        on=body.get("on", False),
        name=body.get("name", UNKNOWN),
        tags=tuple(body.get("tags", ())),
        unconfirmed=frozenset(body.keys() - {"config"}) | written,
    )


def operations_of(body: Any) -> list[Any] | None:
    """The operations of an update's body, with or without a comment beside them; None if it holds no list."""
    patch = body.get("patch") if isinstance(body, Mapping) else body
    return patch if isinstance(patch, list) else None


def _is_operation(operation: Any) -> bool:
    return isinstance(operation, Mapping) and "op" in operation and "path" in operation


def _update(
    integration: Integration, action: Action
) -> tuple[list[Flaw], Integration | None, tuple[int, ...]]:
    """The flaws of an update, the integration after it, and the possible increments of the version."""
    operations = operations_of(action.body)
    if operations is None or not all(map(_is_operation, operations)):
        return [], None, (1,)
    document = {
        "config": dict(integration.config),
        "on": integration.on,
        "name": integration.name,
        "tags": list(integration.tags),
        "version": integration.version,
        "_id": integration.id,
        "projectKey": project_of(integration.scope),
        "environmentKey": environment_of(integration.scope),
        "integrationKey": integration.kind,
    }
    try:
        result = apply_patch(document, operations, UNKNOWN)
    except FailedTest as failed:
        flaw = Flaw(
            f"the test does not hold: {failed}",
            _FAILED_TEST,
            rule="precondition",
            accepted=FlawKind.ACCEPTED_FAILED_TEST,
            members=(failed.path,),
        )
        return [flaw], None, (1,)
    except Inapplicable as error:
        flaw = Flaw(
            f"the patch cannot be applied: {error}",
            _UNEDITABLE,
            rule="patch target",
            accepted=FlawKind.ACCEPTED_INAPPLICABLE,
            members=(error.path,),
        )
        return [flaw], None, (1,)
    except (Unpredictable, KeyError, TypeError, ValueError):
        return [], None, (0, 1)
    flaws = []
    if any(operation["op"] == "test" and operation["path"] != "/version" for operation in operations):
        why = "whether other paths than /version may be tested is not documented (D21)"
        flaws = [Flaw(why, _FAILED_TEST, certain=False, rule="test")]
    return flaws, *_predict_update(integration, result, action)


def _predict_update(integration: Integration, result: Mapping[str, Any], action: Action) -> _Update:
    """The integration after an accepted patch, and the possible increments of its version."""
    if not isinstance(result.get("config", {}), Mapping) or not isinstance(result.get("tags", []), list):
        return None, (0, 1)
    config = dict(result.get("config") or {})
    unchanged = {name: value for name, value in config.items() if isinstance(value, Secret)}
    written = {name: value for name, value in config.items() if name not in unchanged}
    config = {**kept_members(written, integration.kind, integration.config, action.number), **unchanged}
    after = integration.with_(
        config=config,
        on=result.get("on", False),
        name=result.get("name", UNKNOWN),
        tags=tuple(result.get("tags") or ()),
    )
    increments = (1,) if _has_effect(integration, after) else (0, 1)
    keeps_secret = SECRET in config and integration.config.get(SECRET) == config.get(SECRET)
    return after.with_(
        unconfirmed=_changed_members(integration, after),
        previous=integration.with_(previous=None),
        secret_forms=integration.secret_forms if keeps_secret else {},
        provider_values=integration.provider_values if config == integration.config else {},
    ), increments


def _has_effect(before: Integration, after: Integration) -> bool:
    """Whether an update certainly changes something, so that the version must rise (D17)."""
    pairs = [(before.on, after.on), (before.name, after.name), (before.tags, after.tags)]
    changed = any(old != new for old, new in pairs if old is not UNKNOWN and new is not UNKNOWN)
    return changed or are_equivalent(before.config, after.config, before.kind) is False


def _changed_members(before: Integration, after: Integration) -> frozenset[str]:
    changed = {name for name in _WRITABLE[1:] if getattr(before, name) != getattr(after, name)}
    names = after.config.keys() | before.config.keys()
    changed |= {f"config/{name}" for name in names if after.config.get(name) != before.config.get(name)}
    return frozenset(changed)


def explain_concurrent(
    world: World,
    actions: Sequence[Action],
    predictions: Sequence[Prediction],
    exchanges: Sequence[Exchange],
) -> list[World]:
    """The worlds that simultaneous requests may have led to, one for each order that explains all responses.

    The list is empty if no order does.
    """
    worlds: list[World] = []
    for order in permutations(range(len(actions))):
        sequence = [(actions[index], predictions[index], exchanges[index]) for index in order]
        worlds += [after for after in _replay(world, sequence) if after not in worlds]
    return worlds


def _replay(world: World, sequence: list[tuple[Action, Prediction, Exchange]]) -> list[World]:
    """The worlds after these requests in this order; none if one of the responses contradicts it."""
    worlds = [world]
    for action, alone, exchange in sequence:
        if 200 <= exchange.response.status < 300:  # any request may be refused for another one beside it
            worlds = [
                after for before in worlds for after in _worlds_after(before, action, alone.expectation)
            ]
    return worlds


def _worlds_after(world: World, action: Action, base: Expectation) -> Iterator[World]:
    """The worlds that an accepted request may lead to; none if it cannot have been accepted in this one."""
    if action.id is None:
        return
    if action.id not in world.existing and action.id not in world.deleted:
        yield world  # a foreign integration, or one that can no longer be predicted
        return
    prediction = predict(world, action, base, frozenset())
    expectation = prediction.expectation
    if expectation.promise is Promise.REFUSE and expectation.rule in ("gone", *_RULES_OF_STATE):
        return
    if action.role == "delete":
        yield world.without(action.id)
    elif action.role == "update" and prediction.after is None:
        yield world.forget(action.id)
    elif action.role == "update" and prediction.after is not None:
        after = prediction.after.with_(unconfirmed=frozenset(), previous=None)
        for increment in prediction.increments:
            yield world.with_integration(after.with_(version=after.version + increment))
    else:
        yield world
