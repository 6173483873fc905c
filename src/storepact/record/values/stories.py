"""The values that stories.json consists of: the requests of tests that need no finding to be sent again."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from storepact.record.values.base import Value
from storepact.record.values.evidence import SentRequest

#: The version of stories.json.
STORIES_FORMAT: Literal[1] = 1


class RecordedStory(Value, frozen=True, kw_only=True):
    """One scenario, or one interaction of a pact."""

    name: Annotated[str, Meta(description="the name of its test")]
    requests: tuple[SentRequest, ...]


class StoriesRecord(Value, frozen=True, kw_only=True):
    """The stories of one run."""

    format: Literal[1]
    started: Annotated[str, Meta(description="when the run began, as in its run.json")]
    stories: tuple[RecordedStory, ...]
