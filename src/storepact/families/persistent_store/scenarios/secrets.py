"""Scenarios of secrets: no response shows a password, whether the request was accepted or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from storepact.engines.story import Story
from storepact.families.persistent_store.edge_values import OMIT
from storepact.families.persistent_store.scenarios.auth import DENIED_WITH_SECRETS
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    config_as_read,
    create,
    create_body,
    delete,
    ordinary_config,
    patch,
    prepare_create,
    read,
    try_create,
)
from storepact.model.case import Auth
from storepact.model.tree import Json
from storepact.transport.encodings import SecretShape

#: Members of a Redis config, each with a value of another type.
_WRONG_MEMBERS: tuple[tuple[str, Json], ...] = (
    ("tlsEnabled", "yes"),
    ("tlsEnabled", 1.5),
    ("host", False),
    ("username", 7),
    ("port", ["6379"]),
    ("tlsEnabled", 0),
    ("username", {}),
    ("host", ["redis.example.com"]),
    ("username", 1.5),
    ("host", 7.5),
    ("port", {}),
    ("tlsEnabled", []),
)

#: Every so many-th of them is sent by the path of the member alone.
_PARTS_AMONG_WHOLES = 3


def send_secrets(story: Story) -> None:
    """A password that was sent is in no response, whatever the token, however and whenever it was sent."""
    integration = create(story, name=OMIT)
    read(story, integration)
    check_list(story)
    patch(story, integration, change("/name", "renamed"))
    config = config_as_read(read(story, integration))
    rotated = {**config, "password": story.new_secret()}
    patch(story, integration, change("/config", rotated), does="rotate the password of {resource}")
    read(story, integration)
    password = change("/config/password", story.new_secret())
    patch(story, integration, password, does="set /config/password of {resource}")
    rotated = {**config, "password": story.new_secret()}
    patch(story, integration, change("/config", rotated, "add"), comment="with a comment")
    read(story, integration)
    bare = try_create(story, name="without a password", config={"password": OMIT, "username": OMIT})
    second = try_create(story, name="another one")
    for resource in (integration, bare, second):
        if resource is not None:
            read(story, resource)
    check_list(story)
    delete(story, integration)
    read(story, integration)
    check_list(story)


def copy_secrets(story: Story) -> None:
    """A password that a patch copies or moves to a member that can be read is not shown there."""
    integration = create(story)
    read(story, integration)
    for source, target in (
        ("/config/password", "/name"),
        ("/config/password", "/tags/-"),
        ("/config/password", "/config/username"),
        ("/config", "/name"),
        ("/config", "/tags/-"),
    ):
        patch(story, integration, {"op": "copy", "from": source, "path": target})
        read(story, integration)
    for target in ("/name", "/tags/-", "/config/username"):
        patch(story, integration, change("/config", ordinary_config(story, "redis")))
        patch(story, integration, {"op": "move", "from": "/config/password", "path": target})
        read(story, integration)
    check_list(story)


def read_secrets_with_reader_token(story: Story) -> None:
    """A token that may only read sees no password either."""
    integration = create(story)
    read(story, integration, auth=Auth.READER)
    check_list(story, does="list all integrations, with the reader token", auth=Auth.READER)
    password = change("/config/password", story.new_secret())
    patch(story, integration, password, does="patch {resource} with the reader token", auth=Auth.READER)
    read(story, integration, auth=Auth.READER)


def send_secrets_in_wrong_requests(story: Story) -> None:
    """The response to a refused request does not show the secret that the request held."""
    integration = create(story)
    ordinary = ordinary_config(story, "redis")
    for error, config in _wrong_configs(ordinary):
        step = prepare_create(story, does=f"create with {error}, and a password")
        with_secret = {**config, "password": story.new_secret()}
        story.send(replace(step, body={**step.body, "config": with_secret}))
        wrong = change("/config", {**config, "password": story.new_secret()})
        patch(story, integration, wrong, does=f"patch {{resource}} with {error}, and a password")
    array = change("/config/password", [story.new_secret()])
    patch(story, integration, array, does="set the password of {resource} to an array")
    test = change("/config/password", story.new_secret(), "test")
    patch(story, integration, test, does="test the password of {resource}")
    nowhere = change("/config/nobodyKnows/password", story.new_secret(), "add")
    patch(story, integration, nowhere, does="patch a member of {resource} that does not exist")
    for error, raw in _raw_bodies(story):
        story.send(replace(prepare_create(story, does=f"create with {error}"), body=raw))
    step = prepare_create(story, "dynamodb", does="create a DynamoDB integration from the config of Redis")
    story.send(replace(step, body={**step.body, "config": {**ordinary, "password": story.new_secret()}}))
    text: tuple[tuple[str, str | None], ...] = (("Content-Type", "text/plain"),)
    story.send(prepare_create(story, does="create with the wrong content type", headers=text))
    for way, auth, headers in DENIED_WITH_SECRETS:
        if story.has_token(auth):
            story.send(prepare_create(story, does=f"create {way}", auth=auth, headers=headers))
    read(story, integration)


def send_secrets_of_any_shape(story: Story) -> None:
    """A password of any length and of any characters is in no response, header or tag."""
    shapes = list(SecretShape)
    pairs = list(zip(shapes, [*shapes[1:], shapes[0]], strict=True))
    for number, (shape, next_shape) in enumerate(story.sample(pairs)):
        integration = try_create(
            story,
            does=f"create a redis integration with a password {shape}",
            config={"password": story.new_secret(shape)},
        )
        if integration is None:
            continue
        exchange = read(story, integration)
        check_list(story)
        rotated = {**config_as_read(exchange), "password": story.new_secret(next_shape)}
        does = f"give {{resource}} a name and a password {next_shape}"
        patch(story, integration, change("/name", "renamed"), change("/config", rotated), does=does)
        member, value = _WRONG_MEMBERS[number % len(_WRONG_MEMBERS)]
        wrong = {**rotated, "password": story.new_secret(shape), member: value}
        does = f"try to give {{resource}} a password {shape}, and {json.dumps(value)} for {member}"
        operations = [change("/config", wrong)]
        if number % _PARTS_AMONG_WHOLES == 0:
            operations = [change(f"/config/{name}", wrong[name]) for name in ("password", member)]
        patch(story, integration, *operations, does=does)
        read(story, integration)
        delete(story, integration)


def _wrong_configs(ordinary: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "a host that is missing", {name: value for name, value in ordinary.items() if name != "host"}
    yield "a host that is a number", {**ordinary, "host": 5}
    yield "a decimal number for tlsEnabled", {**ordinary, "tlsEnabled": 1.5}
    yield "a member that does not exist", {**ordinary, "nobodyKnows": 1}
    yield "an empty host", {**ordinary, "host": ""}


def _raw_bodies(story: Story) -> Iterator[tuple[str, bytes]]:
    whole = json.dumps(create_body(story, "redis", story.new_mark())).encode()
    yield "a body that is cut off", whole[:-1]
    yield "a body in an array", b"[" + whole + b"]"
    yield "a body as text", json.dumps(whole.decode()).encode()
