"""Scenarios of size: responses that are larger than a buffer, and compressed ones."""

from __future__ import annotations

from typing import Any

from storepact.engines.story import Story
from storepact.engines.story_steps import Headers
from storepact.families.persistent_store.scenarios.steps import create, list_all, read, try_create
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.outcome import Reason

#: Bytes that a response must exceed: buffers of 64 kB are usual.
_LARGE = 66_000

#: Creates that this scenario makes at most; with fewer members accepted, a list stays small.
_MOST = 60

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
