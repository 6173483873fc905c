"""Scenarios that go through unusual values: what is accepted is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store import edge_values
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.edge_values import Group, Part
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
from storepact.model.tree import Json

#: Members of config that may be long, and how their values end.
_LONG_SETTINGS = {"redis": {"host": ".example.com", "username": ""}, "dynamodb": {"tableName": "-table"}}

#: Parts that one patch sets: what looks like nothing, or like several values. The last host is often refused.
_PARTS: tuple[Mapping[str, Json], ...] = (
    {"/config/port": "0", "/config/tlsEnabled": False, "/config/username": "0", "/tags/0": "0"},
    {"/config/port": "06379", "/config/username": "", "/tags/0": "a,b;c:d/e.f", "/on": False},
    {"/config/host": "dot.example.com."},
)

#: So many texts stand in one value, until one is refused: together they are not long.
_TEXTS_IN_ONE = 4


def _create_and_read(story: Story, kind: str, **members: Any) -> bool:
    """Create an integration with unusual values, and if that is accepted, read it; returns whether it is."""
    integration = try_create(story, kind, **members)
    if integration is not None:
        read(story, integration)
        delete(story, integration)
    return integration is not None


def _create_group(story: Story, kind: str, group: Group, **members: Any) -> None:
    """Create an integration with all parts of a group; where that is refused, one with each part."""
    if not _create_and_read(story, kind, **members, **_join(group)) and len(group) > 1:
        for part in group:
            _create_and_read(story, kind, **members, **_join([part]))


def _create_groups(story: Story, kind: str, groups: Sequence[Group]) -> None:
    for index, group in enumerate(story.sample(groups)):
        _create_group(story, kind, group, on=index % 2 == 0)


def _join(group: Iterable[Part]) -> dict[str, Any]:
    """The members that the parts of a group have together."""
    members: dict[str, Any] = {}
    for part in group:
        for name, value in part.items():
            members[name] = {**members.get(name, {}), **value} if name == "config" else value
    return {name: list(value) if name == "tags" else value for name, value in members.items()}


def _update(story: Story, integration: Resource, group: Iterable[Part]) -> Exchange:
    """Give an integration the parts of a group, and read it."""
    members = _join(group)
    words = " and ".join(_describe(name, value) for name, value in members.items())
    if "config" in members:
        whole = {**ordinary_config(story, integration.kind), **members["config"]}
        members["config"] = strip_omissions(whole)
    operations = [change(f"/{name}", value) for name, value in members.items()]
    exchange = patch(story, integration, *operations, does=f"give {{resource}} {words}")
    read(story, integration)
    return exchange


def _update_group(story: Story, integration: Resource, group: Group) -> None:
    """Give an integration all parts of a group; where that is refused, one after the other."""
    if _update(story, integration, group).response.status >= 400 and len(group) > 1:
        for part in group:
            _update(story, integration, [part])


def _describe(name: str, value: Any) -> str:
    match name:
        case "name":
            return f"a name {edge_values.describe(value)}"
        case "tags":
            return f"{len(value)} tags"
    return "another config"


def keep_redis_configs(story: Story) -> None:
    """Every member of a Redis config, and every name, that a create gives is kept if it is accepted."""
    _create_groups(story, "redis", edge_values.REDIS_GROUPS)


def keep_dynamodb_configs(story: Story) -> None:
    """Every region, table and role, and all tags, that a create gives are kept if they are accepted."""
    _create_groups(story, "dynamodb", edge_values.DYNAMODB_GROUPS)


def keep_names(story: Story) -> None:
    """A name that an update gives, and a config beside it, is kept if it is accepted: each character."""
    integration = create(story, on=True)
    for group in story.sample(_groups_with("name", edge_values.REDIS_GROUPS)):
        _update_group(story, integration, group)
    check_list(story)


def keep_tags(story: Story) -> None:
    """Tags that an update gives, and a config beside them, are kept if they are accepted, in their order."""
    integration = create(story, "dynamodb", on=True)
    for group in story.sample(_groups_with("tags", edge_values.DYNAMODB_GROUPS)):
        _update_group(story, integration, group)
    check_list(story)


def _set_parts(story: Story, integration: Resource, parts: Mapping[str, Json]) -> Exchange:
    words = " and ".join(f"{path} to {json.dumps(value)}" for path, value in parts.items())
    operations = [change(path, value) for path, value in parts.items()]
    exchange = patch(story, integration, *operations, does=f"set {words} of {{resource}}")
    read(story, integration)
    return exchange


def keep_updated_configs(story: Story) -> None:
    """A config that an update gives, and nothing beside it, is kept like one that a create gives."""
    for kind, groups in (("redis", edge_values.REDIS_GROUPS), ("dynamodb", edge_values.DYNAMODB_GROUPS)):
        integration = create(story, kind, on=True)
        for group in story.sample([group for group in groups if set(_join(group)) == {"config"}]):
            _update_group(story, integration, group)
        delete(story, integration)


def _groups_with(member: str, groups: Sequence[Group]) -> list[Group]:
    return [group for group in groups if member in _join(group)]


def keep_characters(story: Story) -> None:
    """Every character of a text that is accepted is kept: in names, tags and users."""
    texts = edge_values.CHARACTERS
    chunks = [texts[start : start + _TEXTS_IN_ONE] for start in range(0, len(texts), _TEXTS_IN_ONE)]
    for chunk in story.sample(chunks):
        if not _create_and_read(story, "redis", **_join(_spell(chunk))):
            for text in chunk:
                _create_group(story, "redis", _spell([text]))
    integration = create(story)
    for chunk in story.sample(chunks):
        if _update(story, integration, _spell(chunk)).response.status >= 400:
            for text in chunk:
                _update_group(story, integration, _spell([text]))
    check_list(story)


def _spell(texts: Sequence[str]) -> Group:
    """A name and a user with all of these texts in them, and each text as a tag."""
    whole = " ".join(texts)
    return {"name": whole}, {"tags": tuple(texts)}, {"config": {"username": whole}}


def keep_parts(story: Story) -> None:
    """A part that a patch sets to what looks like nothing, or like several values, is kept like any other."""
    integration = create(story, on=True, tags=["a"], config={"port": "6380", "tlsEnabled": True})
    for parts in _PARTS:
        if _set_parts(story, integration, parts).response.status >= 400 and len(parts) > 1:
            for path, value in parts.items():
                _set_parts(story, integration, {path: value})
    twice = f"{edge_values.CHARACTERS[0]},y"
    for tag in ("", twice, twice):
        patch(story, integration, change("/tags/-", tag, "add"))
        read(story, integration)
    check_list(story)


def list_whole_values(story: Story) -> None:
    """The list shows values as whole as a get does: long names, hosts and users, and many tags."""
    for kind in KINDS:
        for length in (120, 60, 30):
            name = f"{story.new_mark()} {'long%20name ' * 12}"[:length].strip()
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
