"""The rules of journeys: what may be done next. Details are drawn, so that a journey can be shortened."""

from __future__ import annotations

from typing import Any

from storepact.engines.family import Draw, JourneyRule
from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store import edge_values
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.edge_values import OMIT
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create_body,
    delete,
    other_kind,
    patch,
    prepare_create,
    read,
    version_of,
)
from storepact.model.exchange import Exchange

#: How many integrations exist at a time: more make journeys slow and show nothing new.
_MOST = 4

_OPTIONAL_CONFIG = ("port", "username", "password", "tlsEnabled", "externalId")

_NAMES = ("short", "Orders, primary region", *edge_values.NAMES)
_TAGS = ([], ["one"], ["b", "a"], *map(list, edge_values.TAGS))


def _existing_resources(story: Story) -> list[Resource]:
    return [integration for integration in story.resources if integration.id in story.world.existing]


def _former_resources(story: Story) -> list[Resource]:
    return [integration for integration in story.resources if integration.id in story.world.deleted]


def _config(story: Story, draw: Draw, kind: str) -> dict[str, Any]:
    """A config with some of the optional members, some of them unusual."""
    whole = dict(create_body(story, kind, story.new_mark())["config"])
    for name in _OPTIONAL_CONFIG:
        if name in whole and draw.flag():
            del whole[name]
    table = edge_values.REDIS if kind == "redis" else edge_values.DYNAMODB
    if draw.flag():
        whole.update(draw.choice(table))
    return {name: value for name, value in whole.items() if value is not OMIT}


def _create(story: Story, draw: Draw) -> None:
    kind, scope = draw.choice(KINDS), draw.choice(story.scopes)
    members: dict[str, Any] = {"name": draw.choice(_NAMES) if draw.flag() else "short"}
    members["tags"] = draw.choice(_TAGS) if draw.flag() else OMIT
    members["on"] = draw.choice((OMIT, True, False))
    if draw.flag():
        members["name"] = OMIT
    config = dict.fromkeys(_OPTIONAL_CONFIG, OMIT)
    story.send(
        prepare_create(story, kind, scope=scope, config={**config, **_config(story, draw, kind)}, **members)
    )


def _create_wrongly(story: Story, draw: Draw) -> None:
    kind = draw.choice(KINDS)
    member = "host" if kind == "redis" else draw.choice(("region", "tableName", "roleArn"))
    does = f"try to create a {kind} integration without {member}"
    story.send(prepare_create(story, kind, does=does, config={member: OMIT}, name=story.new_mark()))


def _get(story: Story, draw: Draw) -> None:
    read(story, draw.choice(_existing_resources(story)))


def _list(story: Story, draw: Draw) -> None:
    check_list(story)


def _assignment(story: Story, draw: Draw, integration: Resource) -> dict[str, Any]:
    op = draw.choice(("replace", "add"))
    match draw.choice(("name", "on", "tags", "append", "config")):
        case "name":
            return change("/name", draw.choice(_NAMES), op)
        case "on":
            return change("/on", draw.flag(), op)
        case "tags":
            return change("/tags", draw.choice(_TAGS), op)
        case "append":
            return change("/tags/-", draw.choice(("late", "Later", "z")), "add")
    return change("/config", _config(story, draw, integration.kind), op)


def _read_after_refusal(story: Story, integration: Resource, exchange: Exchange) -> None:
    """Read at once what a refusal must not have changed: later, other refusals could have changed it."""
    if exchange.response.status >= 400:
        read(story, integration)


def _patch(story: Story, draw: Draw) -> None:
    integration = draw.choice(_existing_resources(story))
    operations = [_assignment(story, draw, integration) for _ in range(draw.number(1, 4))]
    if draw.flag():
        version = version_of(story, integration)
        operations.insert(
            draw.number(0, len(operations)), change("/version", version + draw.choice((0, 1, -1)), "test")
        )
    comment = draw.choice((None, "as the runbook says"))
    _read_after_refusal(story, integration, patch(story, integration, *operations, comment=comment))


