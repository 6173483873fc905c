"""The layout of a store: the names and forms of what the writer leaves there and server-side SDKs read.

Source: the stores of the public server-side SDKs and of the Relay Proxy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property

from storepact.model.values import lean_value

#: The prefix on Redis, unless the writer is configured with another one; on DynamoDB there is none.
REDIS_PREFIX = "launchdarkly"

#: Seconds after which SDKs call a store stale by default, and after which the Relay Proxy does.
SDK_STALE_SECONDS = 120.0
RELAY_STALE_SECONDS = 300.0

#: How far ahead of this machine's clock a time of synchronization may be, in seconds.
CLOCK_TOLERANCE_SECONDS = 60.0

#: The namespaces of a table without a prefix, and the key of the time of synchronization on Redis.
METADATA, CONTEXTS, HEARTBEAT = "big_segments_metadata", "big_segments_user", "big_segments_synchronized_on"

#: The most characters of a foreign name that are shown.
_LONGEST = 60

#: The partition and sort key of a table, both of type S.
PARTITION_KEY, SORT_KEY = "namespace", "key"

#: A key has no blank, comma or quotation mark: with one, several references are one text. A backslash
#: is there where a byte is not UTF-8. No writer puts zeros before a generation.
_REFERENCE = re.compile(r"[^\s,;\"'\\\[\]{}]+\.g(?:0|[1-9]\d*)", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{64}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=")
_UNPADDED = re.compile(r"[A-Za-z0-9+/]{43}")
_URL_SAFE = re.compile(r"[A-Za-z0-9_-]{43}=?")
_WORD = re.compile(r"\w*", re.ASCII)

#: Names of stores that may share the prefix: the SDKs' store of flags, which has the same one by default, and
#: big segments below a longer prefix.
_NEIGHBOUR = re.compile(
    r"(?:.*:)?(?:features|segments|\$inited)|.*:big_segments_(?:synchronized_on|cursor|lock)"
    r"|.*:big_segment_(?:include|exclude):[^:]*",
    re.DOTALL,
)


class Part(StrEnum):
    """What a key or an item of a store is."""

    SYNCHRONIZED_ON = "synchronized_on"
    CURSOR = "cursor"
    LOCK = "lock"
    INCLUDED = "included"
    EXCLUDED = "excluded"
    NEIGHBOUR = "neighbour"
    """It belongs to another store of SDKs that may share the prefix."""
    FOREIGN = "foreign"
    """It has the prefix, and is no part of the layout."""


@lean_value(frozen=True)
class Element:
    """One row of the layout, as docs/store.md shows it."""

    part: Part
    redis: str
    redis_type: str
    dynamodb: str
    dynamodb_type: str
    value: str


#: The layout. `{p}` is the prefix, `{h}` the hash of a context key.
LAYOUT = (
    Element(
        Part.SYNCHRONIZED_ON,
        "{p}:big_segments_synchronized_on",
        "string",
        "namespace = key = [{p}:]big_segments_metadata, attribute synchronizedOn",
        "N",
        "milliseconds since 1970 as an integer; refreshed every 30 s",
    ),
    Element(
        Part.CURSOR,
        "{p}:big_segments_cursor",
        "string",
        "the same item, attribute lastVersion",
        "S",
        "the version of the last patch that was applied",
    ),
    Element(
        Part.LOCK,
        "{p}:big_segments_lock",
        "string",
        "a condition check on lastVersion in each transaction of at most 25 items",
        "",
        "watched while a patch is applied",
    ),
    Element(
        Part.INCLUDED,
        "{p}:big_segment_include:{h}",
        "set",
        "namespace = [{p}:]big_segments_user, key = {h}, attribute included",
        "SS",
        "references of the segments that the context is in",
    ),
    Element(
        Part.EXCLUDED,
        "{p}:big_segment_exclude:{h}",
        "set",
        "the same item, attribute excluded",
        "SS",
        "references of the segments that the context is not in; a reference in both sets counts as included",
    ),
)

_REDIS_SINGLE = {
    HEARTBEAT: Part.SYNCHRONIZED_ON,
    "big_segments_cursor": Part.CURSOR,
    "big_segments_lock": Part.LOCK,
}
_REDIS_CONTEXTS = {"big_segment_include": Part.INCLUDED, "big_segment_exclude": Part.EXCLUDED}


@lean_value(frozen=True)
class RedisKey:
    """A key of a Redis store, read by its name."""

    part: Part
    context: str = ""
    """The hash of the context key, for included and excluded."""
    similar: str = ""
    """The name of the layout that a foreign key resembles, without its prefix."""


@lean_value(frozen=True)
class RedisNames:
    """The names of keys below one prefix."""

    prefix: str

    @property
    def synchronized_on(self) -> str:
        """The key of the time of synchronization."""
        return f"{self.prefix}:{HEARTBEAT}"

    @property
    def cursor(self) -> str:
        """The key of the last applied version."""
        return f"{self.prefix}:big_segments_cursor"

    @property
    def lock(self) -> str:
        """The key that is watched during a patch."""
        return f"{self.prefix}:big_segments_lock"

    @cached_property
    def membership(self) -> re.Pattern[str]:
        """The pattern of a well-formed key of a membership; most names of a large store are such."""
        kinds = "|".join(_REDIS_CONTEXTS)
        return re.compile(f"{re.escape(self.prefix)}:(?:{kinds}):{_BASE64.pattern}")

    def include_key(self, context_hash: str) -> str:
        """The key of the segments that a context is in."""
        return f"{self.prefix}:big_segment_include:{context_hash}"

    def exclude_key(self, context_hash: str) -> str:
        """The key of the segments that a context is not in."""
        return f"{self.prefix}:big_segment_exclude:{context_hash}"

    def parse(self, key: str) -> RedisKey:
        """What a key with the prefix is."""
        name = key.removeprefix(f"{self.prefix}:")
        if name in _REDIS_SINGLE:
            return RedisKey(_REDIS_SINGLE[name])
        kind, separator, context = name.partition(":")
        if separator and kind in _REDIS_CONTEXTS:
            return RedisKey(_REDIS_CONTEXTS[kind], context)
        if _NEIGHBOUR.fullmatch(name):
            return RedisKey(Part.NEIGHBOUR)
        word = _first_word(name)
        names = [*_REDIS_SINGLE] if word == name else [*_REDIS_CONTEXTS, *_REDIS_SINGLE]
        near = get_close_matches(word, names, 1, cutoff=0.75)
        return RedisKey(Part.FOREIGN, similar=near[0] if near else "")

    def shorten(self, key: str) -> str:
        """A foreign key up to its first word: what follows may be the key of a context."""
        name = key.removeprefix(f"{self.prefix}:")
        word = _first_word(name)
        end = len(key) - len(name) + name.index(word) + len(word)
        return key if end == len(key) and end <= _LONGEST else f"{key[: min(end, _LONGEST)]}…"


_NAMESPACES = (METADATA, CONTEXTS)


def _first_word(name: str) -> str:
    """The letters, digits and underscores that a name begins with, after separators."""
    return _WORD.match(name.lstrip(":/.-|$ ")).group()  # type: ignore[union-attr]  # it matches any text


@lean_value(frozen=True)
class DynamoDBNames:
    """The namespaces of items below one prefix; the prefix may be empty."""

    prefix: str = ""

    @property
    def _start(self) -> str:
        return f"{self.prefix}:" if self.prefix else ""

    @property
    def metadata(self) -> str:
        """The namespace, and the key, of the item with times and versions."""
        return f"{self._start}{METADATA}"

    @property
    def contexts(self) -> str:
        """The namespace of the items of contexts."""
        return f"{self._start}{CONTEXTS}"

    def similar(self, namespace: str) -> str:
        """The namespace of the layout that a namespace resembles and is not; empty if there is none.

        The namespaces of a store with another prefix in the same table resemble none.
        """
        if not namespace.startswith(self._start) or namespace.rpartition(":")[2] in _NAMESPACES:
            return ""
        near = get_close_matches(namespace.removeprefix(self._start), _NAMESPACES, 1, cutoff=0.8)
        return self._start + near[0] if near else ""


class HashFlaw(StrEnum):
    """What is wrong with the hash of a context: 44 characters, base64 of the SHA-256 of its key in UTF-8."""

    HEXADECIMAL = "a SHA-256 in hexadecimal digits, not in base64"
    URL_SAFE = "the URL-safe alphabet of base64, not the standard one with padding"
    UNPADDED = "base64 without padding, not the standard one with padding"
    NO_HASH = "not a hash"


def hash_flaw(text: str) -> HashFlaw | None:
    """What is wrong with the hash of a context; None for a well-formed one."""
    if _BASE64.fullmatch(text):
        return None  # 43 digits and the padding are 32 bytes
    if _HEX.fullmatch(text):
        return HashFlaw.HEXADECIMAL
    if _URL_SAFE.fullmatch(text) and set("-_") & set(text):
        return HashFlaw.URL_SAFE
    if _URL_SAFE.fullmatch(text) or _UNPADDED.fullmatch(text):
        return HashFlaw.UNPADDED
    return HashFlaw.NO_HASH


def is_reference(text: str) -> bool:
    """Whether a text has the form of a reference to a segment: its key, a dot, g and its generation."""
    return _REFERENCE.fullmatch(text) is not None


def similar_attribute(names: Iterable[str], name: str) -> str:
    """The attribute among `names` that resembles `name`; empty if there is none."""
    near = {attribute.lower().replace("_", ""): attribute for attribute in names}
    matches = get_close_matches(name.lower(), near, 1, cutoff=0.8)
    return near[matches[0]] if matches else ""
