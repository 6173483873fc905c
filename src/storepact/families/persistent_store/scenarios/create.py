"""Scenarios of creates: what is kept of them, what is refused, what the list then shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.bodies import resource_id
from storepact.families.persistent_store.edge_values import OMIT
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create,
    create_sibling,
    delete,
    one_per_environment,
    ordinary_config,
    patch,
    prepare_create,
    read,
    try_create,
)
from storepact.model.case import NOTHING
from storepact.model.curl import SHORTEST_CUT_ID
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.story import Divergence

#: What stands behind an id, in words and in a path: texts may end early, be trimmed, or be read as a URL.
_BEHIND = (
    ("NUL", "%00"),
    ("a blank", "%20"),
    ("a plus", "+"),
    ("a number sign", "%23"),
    ("a question mark", "%3F"),
    ("a quote", "%27"),
    ("1,000 characters", "x" * 1_000),
)

#: More than a page of any usual size would hold; the list is not paginated.
_MANY = 26


def create_redis_and_read(story: Story) -> None:
    """What was created is read and listed as it was given: Redis with all members."""
    integration = create(
        story, on=True, name="Orders, primary region", tags=["orders", "frankfurt", "b", "a"]
    )
    reading = read(story, integration)
    check_list(story)
    read(story, integration)
    _read_with_longer_id(story, reading)
    _use_shorter_id(story, integration, reading)


def _read_with_longer_id(story: Story, reading: Exchange) -> None:
    """An id is read whole: with more behind it, it is no id of this integration, and `%` is none of any."""
    own = reading.request.path
    for words, path, detail in (
        ("its id with more behind it", f"{own}-storepact", "longer id"),
        *((f"its id with {words} behind it", own + text, f"id with {words}") for words, text in _BEHIND),
        ("the id %", f"{own.rpartition('/')[0]}/%25", "wildcard"),
    ):
        exchange = story.follow(f"read the integration by {words}", path)
        if 200 <= exchange.response.status < 300:
            message = f"the integration is found by {words}, too"
            status = str(exchange.response.status)
            divergence = Divergence(
                "identity_is_its_own", "/_id", message, "404", status, detail, FlawKind.STATUS
            )
            story.report_divergence(divergence, exchange)


def _use_shorter_id(story: Story, integration: Resource, reading: Exchange) -> None:
    """An id without its last character is no id of this integration: nothing is done by it.

    Short ids are often numbers that count: without the last digit they may be those of others.
    """
    if len(integration.id) < SHORTEST_CUT_ID or not reading.request.path.endswith(integration.id):
        return
    path, does = reading.request.path[:-1], "the integration by its id without the last character"
    shorter = story.follow(f"read {does}", path)
    if 200 <= shorter.response.status < 300:
        if resource_id(shorter.response.json) == integration.id:
            _report_shorter_id(story, shorter)
        return
    rename = [change("/name", "by a shorter id")]
    for verb, method, role, body in (
        ("rename", "PATCH", "update", rename),
        ("delete", "DELETE", "delete", NOTHING),
    ):
        exchange = story.follow(f"{verb} {does}", path, method=method, role=role, body=body)
        if 200 <= exchange.response.status < 300:
            _report_shorter_id(story, exchange)
    read(story, integration)


def _report_shorter_id(story: Story, exchange: Exchange) -> None:
    message = "an id without its last character finds the integration, too"
    status = str(exchange.response.status)
    story.report_divergence(
        Divergence("identity_is_its_own", "/_id", message, "404", status, "shorter id", FlawKind.STATUS),
        exchange,
    )


def create_dynamodb_and_read(story: Story) -> None:
    """What was created is read and listed as it was given: DynamoDB with all members."""
    integration = create(story, "dynamodb", on=True, name="Orders, second region", tags=["zeta", "alpha"])
    read(story, integration)
    check_list(story)
    patch(
        story, integration, change("/config", {**ordinary_config(story, "dynamodb"), "region": "eu-north-1"})
    )
    read(story, integration)


def create_with_required_members(story: Story) -> None:
    """A create without optional members is off, and has documented defaults or none."""
    for kind in KINDS:
        optional = ("port", "username", "password", "tlsEnabled") if kind == "redis" else ()
        integration = create(story, kind, config=dict.fromkeys(optional, OMIT), name=OMIT, tags=OMIT, on=OMIT)
        read(story, integration)
        patch(story, integration, change("/on", True))
        read(story, integration)
        delete(story, integration)


def send_read_only_members(story: Story) -> None:
    """Members that the provider sets are not taken from the body of a create; it may be refused for them."""
    integration = try_create(story, version=7, does="create a redis integration that says it is at version 7")
    if integration is not None:
        read(story, integration)
        patch(story, integration, change("/name", "counted"))
        read(story, integration)


def _without(member: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name != member}


def refuse_create(story: Story) -> None:
    """A create that is refused leaves nothing behind."""
    ordinary = ordinary_config(story, "redis")
    for error, kind, config in (
        ("without a host", "redis", _without("host", ordinary)),
        ("with a number for the host", "redis", {**ordinary, "host": 5}),
        ("with text for tlsEnabled", "redis", {**ordinary, "tlsEnabled": "yes"}),
        ("without a region", "dynamodb", _without("region", ordinary_config(story, "dynamodb"))),
        ("with the config of the other kind", "dynamodb", ordinary),
    ):
        step = prepare_create(story, kind, does=f"try to create a {kind} integration {error}")
        mark = step.mark
        story.send(replace(step, body={**step.body, "name": mark, "tags": [mark], "config": config}))
    check_list(story)


def change_one_of_two(story: Story) -> None:
    """Two integrations of one name are two: what is done to one shows on no other."""
    first = create(story, name="twin", tags=["one"], on=True)
    second = create_sibling(story, first, name="twin", tags=["two"])
    read(story, first)
    read(story, second)
    patch(story, first, change("/name", "no twin any more"))
    read(story, second)
    patch(story, second, change("/tags", ["second"]), change("/on", True))
    read(story, first)
    check_list(story)
    bare = try_create(
        story,
        "redis",
        name="bare",
        config=dict.fromkeys(("port", "username", "password", "tlsEnabled"), OMIT),
        tags=OMIT,
    )
    if bare is not None:
        read(story, bare)
    are_alike = (first.kind, first.scope) == (second.kind, second.scope)
    third = create_sibling(story, first, name="third") if are_alike else second
    read(story, first)
    delete(story, first)
    read(story, second)
    read(story, third)
    check_list(story)
    patch(story, second, change("/name", "left over"))
    read(story, third)
    read(story, first)


def create_equal(story: Story) -> None:
    """Two equal creates make two integrations with an id each, or the second is refused with 409 (D19)."""
    step = prepare_create(story, name="the same twice")
    story.send(step)
    # a refusal of the second leaves the first one with the same mark in the list
    story.send(replace(step, does="create it a second time, by an equal request", mark=""))
    for integration in tuple(story.resources):
        read(story, integration)
    if len(story.resources) > 1:
        first, second = story.resources[:2]
        patch(story, first, change("/name", "not the same any more"))
        read(story, second)
        patch(story, first, change("/config", ordinary_config(story, first.kind)))
        read(story, second)
    check_list(story)


def create_both_kinds(story: Story) -> None:
    """A Redis and a DynamoDB integration exist side by side, and do not affect each other."""
    integration = create(story, "redis", name="the same", on=True)
    second = try_create(story, "dynamodb", name="the same")
    if second is None:
        raise one_per_environment()
    read(story, integration)
    patch(story, second, change("/on", True))
    read(story, integration)
    read(story, second)
    delete(story, integration)
    read(story, second)
    check_list(story)


def list_many(story: Story) -> None:
    """The list is whole, however many there are."""
    integrations = [create(story, name=f"number {number}", on=number % 2 == 0) for number in range(3)]
    check_list(story)
    while len(integrations) < _MANY:
        integrations.append(
            create(
                story,
                ("redis", "dynamodb")[len(integrations) % 2],
                name=f"number {len(integrations)}",
                on=len(integrations) % 3 == 0,
            )
        )
        if len(integrations) in (4, 11):
            check_list(story)
            read(story, integrations[-1])
    check_list(story)
    patch(story, integrations[0], change("/name", "the first"))
    delete(story, integrations[1])
    delete(story, integrations[-1])
    check_list(story)
    read(story, integrations[0])
