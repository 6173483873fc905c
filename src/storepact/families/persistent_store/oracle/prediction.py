"""Predict a response: the flaws that earlier steps give a request, and the integration afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.engines.oracle import Action
from storepact.families.persistent_store.oracle.config_members import DEFAULTS, kept_members, kept_tags
from storepact.families.persistent_store.oracle.json_patch import merge_equal
from storepact.families.persistent_store.oracle.update import WRITABLE, Outcome, predict_update
from storepact.families.persistent_store.oracle.world import UNKNOWN, Integration, World
from storepact.model.expectation import Expectation, Flaw
from storepact.model.flaw import FlawKind
from storepact.model.tree import Json
from storepact.model.values import lean_value

#: Rules about whether a patch can be applied, which the state of the integration decides.
RULES_OF_STATE = ("test", "precondition", "patch target")


@lean_value(frozen=True)
class Prediction:
    """What may be answered to a request, and what its success may lead to.

    There are several outcomes where equal tags may be kept or merged; none if it is unknown, or a delete.
    """

    expectation: Expectation
    outcomes: tuple[Outcome, ...] = ()

    def outcome(self, tags: Json) -> Outcome | None:
        """The outcome with these tags; the first one if none has them."""
        fitting = (outcome for outcome in self.outcomes if list(outcome.after.tags) == tags)
        return next(fitting, next(iter(self.outcomes), None))


def predict(world: World, action: Action, base: Expectation, success: frozenset[int]) -> Prediction:
    """Predict the response to a request; `base` is what the documents promise of it alone."""
    integration = world.existing.get(action.id or "")
    # for a known integration the rules of its state are applied anew; for a foreign one, and for a body
    # that is sent as text, `base` has to do
    is_readable = integration is not None and not isinstance(action.body, bytes)
    flaws = [flaw for flaw in base.flaws if not is_readable or flaw.rule not in RULES_OF_STATE]
    outcomes: tuple[Outcome, ...] = ()
    match action.role:
        case "create":
            flaws += _sibling_flaws(world, action)
            outcomes = tuple(map(Outcome, _variants(_create(action))))
        case "get" | "update" | "delete":
            flaws += _path_flaws(world, action, integration)
            if action.role == "update" and integration is not None:
                patch_flaws, outcomes = predict_update(integration, action)
                flaws += patch_flaws
    return Prediction(Expectation.of(flaws, success), outcomes)


def _variants(integration: Integration | None) -> Iterator[Integration]:
    """The integration with the tags as they were given, and with equal ones merged (D13)."""
    if integration is not None:
        yield integration
        tags = merge_equal(integration.tags)
        if len(tags) < len(integration.tags):
            yield integration.with_(tags=tuple(tags))


def _sibling_flaws(world: World, action: Action) -> Iterator[Flaw]:
    if world.foreign or world.in_scope(action.scope):
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
    if action.kind is None or action.kind not in DEFAULTS or not isinstance(action.body, Mapping):
        return None
    if not isinstance(action.body.get("config"), Mapping):
        return None
    body = {name: value for name, value in action.body.items() if name in WRITABLE and value is not None}
    written = {f"config/{name}" for name in body["config"]}
    return Integration(
        id="",
        scope=action.scope,
        kind=action.kind,
        config=kept_members(body["config"], action.kind, {}, action.number),
        on=body.get("on", False),
        name=body.get("name", UNKNOWN),
        tags=kept_tags(body.get("tags", ())),
        unconfirmed=frozenset(body.keys() - {"config"}) | written,
    )
