"""What must be answered: flaws that only what was done before makes, and what an accepted request leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

from storepact.engines.family import Action
from storepact.families.persistent_store.oracle.config_members import given, same_config
from storepact.families.persistent_store.oracle.json_patch import (
    FailedTest,
    Inapplicable,
    OpenEnded,
    apply_patch,
)
from storepact.families.persistent_store.oracle.world import UNKNOWN, Known, Secret, World
from storepact.model.case import NOTHING
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation, Flaw, Promise

_UNEDITABLE = frozenset({400, 403, 405, 409, 422})
_FAILED_TEST = frozenset({400, 409, 422})
_KEPT = ("config", "on", "name", "tags")


@dataclass(frozen=True)
class Prediction:
    """What may be answered, and how the integration is afterwards if the request is accepted (None: it cannot be told, or is gone).

    `counted` is how far an accepted update moves the version: (1,), (0, 1) where it may have no effect.
    """

    expectation: Expectation
    after: Known | None = None
    counted: tuple[int, ...] = (1,)


def predict(world: World, act: Action, base: Expectation, success: frozenset[int]) -> Prediction:
    """What must be answered to a request. `base` is what the documents say of it without any memory."""
    known = world.living.get(act.id or "")
    # with the integration known, it is known whether a test holds; of somebody else's the documents alone can tell
    flaws = [flaw for flaw in base.flaws if known is None or flaw.rule not in ("test", "precondition")]
    after: Known | None = None
    counted: tuple[int, ...] = (1,)
    match act.role:
        case "create":
            flaws += _crowd(world, act)
            after = _created(act)
        case "get" | "update" | "delete":
            flaws += _place(world, act, known)
            if act.role == "update" and known is not None:
                more, after, counted = _updated(known, act)
                flaws += more
            elif act.role == "get":
                after = known
    return Prediction(Expectation.of(flaws, success), after, counted)


def _crowd(world: World, act: Action) -> Iterator[Flaw]:
    if world.in_scope(act.scope) or world.foreign:
        why = "something lives in that environment already, and whether there may be several is not documented (D19)"
        yield Flaw(why, frozenset({409}), certain=False, rule="crowd")


def _place(world: World, act: Action, known: Known | None) -> Iterator[Flaw]:
    if known is None:
        if act.id in world.gone:
            yield Flaw("it was deleted before", frozenset({404}), rule="gone")
        else:
            yield Flaw(
                "it is somebody else's, who may have deleted it", frozenset({404}), certain=False, rule="id"
            )
        return
    if known.scope != act.scope:
        there = f"{known.scope.project}/{known.scope.environment}"
        hidden = (
            frozenset() if world.in_scope(act.scope) else frozenset({401, 403})
        )  # the token may not see that place
        yield Flaw(f"it lives in {there}, not here", frozenset({400, 404}) | hidden, rule="scope")
    if known.kind != act.kind:
        yield Flaw(f"it is a {known.kind} integration", frozenset({400, 404}), rule="scope")


def _created(act: Action) -> Known | None:
    if (
        not isinstance(act.body, Mapping)
        or not isinstance(act.body.get("config"), Mapping)
        or act.kind is None
    ):
        return None
    body = {name: value for name, value in act.body.items() if name in _KEPT and value is not None}
    return Known(
        id="",
        scope=act.scope,
        kind=act.kind,
        config=given(body["config"], act.kind, {}, act.number),
        on=body.get("on", False),
        name=body.get("name", UNKNOWN),
        tags=tuple(body.get("tags", ())),
        unseen=frozenset(body.keys() - {"config"}) | {f"config/{name}" for name in body["config"]},
    )


def _operations(body: Any) -> list[Any] | None:
    found = body.get("patch") if isinstance(body, Mapping) else body
    return found if isinstance(found, list) else None


def _updated(known: Known, act: Action) -> tuple[list[Flaw], Known | None, tuple[int, ...]]:
    operations = _operations(act.body)
    if operations is None or not all(
        isinstance(each, Mapping) and "op" in each and "path" in each for each in operations
    ):
        return [], None, (1,)
    document = {
        "config": dict(known.config),
        "on": known.on,
        "name": known.name,
        "tags": list(known.tags),
        "version": known.version,
        "_id": known.id,
        "projectKey": known.scope.project,
        "environmentKey": known.scope.environment,
        "integrationKey": known.kind,
    }
    try:
        result = apply_patch(document, operations, UNKNOWN)
    except FailedTest as failed:
        return [Flaw(f"the test does not hold: {failed}", _FAILED_TEST, rule="precondition")], None, (1,)
    except Inapplicable as wrong:
        return [Flaw(f"the patch cannot be applied: {wrong}", _UNEDITABLE, rule="patch target")], None, (1,)
    except (OpenEnded, KeyError, TypeError, ValueError):
        return [], None, (0, 1)
    tests = [
        operation for operation in operations if operation["op"] == "test" and operation["path"] != "/version"
    ]
    flaws = [
        Flaw(
            "whether other paths than /version may be tested is not documented (D21)",
            _FAILED_TEST,
            False,
            "test",
        )
    ]
    return flaws if tests else [], *_reached(known, result, act)


def _reached(known: Known, result: Mapping[str, Any], act: Action) -> tuple[Known | None, tuple[int, ...]]:
    """The integration after an accepted patch, and how far the version may have moved."""
    if not isinstance(result.get("config", {}), Mapping) or not isinstance(result.get("tags", []), list):
        return None, (0, 1)
    config = dict(result.get("config") or {})
    kept = {name: value for name, value in config.items() if isinstance(value, Secret)}
    config = {
        **given({n: v for n, v in config.items() if n not in kept}, known.kind, known.config, act.number),
        **kept,
    }
    after = known.with_(
        config=config,
        on=result.get("on", False),
        name=result.get("name", UNKNOWN),
        tags=tuple(result.get("tags") or ()),
    )
    same = same_config(known.config, config, known.kind)
    plain = [(known.on, after.on), (known.name, after.name), (known.tags, after.tags)]
    changed = any(one != other for one, other in plain if one is not UNKNOWN and other is not UNKNOWN)
    counted = (1,) if changed or same is False else (0, 1)
    written = {name for name in _KEPT[1:] if getattr(known, name) != getattr(after, name)}
    written |= {
        f"config/{name}"
        for name in config.keys() | known.config.keys()
        if config.get(name) != known.config.get(name)
    }
    forms = (
        known.forms if known.config.get("password") == config.get("password") and "password" in config else {}
    )
    learned = known.learned if config == known.config else {}
    return after.with_(
        unseen=frozenset(written), before=known.with_(before=None), forms=forms, learned=learned
    ), counted


def at_once(
    world: World, acts: Sequence[Action], predictions: Sequence[Prediction], exchanges: Sequence[Exchange]
) -> list[World]:
    """The worlds that these answers to simultaneous requests can have led to: one for each order that explains them all."""
    worlds: list[World] = []
    for order in permutations(range(len(acts))):
        found = _in_this_order(
            world, [(acts[index], predictions[index], exchanges[index]) for index in order]
        )
        if found is not None and found not in worlds:
            worlds.append(found)
    return worlds


def _in_this_order(world: World, story: list[tuple[Action, Prediction, Exchange]]) -> World | None:
    for act, alone, exchange in story:
        now = predict(world, act, alone.expectation, frozenset())
        accepted = 200 <= exchange.response.status < 300
        if not accepted:
            continue  # a conflict may be answered to anybody who was not the first
        if act.id is not None and act.id not in world.living and act.id not in world.gone:
            continue  # somebody else's, or one that this story lost sight of
        if now.expectation.promise is Promise.REFUSE and now.expectation.rule in ("gone", "precondition"):
            return None
        if act.role == "update" and now.after is not None and now.counted == (1,):
            version = now.after.version + 1
            world = world.with_known(replace(now.after, version=version, unseen=frozenset(), before=None))
        elif act.role == "delete" and act.id is not None:
            world = world.without(act.id)
        elif act.body is not NOTHING:
            return None
    return world
