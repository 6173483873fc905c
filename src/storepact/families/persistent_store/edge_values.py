"""Values that break real services: names, tags and configs that scenarios go through and journeys draw from.

A provider may refuse them (D13); what it accepts it must keep. Control characters and lone surrogates are
left to generated requests: the documents rule out none of the many forms in which they come back.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import product
from typing import Any

#: The value of a member that a body leaves out.
OMIT = object()

NAMES: tuple[str, ...] = (
    "x" * 64,
    "x" * 63 + "yz",
    "é" * 32 + "ü",
    "n" * 255,
    "n" * 255 + "m",
    "long " * 199 + "names",
    "an owl \U0001f989 and a snail \U0001f40c",
    "\U0001d4d0\U0001d4d1 \U00020000",
    "100% of %41 and %2F",
    'it\'s a "quoted" `name`',
    "a/b\\c//d",
    "cafe\u0301 and caf\u00e9",
    " two blanks  inside and before",
    "trailing blank ",
    "",
    "Имя, 名前, שם",
    "<b>bold</b> & co; DROP TABLE x",
    "null",
    "007",
    "CaSe",
    "${HOME} {{x}} %s %d",
    "a+b=c",
)

TAGS: tuple[tuple[str, ...], ...] = tuple(
    tuple(tags)
    for tags in (
        [],
        ["one"],
        ["b", "a"],
        ["a", "b", "c", "d", "e"],
        ["Upper", "lower", "UPPER"],
        ["twice", "twice"],
        ["a", "b", "a"],
        [f"tag-{number}" for number in range(11)],
        [f"tag-{number}" for number in range(50)],
        [f"tag-{number}" for number in range(200)],
        ["x" * 64],
        ["y" * 65],
        ["with blank", "sla/sh", "100%", "co,mma"],
        ["caf\u0301e\u0301", "\U0001f989"],
        ["z", "10", "9", "1"],
        [" padded "],
    )
)

_REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-south-1", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
    "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "sa-east-1",
)  # fmt: skip

_PORTS = ("0", "1", "80", "6379", "8080", "32767", "32768", "49152", "65535")
_HOSTS = (
    "localhost",
    "10.0.0.7",
    "redis-1.eu-central-1.example.com",
    "a.b",
    "UPPER.example.com",
    "2001:db8::7",
    "under_score.example.com",
)
_USERS = ("default", "a.b-c_d", "us er", "user@example.com", "u" * 128, "名前", "")


def _redis() -> list[dict[str, Any]]:
    configs: list[dict[str, Any]] = []
    for flags in product((True, False), repeat=4):
        members = dict(zip(("port", "username", "password", "tlsEnabled"), flags, strict=True))
        configs.append({name: OMIT for name, is_present in members.items() if not is_present})
    configs += [{"port": port} for port in _PORTS]
    configs += [{"host": host} for host in _HOSTS]
    configs += [{"username": name} for name in _USERS]
    configs += [{"tlsEnabled": value, "username": "both"} for value in (True, False)]
    return configs


REDIS: tuple[Mapping[str, Any], ...] = tuple(_redis())

DYNAMODB: tuple[Mapping[str, Any], ...] = (
    *({"region": region} for region in _REGIONS),
    {"externalId": OMIT},
    {"tableName": "abc"},
    {"tableName": "a-table_with.dots" + "x" * 40},
    {"tableName": "T" * 255},
    {"roleArn": "arn:aws:iam::000000000001:role/r"},
    {"roleArn": "arn:aws:iam::123456789012:role/path/to/Role+=,.@-_"},
    {"externalId": "any-id-of-ours"},
)


def describe(text: str) -> str:
    """A clause about a text, fit for a line: what it is like, how long it is, or that it is empty."""
    if not text:
        return "that is empty"
    if len(text) > 40:
        return f"of {len(text)} characters"
    categories = {unicodedata.category(character) for character in text}
    unusual = sorted(categories - {"Ll", "Lu", "Zs", "Nd", "Po"})
    return f"like {text!r}" + (f" ({', '.join(unusual)})" if unusual else "")
