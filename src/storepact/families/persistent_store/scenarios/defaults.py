"""Scenarios of defaults: what was not given comes from the documents, not from other integrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.edge_values import OMIT, UNUSUAL_OPTIONS
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    delete,
    ordinary_config,
    other_kind,
    patch,
    prepare_create,
    read,
    strip_omissions,
    try_create,
)
from storepact.model.api import Scope


def use_documented_defaults(story: Story) -> None:
    """What a create does not give is absent or has its documented default, whatever others have (D27)."""
    for kind in KINDS:
        others = [_create_unusual(story, kind, story.scope), _create_unusual(story, kind, story.scope)]
        for integration in others[-1:]:
            if integration is not None:
                patch(story, integration, change("/tags", ["unusual", "later"]))
        _create_bare(story, kind, others)
        _create_bare(story, kind, [])
    _create_with_nulls(story)
    _create_bare(story, KINDS[1], [_create_unusual(story, other_kind(KINDS[1]), story.scope)])
    for scope in story.scopes[1:]:
        _create_bare(story, KINDS[0], [_create_unusual(story, KINDS[0], scope)])


def _create_with_nulls(story: Story) -> None:
    """A null for an optional member is as if it were absent, or is refused (D23)."""
    for kind, tags in zip(KINDS, ([None, "a"], None), strict=True):
        whole = {"name": None, "tags": tags, "on": None, "config": dict.fromkeys(UNUSUAL_OPTIONS[kind])}
        parts = [{name: value} for name, value in whole.items()] if kind == KINDS[0] else []
        if not _create_with_null(story, kind, whole):
            for part in parts:
                _create_with_null(story, kind, part)


def _create_with_null(story: Story, kind: str, members: Mapping[str, Any]) -> bool:
    """Create an integration with nulls and read it; returns whether it is accepted."""
    does = f"create a {kind} integration with null for {', '.join(members)}"
    integration = try_create(story, kind, does=does, **members)
    if integration is not None:
        read(story, integration)
        delete(story, integration)
    return integration is not None


def _create_unusual(story: Story, kind: str, scope: Scope) -> Resource | None:
    """Create an integration in which nothing has its default, and whose name no other one has."""
    step = prepare_create(story, kind, scope=scope, on=True, tags=["unusual"], config=UNUSUAL_OPTIONS[kind])
    count = len(story.resources)
    story.send(replace(step, body={**step.body, "name": f"{step.mark} unusual"}))
    return story.resources[-1] if len(story.resources) > count else None


def _create_bare(story: Story, kind: str, others: list[Resource | None]) -> None:
    """Create an integration of required members beside others; without them, where only one may exist."""
    omitted = dict.fromkeys([*UNUSUAL_OPTIONS[kind], "password"], OMIT)
    does = f"create a {kind} integration without optional members"
    members = {"name": OMIT, "tags": OMIT, "on": OMIT, "config": omitted, "does": does}
    existing = [integration for integration in others if integration is not None]
    bare = try_create(story, kind, **members)
    if bare is None:
        while existing:
            delete(story, existing.pop())
        bare = try_create(story, kind, **members)
    if bare is not None:
        read(story, bare)
        check_list(story)
        config = strip_omissions({**ordinary_config(story, kind), **omitted})
        patch(story, bare, change("/config", config))
        read(story, bare)
        existing.append(bare)
    for integration in existing:
        delete(story, integration)