def _patch_and_get(story: Story, draw: Draw) -> None:
    _patch(story, draw)
    existing = _existing_resources(story)
    if existing:
        read(story, draw.choice(existing))


def _patch_part(story: Story, draw: Draw) -> None:
    integration = draw.choice(_existing_resources(story))
    index = draw.number(0, 3)
    operation = draw.choice(
        (
            change(f"/tags/{index}", "put in", "add"),
            change(f"/tags/{index}", "put there"),
            {"op": "remove", "path": f"/tags/{index}"},
            {"op": "remove", "path": draw.choice(("/tags", "/on", "/name"))},
            {"op": "copy", "from": f"/tags/{index}", "path": "/tags/-"},
        )
    )
    _read_after_refusal(story, integration, patch(story, integration, operation))


def _patch_wrongly(story: Story, draw: Draw) -> None:
    integration = draw.choice(_existing_resources(story))
    wrong: Any = draw.choice(
        (
            change("/on", "yes"),
            {"op": "replace", "path": "/name"},
            {"op": "rename", "path": "/name", "value": "x"},
            change("/tags", "text"),
            change("/config", {}),
            change("/version", 9_007_199_254_740_991, "test"),
        )
    )
    operations = [_assignment(story, draw, integration) for _ in range(draw.number(1, 2))]
    operations.insert(draw.number(0, len(operations)), wrong)
    _read_after_refusal(
        story,
        integration,
        patch(story, integration, *operations, does="send {resource} a patch that must fail"),
    )


def _delete(story: Story, draw: Draw) -> None:
    delete(story, draw.choice(_existing_resources(story)))


def _use_after_delete(story: Story, draw: Draw) -> None:
    integration = draw.choice(_former_resources(story))
    match draw.choice(("get", "delete", "patch")):
        case "get":
            read(story, integration, does="read {resource}, which was deleted")
        case "delete":
            delete(story, integration, does="delete {resource} again")
        case _:
            patch(story, integration, change("/name", "risen"), does="rename {resource}, which was deleted")


def _misplace(story: Story, draw: Draw) -> None:
    """Use an integration under the other kind, or under another environment where the run has one."""
    integration = draw.choice(_existing_resources(story))
    paths: list[dict[str, Any]] = [
        {"kind": other_kind(integration.kind)},
        *({"scope": scope} for scope in story.scopes if scope != integration.scope),
    ]
    path = draw.choice(paths)
    place = path.get("kind") or str(path["scope"])
    match draw.choice(("get", "delete", "patch")):
        case "get":
            read(story, integration, does=f"read {{resource}} under {place}", **path)
        case "delete":
            delete(story, integration, does=f"delete {{resource}} under {place}", **path)
        case _:
            patch(
                story,
                integration,
                change("/name", "from elsewhere"),
                does=f"rename {{resource}} under {place}",
                **path,
            )
    read(story, integration)


def teardown(story: Story) -> None:
    """Delete what exists, and list what is left."""
    for integration in _existing_resources(story):
        delete(story, integration)
    check_list(story)


def _any_exists(story: Story) -> bool:
    return bool(_existing_resources(story))


def _may_create(story: Story) -> bool:
    return len(_existing_resources(story)) < _MOST


#: A state machine applies each rule equally often: what matters most has several rules. The names
#: decide what a seed leads to.
JOURNEY_RULES: tuple[JourneyRule, ...] = (
    JourneyRule("create", _may_create, _create),
    JourneyRule("get", _any_exists, _get),
    JourneyRule("patch", _any_exists, _patch),
    JourneyRule("patch_and_get", _any_exists, _patch_and_get),
    JourneyRule("patch_part", _any_exists, _patch_part),
    JourneyRule("patch_wrongly", _any_exists, _patch_wrongly),
    JourneyRule("list", _any_exists, _list),
    JourneyRule("delete", lambda story: len(_existing_resources(story)) > 1, _delete),
    JourneyRule("use_deleted", lambda story: bool(_former_resources(story)), _use_after_delete),
    JourneyRule("misplace", _any_exists, _misplace),
    JourneyRule("create_wrongly", _any_exists, _create_wrongly),
)
