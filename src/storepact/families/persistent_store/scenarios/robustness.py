"""Scenarios of bodies that JSON allows and servers fall over, in every member of a create and an update.

The documents do not say whether such bodies are accepted (D13, D38). There must be a response below 500; what
is accepted is kept as it was given, and the requests that follow are answered as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource, Step
from storepact.families.persistent_store import raw_bodies
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.bodies import ordinary_body
from storepact.families.persistent_store.raw_bodies import RawBody
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create,
    delete,
    ordinary_config,
    patch,
    read,
    try_create,
)
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.story import Divergence

#: A member in words, and the members of a body with a text in it.
_Member = tuple[str, dict[str, Any]]

#: Members without a form of their own; who takes a text in one of them may take it in all.
_OF_ANY_TEXT = ("name", "tags", "config.username", "config.password")

#: Characters of a long string: a usual bound of databases is 65,535.
_LONG = 70_000

#: After so many bodies the integrations are read; what they do to them stays until then.
_BODIES_BETWEEN_READS = 8

#: Strings in a create and an update of each kind, beside name and tags.
_STRINGS = {
    "redis": ("host", "port", "username", "password"),
    "dynamodb": ("tableName", "region", "roleArn", "externalId"),
}


def keep_control_characters(story: Story) -> None:
    """A string with control characters is refused, or kept as it was given, in every member."""
    _write_everywhere(story, "a\x00b", "NUL")
    _write_everywhere(story, "a\x01\x08\x1b\x1f\x7f\x85\u2028\ufeffb", "control characters")


def keep_lone_surrogates(story: Story) -> None:
    """A string with a lone surrogate is refused, or kept as it was given, in every member."""
    _write_everywhere(story, "a\ud83db", "a lone surrogate")


def keep_long_values(story: Story) -> None:
    """A string of 70,000 characters is refused, or kept as it was given, in every member but the password."""
    _write_everywhere(story, "x" * _LONG, "70,000 characters")


def _write_everywhere(story: Story, text: str, words: str) -> None:
    """Create integrations with the text in their members, then write it to the members of one."""
    for kind in KINDS:
        own = ordinary_config(story, kind)
        _send_in_turn(
            story.sample(list(_members(story, kind, text))), partial(_create_with, story, kind, words)
        )
        integration = create(story, kind, config=own)
        _send_in_turn(
            story.sample(list(_members(story, kind, text))),
            partial(_update_with, story, integration, own, words),
        )
        read(story, integration, does="read {resource}, which refused patches have not changed")
        check_list(story)
        delete(story, integration)


def _send_in_turn(members: Sequence[_Member], send: Callable[[Sequence[_Member]], bool]) -> None:
    """Send the text in one member after the other, and in those that take any text together if they may be.

    `send` returns whether a request was accepted. Where one is refused that has the text in the name, so may
    be one with the text in several members.
    """
    of_any_text = [member for member in members if member[0] in _OF_ANY_TEXT]
    alone = [member for member in members if member not in of_any_text]
    first, others = of_any_text[:1], of_any_text[1:]
    if first and send(first) and len(others) > 1 and send(others):
        others = []
    for member in (*others, *alone):
        send([member])


def _create_with(story: Story, kind: str, words: str, members: Sequence[_Member]) -> bool:
    """Create an integration with the text in these members, and read it; returns whether it was accepted."""
    does = f"create a {kind} integration with {words} in {_names_of(members)}"
    integration = try_create(story, kind, does=does, **_join(members))
    if integration is None:
        return False
    read(story, integration)
    check_list(story)
    delete(story, integration)
    return True


def _update_with(
    story: Story, integration: Resource, own: Mapping[str, Any], words: str, members: Sequence[_Member]
) -> bool:
    """Write the text to these members of an integration, and read it; returns whether it was accepted."""
    values = _join(members)
    if "config" in values:
        values["config"] = {**own, **values["config"]}
    operations = [change(f"/{name}", value) for name, value in values.items()]
    does = f"set {_names_of(members)} of {{resource}} to a text with {words}"
    if patch(story, integration, *operations, does=does).response.status >= 400:
        return False
    read(story, integration)
    return True


def _names_of(members: Sequence[_Member]) -> str:
    return ", ".join(name for name, _ in members)


def _join(members: Sequence[_Member]) -> dict[str, Any]:
    """The members of a body that these are together."""
    whole: dict[str, Any] = {}
    for _, values in members:
        for name, value in values.items():
            whole[name] = {**whole.get(name, {}), **value} if name == "config" else value
    return whole


def _members(story: Story, kind: str, text: str) -> Iterator[_Member]:
    """Each member that takes a string, and the members of a body with the text in it."""
    mark = story.new_mark()
    yield "name", {"name": f"{mark}{text}"}
    yield "tags", {"tags": ["storepact", f"{mark}{text}"]}
    for name in _STRINGS[kind]:
        if name != "password":
            yield f"config.{name}", {"config": {name: f"{mark}{text}"}}
        elif len(text) < _LONG:  # a part of a long password would be found in every other text like it
            yield f"config.{name}", {"config": {name: f"{story.new_secret()}{text}"}}


def send_raw_bodies(story: Story) -> None:
    """After bodies that are nested, long, large or have a name twice, everything is answered as before."""
    kind = KINDS[0]
    bystander = create(story, kind)
    mark = story.new_mark()
    creates = list(raw_bodies.create_bodies(ordinary_body(kind, mark), mark))
    for number, body in enumerate(story.sample(creates), 1):
        _create_raw(story, kind, body)
        if number % _BODIES_BETWEEN_READS == 0:
            read(story, bystander)
    target = try_create(story, kind)
    updates = list(raw_bodies.update_bodies(story.new_mark()))
    for number, body in enumerate(story.sample(updates), 1):
        _update_raw(story, target or bystander, body)
        if number % _BODIES_BETWEEN_READS == 0 and target is not None:
            read(story, target)
            read(story, bystander)
    read(story, bystander)
    check_list(story)
    for integration in (bystander, target):
        if integration is not None:
            delete(story, integration)


def _create_raw(story: Story, kind: str, body: RawBody) -> None:
    count = len(story.resources)
    step = Step(f"create a {kind} integration {body.words}", "create", story.scope, kind, body=body.content)
    if not story.may_send(step):
        return
    exchange = story.send(step)
    _compare_repetitions(story, exchange, body)
    for integration in story.resources[count:]:
        _compare_repetitions(story, read(story, integration), body)
        delete(story, integration)


def _update_raw(story: Story, integration: Resource, body: RawBody) -> None:
    does = f"update {{resource}} {body.words}"
    step = Step(does, "update", integration.scope, integration.kind, integration, body=body.content)
    exchange = story.send(step)
    _compare_repetitions(story, exchange, body)
    if body.candidates and 200 <= exchange.response.status < 300:
        _compare_repetitions(story, read(story, integration), body)


def _compare_repetitions(story: Story, exchange: Exchange, body: RawBody) -> None:
    """Of a name that is given twice, one of the two values is shown."""
    if not body.candidates or not 200 <= exchange.response.status < 300:
        return
    *parents, last = body.member.split("/")[1:]
    value = exchange.response.json
    for name in (*parents, last):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, str) and value not in body.candidates:
        message = f"{body.member} is {value[:80]!r}, which is neither of the two values that were given"
        story.report_divergence(
            Divergence(
                "write_is_kept_as_given",
                body.member,
                message,
                _alternatives(body.candidates),
                repr(value[:80]),
                flaw=FlawKind.VALUE,
            ),
            exchange,
        )


def _alternatives(values: Sequence[str]) -> str:
    return " or ".join(map(repr, values))
