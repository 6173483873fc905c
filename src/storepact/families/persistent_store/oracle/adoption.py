"""Adopt an integration that was created elsewhere: what a get shows is how it must be shown from now on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storepact.engines.oracle import Action
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.oracle.comparison import View, learn
from storepact.families.persistent_store.oracle.config_members import DEFAULTS, SECRET
from storepact.families.persistent_store.oracle.world import Integration, Secret, World
from storepact.model.exchange import Exchange


def adopt_shown_state(world: World, action: Action, exchange: Exchange) -> World:
    """The world with the integration that a get shows; the same world where it is not shown whole.

    A member that has its default may have been written or not.
    """
    item = exchange.response.json
    if action.id is None or action.kind not in KINDS or not _is_whole(item, action.id):
        return world
    view = View.of(item, "get", exchange)
    defaults = DEFAULTS[action.kind]
    config: dict[str, Any] = {
        name: value
        for name, value in item["config"].items()
        if name in defaults and name != SECRET and value != defaults[name]
    }
    if view.forms.get(SECRET):
        config[SECRET] = Secret(action.number)
    integration = Integration(
        id=action.id,
        scope=action.scope,
        kind=action.kind,
        config=config,
        on=item["on"],
        name=item["name"],
        tags=tuple(item["tags"]),
        version=item["version"],
        was_read=True,
    )
    return world.with_integration(learn(integration, view))


def _is_whole(item: Any, identifier: str) -> bool:
    """Whether a response shows every member of an integration, of the type that it must have."""
    if not isinstance(item, Mapping) or item.get("_id") != identifier:
        return False
    types = {"config": Mapping, "on": bool, "name": str, "tags": list, "version": int}
    return all(isinstance(item.get(name), kind) for name, kind in types.items())
