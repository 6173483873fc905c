"""Defaults that come from another integration: values that were not given and only another create had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from storepact.engines.oracle import Action
from storepact.families.persistent_store.oracle.comparison import View
from storepact.families.persistent_store.oracle.config_members import GENERATED, SECRET
from storepact.families.persistent_store.oracle.world import UNKNOWN, Integration, Secret, World
from storepact.model.flaw import FlawKind
from storepact.model.story import Divergence


def report_inheritance(world: World, integration: Integration, view: View) -> Iterator[Divergence]:
    """Each member that was not given, and is shown as only another integration has it (D27).

    How a secret is shown says something about it only where two secrets were shown in different ways. After
    an update nothing is reported: what it leaves out may be kept.
    """
    if integration.version > 1 or integration.previous is not None:
        return
    name = view.item.get("name")
    if integration.name is UNKNOWN and isinstance(name, str) and ("/name", name) in world.given:
        yield _inheritances("/name", name)
    for member in GENERATED - integration.config.keys():
        value = (view.config or {}).get(member)
        if isinstance(value, str) and (f"/config/{member}", value) in world.given:
            yield _inheritances(f"/config/{member}", value)
    if SECRET in integration.config:
        return
    place, form = f"{SECRET} in {view.place}", view.forms.get(SECRET)
    if (place, form) in world.given and len({text for source, text in world.given if source == place}) > 1:
        yield _inheritances(f"/config/{SECRET}", "shown like the secret of another integration")


def _inheritances(member: str, actual: str) -> Divergence:
    message = f"{member} was not given, and is that of another integration"
    return Divergence(
        "defaults_hold",
        member,
        message,
        "absent or a documented default",
        actual[:120],
        flaw=FlawKind.DEFAULT,
    )


def note_members(world: World, action: Action, integration: Integration, view: View) -> World:
    """The world with what a create has given, or with how a read shows the secret that was given."""
    texts: set[tuple[str, str]] = set()
    if action.role == "create":
        name = integration.name
        if isinstance(name, str) and action.mark and action.mark in name:
            texts.add(("/name", name))
        values = {member: integration.config.get(member) for member in GENERATED}
        texts |= {(f"/config/{member}", value) for member, value in values.items() if isinstance(value, str)}
    form = view.forms.get(SECRET)
    if isinstance(integration.config.get(SECRET), Secret) and form:
        texts.add((f"{SECRET} in {view.place}", form))
    return world if texts <= world.given else replace(world, given=world.given | texts)
