"""Scenarios of size: many integrations, responses that are larger than a buffer, and compressed ones."""

from __future__ import annotations

from typing import Any

from storepact.engines.story import Story
from storepact.engines.story_steps import Headers, Resource
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create,
    delete,
    list_all,
    patch,
    read,
    reading_token,
    try_create,
)
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.outcome import Reason

#: Bytes that a response must exceed: buffers of 64 kB are usual.
_LARGE = 66_000

#: Creates that this scenario makes at most; with fewer members accepted, a list stays small.
_MOST = 60

#: More than a page of any usual size would hold; the list is not paginated.
_MANY = 26

#: Which of them are DynamoDB integrations with one name and table.
_TWINS = (3, 5)

_GZIP: Headers = (("Accept-Encoding", "gzip"),)


def receive_large_responses(story: Story) -> None:
    """A response of more than 64 kB is as whole as a small one, compressed or not."""
    name = "x" * _LARGE
    single = try_create(story, name=name, does="create an integration with a name of 66,000 characters")
    if single is not None:
        read(story, single)
        read(story, single, does="read {resource} compressed", headers=_GZIP)
        size = _size(list_all(story))
    else:
        size = _grow_list(story)
    list_all(story, does="list all integrations, compressed", headers=_GZIP)
    if size < _LARGE:
        number = len(story.resources)
        message = f"a list of {number} integrations has {size:,} bytes; none of more than 64 kB was made"
        raise PrerequisiteMissing(Reason.NOT_OFFERED, message)


def _grow_list(story: Story) -> int:
    """Create integrations until the list is large; returns its size in bytes."""
    members: dict[str, Any] = {"name": "x" * 256, "tags": [f"{number:02d}{'x' * 62}" for number in range(50)]}
    if try_create(story, does="create an integration with 50 tags of 64 characters", **members) is None:
        members = {"name": "x" * 64, "tags": [f"{number}{'x' * 31}" for number in range(5)]}
        create(story, does="create an integration with 5 tags of 32 characters", **members)
    size = first = _size(list_all(story))
    while size < _LARGE and len(story.resources) < _MOST:
        if try_create(story, does="create one more", **members) is None:
            break
        size += _size(story.entries[-1].exchange)
    return size if size == first else _size(list_all(story))


def _size(exchange: Exchange) -> int:
    return len(exchange.response.body)


def _create_numbered(story: Story, number: int, table: str) -> Resource:
    """The next integration of many; two have one name and table, where the provider allows it."""
    kind = KINDS[number % 2]
    if number == _TWINS[1]:
        twin = try_create(story, kind, name=f"number {_TWINS[0]}", config={"tableName": table})
        if twin is not None:
            return twin
    config = {"tableName": table} if number == _TWINS[0] else {}
    return create(story, kind, name=f"number {number}", on=number % 3 == 0, config=config)


def list_many(story: Story) -> None:
    """The list is whole, however many there are."""
    integrations = [create(story, name=f"number {number}", on=number % 2 == 0) for number in range(3)]
    check_list(story)
    table, short = f"{story.new_mark()}-table", None
    while len(integrations) < _MANY and short is None:
        try:
            integrations.append(_create_numbered(story, len(integrations), table))
        except PrerequisiteMissing as missing:  # so many are judged, and it is said that there are no more
            if missing.reason is not Reason.RESOURCE_BUDGET:
                raise
            short = missing
            continue
        if len(integrations) in (4, 11):
            check_list(story)
            read(story, integrations[-1])
    check_list(story)
    patch(story, integrations[0], change("/name", "the first"))
    delete(story, integrations[1])
    delete(story, integrations[-1])
    check_list(story, auth=reading_token(story))
    read(story, integrations[0])
    if short is not None:
        raise short
