"""Scenarios that go through unusual values: what is accepted is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store import edge_values
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create,
    delete,
    ordinary_config,
    patch,
    read,
    strip_omissions,
    try_create,
)
from storepact.model.exchange import Exchange

#: Members of config that may be long, and how their values end.
_LONG_SETTINGS = {"redis": {"host": ".example.com", "username": ""}, "dynamodb": {"tableName": "-table"}}


def _create_and_read(
    story: Story, kind: str, config: Mapping[str, Any] | None = None, **members: Any
) -> bool:
    """Create an integration with unusual values, and if that is accepted, read it; returns whether it is."""
    integration = try_create(story, kind, config=config, **members)
    if integration is not None:
        read(story, integration)
        delete(story, integration)
    return integration is not None


def _create_each(story: Story, kind: str, group: Sequence[Mapping[str, Any]], **members: Any) -> None:
    """Create an integration with the members of a whole group; where that is refused, one with each."""
    if not _create_and_read(story, kind, config=_join(group), **members) and len(group) > 1:
        for config in group:
            _create_and_read(story, kind, config=config, **members)


def _join(group: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for config in group for name, value in config.items()}


def keep_names(story: Story) -> None:
    """A name that is accepted is kept, character for character, from a create and from an update."""
    for name in story.sample(edge_values.NAMES):
        _create_and_read(story, "redis", name=name)
    integration = create(story)
    for name in story.sample(edge_values.NAMES):
        patch(
            story,
            integration,
            change("/name", name),
            does=f"give {{resource}} a name {edge_values.describe(name)}",
        )
        read(story, integration)
    check_list(story)


def keep_characters(story: Story) -> None:
    """Every character of a text that is accepted is kept: in names, tags and users."""
    for text in story.sample(edge_values.CHARACTERS):
        members: dict[str, Any] = {"name": text, "tags": [text], "config": {"username": text}}
        integration = try_create(story, "redis", **members)
        if integration is None:  # what is refused in one member may be accepted in another
            for name, value in members.items():
                _create_and_read(story, "redis", **{name: value})
        else:
            read(story, integration)
            delete(story, integration)
    integration = create(story)
    ordinary = ordinary_config(story, "redis")
    for text in story.sample(edge_values.CHARACTERS):
        changes = [
            change("/name", text),
            change("/tags", [text]),
            change("/config", {**ordinary, "username": text}),
        ]
        does = f"give {{resource}} a name, a tag and a user {edge_values.describe(text)}"
        if patch(story, integration, *changes, does=does).response.status >= 400:
            for operation in changes:
                patch(story, integration, operation)
                read(story, integration)
        read(story, integration)
    check_list(story)


def keep_tags(story: Story) -> None:
    """Tags that are accepted are kept as they were given: how many, in which order, each character."""
    for tags in story.sample(edge_values.TAGS):
        _create_and_read(story, "redis", tags=list(tags))
    integration = create(story, "dynamodb")
    for tags in story.sample(edge_values.TAGS):
        patch(story, integration, change("/tags", list(tags)), does=f"give {{resource}} {len(tags)} tags")
        read(story, integration)
    check_list(story)


def keep_redis_configs(story: Story) -> None:
    """Every member of a Redis config that is accepted is kept, whatever else stands beside it."""
    for index, group in enumerate(story.sample(edge_values.REDIS_GROUPS)):
        _create_each(story, "redis", group, on=index % 2 == 0)


def keep_dynamodb_configs(story: Story) -> None:
    """Every region, table and role that is accepted is kept, on or off."""
    for index, group in enumerate(story.sample(edge_values.DYNAMODB_GROUPS)):
        _create_each(story, "dynamodb", group, on=index % 2 == 0)


def keep_parts(story: Story) -> None:
    """A part that a patch sets to what looks like nothing, or like several values, is kept like any other."""
    integration = create(story, on=True, tags=["a"], config={"port": "6380", "tlsEnabled": True})
    for path, value in (
        ("/config/port", "0"),
        ("/config/port", "06379"),
        ("/config/tlsEnabled", False),
        ("/config/username", "0"),
        ("/config/username", ""),
        ("/config/host", "dot.example.com."),
        ("/tags/0", "0"),
        ("/tags/0", "a,b;c:d/e.f"),
        ("/on", False),
    ):
        patch(
            story, integration, change(path, value), does=f"set {path} of {{resource}} to {json.dumps(value)}"
        )
        read(story, integration)
    for tag in ("x,y", "", edge_values.CHARACTERS[0]):
        patch(story, integration, change("/tags/-", tag, "add"))
        read(story, integration)
    check_list(story)


def keep_updated_configs(story: Story) -> None:
    """A config that an update gives is kept like one that a create gives."""
    for kind, groups in (("redis", edge_values.REDIS_GROUPS), ("dynamodb", edge_values.DYNAMODB_GROUPS)):
        integration = create(story, kind, on=True)
        for group in story.sample(groups):
            if _update_config(story, integration, _join(group)).response.status >= 400 and len(group) > 1:
                for config in group:
                    _update_config(story, integration, config)
        delete(story, integration)


def _update_config(story: Story, integration: Resource, config: Mapping[str, Any]) -> Exchange:
    """Give an integration another config, and read it."""
    whole = strip_omissions({**ordinary_config(story, integration.kind), **config})
    exchange = patch(story, integration, change("/config", whole), does="give {resource} another config")
    read(story, integration)
    return exchange


def list_whole_values(story: Story) -> None:
    """The list shows values as whole as a get does: long names, hosts and users, and many tags."""
    for kind in KINDS:
        for length in (120, 60, 30):
            name = f"{story.new_mark()} {'long name ' * 12}"[:length].strip()
            other_name = f"{story.new_mark()} {'another name ' * 12}"[:length].strip()
            tags = [f"tag-{number}-{'x' * (length // 4)}" for number in range(length // 10)]
            config = {member: f"{'x' * (length // 2)}{end}" for member, end in _LONG_SETTINGS[kind].items()}
            does = f"create a {kind} integration with values of up to {length} characters"
            integration = try_create(story, kind, name=name, tags=tags, config=config, does=does)
            if integration is not None:
                check_list(story)
                patch(story, integration, change("/name", other_name), change("/tags", tags[::-1]))
                check_list(story)
                delete(story, integration)
                break
