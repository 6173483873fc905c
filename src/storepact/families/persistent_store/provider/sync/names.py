"""The names and forms that the writer leaves in a store; `stores/layout.py` has them on its own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from storepact.model.values import lean_value

#: The prefix of the names on Redis; on DynamoDB there is none.
REDIS_PREFIX = "launchdarkly"

#: The partition of memberships, and partition and key of the metadata, on DynamoDB.
CONTEXTS, METADATA = "big_segments_user", "big_segments_metadata"


def hash_key(context_key: str) -> str:
    """Return the hash that a context is stored under: base64 of the SHA-256 of its key."""
    return base64.standard_b64encode(hashlib.sha256(context_key.encode("utf-8")).digest()).decode("ascii")


def _same_number(milliseconds: int) -> int:
    return milliseconds


def _same_text(text: str) -> str:
    return text


@lean_value(frozen=True)
class WritingRules:
    """How a store is written. Faults replace fields; the defaults are right."""

    hash_key: Callable[[str], str] = hash_key
    time: Callable[[int], int] = _same_number
    """The number that is written for a time in epoch milliseconds."""
    reference: Callable[[str], str] = _same_text
    """The text that is written for the reference of a segment."""
    version: Callable[[str], str] = _same_text
    """The text that is written for the version of a patch."""
    included: str = "big_segment_include"
    excluded: str = "big_segment_exclude"
    as_text: bool = False
    """Whether a membership on Redis is a string in place of a set."""
    heartbeats: bool = True
    exclude_wins: bool = False
    """Whether a context that is included and excluded is only stored as excluded."""
    locks: bool = True
    """Whether a patch watches the lock and sets it."""
    whole: bool = True
    """Whether a patch and its version are one transaction."""
    admits_failure: bool = True
    """Whether `_status` shows that the store could not be written."""
    obeys_switch: bool = True
    """Whether writing ends when the integration is switched off or deleted."""
    keeps_others: bool = True
    """Whether a deleted integration leaves in the store what was there."""


@lean_value(frozen=True)
class RedisNames:
    """The keys on Redis."""

    rules: WritingRules
    prefix: str = REDIS_PREFIX

    @property
    def synchronized_on(self) -> str:
        """Return the key of the heartbeat."""
        return f"{self.prefix}:big_segments_synchronized_on"

    @property
    def cursor(self) -> str:
        """Return the key of the version of the last patch."""
        return f"{self.prefix}:big_segments_cursor"

    @property
    def lock(self) -> str:
        """Return the key that is watched during a patch."""
        return f"{self.prefix}:big_segments_lock"

    def include_key(self, context_key: str) -> str:
        """Return the key of the segments that include a context."""
        return f"{self.prefix}:{self.rules.included}:{self.rules.hash_key(context_key)}"

    def exclude_key(self, context_key: str) -> str:
        """Return the key of the segments that exclude a context."""
        return f"{self.prefix}:{self.rules.excluded}:{self.rules.hash_key(context_key)}"
