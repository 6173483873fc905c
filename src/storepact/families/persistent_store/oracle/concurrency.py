"""Explain simultaneous requests: the worlds that some order of them leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from storepact.engines.oracle import Action
from storepact.families.persistent_store.oracle.prediction import RULES_OF_STATE, Prediction, predict
from storepact.families.persistent_store.oracle.world import World
from storepact.model.exchange import Exchange
from storepact.model.expectation import Expectation, Promise


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
    if expectation.promise is Promise.REFUSE and expectation.rule in ("gone", *RULES_OF_STATE):
        return
    if action.role == "delete":
        yield world.without(action.id)
    elif action.role != "update":
        yield world
    elif not prediction.outcomes:
        yield world.forget(action.id)
    for outcome in prediction.outcomes if action.role == "update" else ():
        after = outcome.after.with_(unconfirmed=frozenset(), previous=None)
        for increment in outcome.increments:
            yield world.with_integration(after.with_(version=after.version + increment))
