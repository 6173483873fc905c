"""Moves: what a journey may do next. Which details they have is drawn, so that a failing journey can be shortened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from storepact.engines.family import JourneyRule, Scope
from storepact.engines.story import Resource, Story
from storepact.families.persistent_store import edge_values
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.scenarios.steps import (
    OMIT,
    body,
    change,
    creation,
    delete,
    listed,
    patch,
    read,
    version_of,
)
from storepact.model.exchange import Exchange

T = TypeVar("T")

_CROWD = 4
"""So many integrations live at a time: more make journeys slow, not telling."""


class Draw(Protocol):
    """Where details come from; simple ones first, so that shortening ends there."""

    def choice(self, values: Sequence[T]) -> T:
        """One of them; the first is the simplest."""

    def flag(self) -> bool:
        """False is simpler."""

    def number(self, low: int, high: int) -> int:
        """Both ends included; low is simpler."""


_NAMES = ("short", "Orders, primary region", *edge_values.NAMES)
_TAGS = ([], ["one"], ["b", "a"], *map(list, edge_values.TAGS))


def _living(story: Story) -> list[Resource]:
    return [person for person in story.resources if person.id in story.world.existing]


def _gone(story: Story) -> list[Resource]:
    return [person for person in story.resources if person.id in story.world.deleted]


def _config(story: Story, draw: Draw, kind: str) -> dict[str, Any]:
    """A config with some of the optional members, some of them unusual."""
    whole = dict(body(story, kind, story.mark())["config"])
    for name in ("port", "username", "password", "tlsEnabled", "externalId"):
        if name in whole and draw.flag():
            del whole[name]
    table = edge_values.REDIS if kind == "redis" else edge_values.DYNAMODB
    if draw.flag():
        whole.update(draw.choice(table))
    return {name: value for name, value in whole.items() if value is not edge_values.ABSENT}


def _scope(story: Story, draw: Draw) -> Scope:
    return draw.choice(story.scopes)


def _create(story: Story, draw: Draw) -> None:
    kind, scope = draw.choice(KINDS), _scope(story, draw)
    members: dict[str, Any] = {"name": draw.choice(_NAMES) if draw.flag() else "short"}
    members["tags"] = draw.choice(_TAGS) if draw.flag() else OMIT
    members["on"] = draw.choice((OMIT, True, False))
    if draw.flag():
        members["name"] = OMIT
    config = dict.fromkeys(("port", "username", "password", "tlsEnabled", "externalId"), OMIT)
    story.ask(creation(story, kind, scope=scope, config={**config, **_config(story, draw, kind)}, **members))


def _create_wrongly(story: Story, draw: Draw) -> None:
    kind = draw.choice(KINDS)
    gone = "host" if kind == "redis" else draw.choice(("region", "tableName", "roleArn"))
    words = f"try to create a {kind} integration without {gone}"
    story.ask(creation(story, kind, words=words, config={gone: OMIT}, name=story.mark()))


def _get(story: Story, draw: Draw) -> None:
    read(story, draw.choice(_living(story)))


def _list(story: Story, draw: Draw) -> None:
    listed(story)


def _assignment(story: Story, draw: Draw, one: Resource) -> dict[str, Any]:
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
    return change("/config", _config(story, draw, one.kind), op)


def _looked_after(story: Story, one: Resource, exchange: Exchange) -> None:
    """Read what a refusal must have left alone, at once: later nobody could tell which of many it was."""
    if exchange.response.status >= 400:
        read(story, one)


def _patch(story: Story, draw: Draw) -> None:
    one = draw.choice(_living(story))
    operations = [_assignment(story, draw, one) for _ in range(draw.number(1, 4))]
    if draw.flag():
        version = version_of(story, one)
        operations.insert(
            draw.number(0, len(operations)), change("/version", version + draw.choice((0, 1, -1)), "test")
        )
    comment = draw.choice((None, "as the runbook says"))
    _looked_after(story, one, patch(story, one, *operations, comment=comment))


def _patch_and_get(story: Story, draw: Draw) -> None:
    _patch(story, draw)
    living = _living(story)
    if living:
        read(story, draw.choice(living))


def _patch_part(story: Story, draw: Draw) -> None:
    one = draw.choice(_living(story))
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
    _looked_after(story, one, patch(story, one, operation))


def _patch_wrongly(story: Story, draw: Draw) -> None:
    one = draw.choice(_living(story))
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
    operations = [_assignment(story, draw, one) for _ in range(draw.number(1, 2))]
    operations.insert(draw.number(0, len(operations)), wrong)
    _looked_after(story, one, patch(story, one, *operations, words=f"send {one.name} a patch that must fail"))


def _delete(story: Story, draw: Draw) -> None:
    delete(story, draw.choice(_living(story)))


def _use_deleted(story: Story, draw: Draw) -> None:
    one = draw.choice(_gone(story))
    match draw.choice(("get", "delete", "patch")):
        case "get":
            read(story, one, words=f"read {one.name}, which was deleted")
        case "delete":
            delete(story, one, words=f"delete {one.name} again")
        case _:
            patch(story, one, change("/name", "risen"), words=f"rename {one.name}, which was deleted")


def _misplace(story: Story, draw: Draw) -> None:
    """Use an integration under the other kind, or under another environment where the run has one."""
    one = draw.choice(_living(story))
    others: list[dict[str, Any]] = [
        {"kind": KINDS[1 - KINDS.index(one.kind)]},
        *({"scope": scope} for scope in story.scopes if scope != one.scope),
    ]
    path = draw.choice(others)
    there = path.get("kind") or f"{path['scope'].project}/{path['scope'].environment}"
    match draw.choice(("get", "delete", "patch")):
        case "get":
            read(story, one, words=f"read {one.name} under {there}", **path)
        case "delete":
            delete(story, one, words=f"delete {one.name} under {there}", **path)
        case _:
            patch(
                story,
                one,
                change("/name", "from elsewhere"),
                words=f"rename {one.name} under {there}",
                **path,
            )
    read(story, one)


def finale(story: Story) -> None:
    """Delete what lives, one after the other, and make sure that nothing of it is left."""
    for integration in _living(story):
        delete(story, integration)
    listed(story)


def _some(story: Story) -> bool:
    return bool(_living(story))


def _move(make: Callable[[Story, Draw], None], possible: Callable[[Story], bool]) -> JourneyRule:
    return JourneyRule(make.__name__.strip("_"), possible, make)


#: A state machine takes each of them equally often: what matters most stands here in several forms.
MOVES: tuple[JourneyRule, ...] = (
    _move(_create, lambda story: len(_living(story)) < _CROWD),
    _move(_get, _some),
    _move(_patch, _some),
    _move(_patch_and_get, _some),
    _move(_patch_part, _some),
    _move(_patch_wrongly, _some),
    _move(_list, _some),
    _move(_delete, lambda story: len(_living(story)) > 1),
    _move(_use_deleted, lambda story: bool(_gone(story))),
    _move(_misplace, _some),
    _move(_create_wrongly, _some),
)
