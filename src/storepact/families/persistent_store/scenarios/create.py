"""Scenarios of creates: what is kept of them, what is refused, what the list then shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.api import BASE, KINDS
from storepact.families.persistent_store.bodies import resource_id
from storepact.families.persistent_store.edge_values import OMIT, UNUSUAL_OPTIONS
from storepact.families.persistent_store.scenarios.steps import (
    FROM_ELSEWHERE,
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
from storepact.model.curl import SHORTEST_CUT_ID, in_other_case_of, with_other_end, with_other_start
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.story import Divergence
from storepact.model.tree import Json

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

#: How a resource is changed by an id that is not its own: in words, method, role, body.
_VERBS: tuple[tuple[str, str, str, Json], ...] = (
    ("rename", "PATCH", "update", [change("/name", "by another id")]),
    ("delete", "DELETE", "delete", NOTHING),
)


def create_redis_and_read(story: Story) -> None:
    """What was created is read and listed as it was given: Redis with all members."""
    integration = create(
        story, on=True, name="Orders, primary region", tags=["orders", "frankfurt", "b", "a"]
    )
    reading = read(story, integration)
    check_list(story)
    read(story, integration)
    _read_with_longer_id(story, reading)
    for noun, path in (("the integration", reading.request.path), ("the list", BASE)):
        story.follow(f"read {noun} with a parameter that no document names", f"{path}?storepact=1")
    _use_changed_ids(story, integration, reading)
    delete(story, integration)  # what is on can be deleted as well


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


def _use_changed_ids(story: Story, integration: Resource, reading: Exchange) -> None:
    """An id that differs in its first or last character is no id of this integration: nothing is done by it.

    Short ids are often numbers that count: with another digit they may be those of others.
    """
    identifier, path = integration.id, reading.request.path
    if len(identifier) < SHORTEST_CUT_ID or not path.endswith(identifier):
        return
    collection = path.removesuffix(identifier)
    for detail, words, changed, verbs in (
        ("shorter id", "without the last character", identifier[:-1], _VERBS),
        ("shorter id", "without the first character", identifier[1:], ()),
        ("other id", "with another last character", with_other_end(identifier), _VERBS[1:]),
        ("other id", "with another first character", with_other_start(identifier), ()),
    ):
        if changed not in (identifier, in_other_case_of(identifier)):
            message = f"an id {words.replace('the ', 'its ')} finds the integration, too"
            divergence = Divergence(
                "identity_is_its_own", "/_id", message, "404", "", detail, FlawKind.STATUS
            )
            _use_changed_id(story, identifier, words, collection + changed, verbs, divergence)
    read(story, integration)


def _use_changed_id(
    story: Story,
    identifier: str,
    words: str,
    path: str,
    verbs: Iterable[tuple[str, str, str, Json]],
    divergence: Divergence,
) -> None:
    """Read by a changed id, then do the rest where nothing is found by it; what succeeds is a divergence."""
    does = f"the integration by its id {words}"
    reading = story.follow(f"read {does}", path)
    if 200 <= reading.response.status < 300:
        if resource_id(reading.response.json) == identifier:
            _report_success(story, reading, divergence)
        return
    for verb, method, role, body in verbs:
        exchange = story.follow(f"{verb} {does}", path, method=method, role=role, body=body)
        if 200 <= exchange.response.status < 300:
            _report_success(story, exchange, divergence)


def _report_success(story: Story, exchange: Exchange, divergence: Divergence) -> None:
    story.report_divergence(replace(divergence, actual=str(exchange.response.status)), exchange)


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
        ("with an array for tlsEnabled", "redis", {**ordinary, "tlsEnabled": []}),
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
    shared = ordinary_config(story, "redis")
    step = prepare_create(story, name="the same twice", config=shared, on=False)
    story.send(step)
    # a refusal of the second leaves the first one with the same mark in the list
    story.send(replace(step, does="create it a second time, by an equal request", mark=""))
    for integration in tuple(story.resources):
        read(story, integration)
    if len(story.resources) > 1:
        first, second = story.resources[:2]
        check_list(story)
        changes = {"/name": "not the same any more", "/tags": ["not", "the", "same"], "/on": True}
        patch(story, first, *(change(path, value) for path, value in changes.items()))
        read(story, second)
        # the host is still that of the other one
        options = UNUSUAL_OPTIONS[first.kind]
        config = {**ordinary_config(story, first.kind), **options, "host": shared["host"]}
        patch(story, first, change("/config", config))
        read(story, second)
        patch(story, second, change("/config", config), does="make the config of {resource} the same again")
        delete(story, first)
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
    check_list(story, does="list all integrations from a browser, in gzip", headers=FROM_ELSEWHERE)
