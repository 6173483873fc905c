"""Values of the right type about which the documents say nothing: a provider may refuse them (D13, D14)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from storepact.model.tree import Json

_MOST_TAGS, _LONGEST_NAME, _LONGEST_HOST, _PORTS = 5, 64, 60, 65_536
_ORDINARY_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")

#: What values of config look like that every provider accepts.
_ORDINARY = {
    "host": re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,30}[a-z0-9])?)+"),
    "username": re.compile(r"[A-Za-z0-9._-]{1,32}"),
    "password": re.compile(r"[A-Za-z0-9._~-]{8,32}"),
    "tableName": re.compile(r"[A-Za-z0-9_.-]{3,60}"),
    "roleArn": re.compile(r"arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_-]{1,32}"),
    "externalId": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
}


def find_unusual_members(body: Mapping[str, Json], kind: str) -> Iterator[str]:
    """Why the name, tags or config of a create's body may be refused."""
    if "name" in body:
        yield from find_unusual_name(body["name"])
    if isinstance(body.get("tags"), list):
        yield from find_unusual_tags(body["tags"])
    if isinstance(body.get("config"), Mapping):
        yield from find_unusual_config(body["config"], kind)


def find_unusual_name(name: Json) -> Iterator[str]:
    """Why a name may be refused; anything but text is left to the schema."""
    if not isinstance(name, str):
        return
    if name != name.strip() or not 1 <= len(name.encode("utf-8", "replace")) <= _LONGEST_NAME:
        yield "the name is empty, long or padded (D13)"


def find_unusual_tags(tags: list[Json]) -> Iterator[str]:
    """Why a list of tags may be refused."""
    if len(tags) > _MOST_TAGS or len({str(tag) for tag in tags}) < len(tags):
        yield "there are many tags, or the same tag twice (D13)"
    if any(isinstance(tag, str) and not _ORDINARY_TAG.fullmatch(tag) for tag in tags):
        yield "a tag is unusual (D13)"


def find_unusual_config(config: Mapping[str, Json], kind: str) -> Iterator[str]:
    """Why a config of this kind may be refused."""
    for name, pattern in _ORDINARY.items():
        value = config.get(name)
        if isinstance(value, str) and not pattern.fullmatch(value):
            yield f"config.{name} is unusual (D13)"
    host = config.get("host")
    if isinstance(host, str) and len(host) > _LONGEST_HOST:
        yield "config.host is long (D13)"
    port = config.get("port")
    if isinstance(port, str) and not (re.fullmatch(r"[1-9][0-9]{0,4}", port) and int(port) < _PORTS):
        yield "config.port is not the number of a port (D13)"
    if kind == "dynamodb" and "externalId" not in config:
        yield "config.externalId may be required (D14)"
