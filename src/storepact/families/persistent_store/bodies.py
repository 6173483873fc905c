"""Request bodies: ordinary ones, with a mark of the run, with secrets that can be recognised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from storepact.engines.family import Scope
from storepact.families.persistent_store.api import environment_of, project_of

#: The first characters of the mark in everything that a run creates.
MARK = "storepact"

ORDINARY_TAGS = ("storepact", "ordinary")

_EXTERNAL_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
_ROLE = "arn:aws:iam::123456789012:role/storepact-example"


def ordinary_body(kind: str, mark: str) -> dict[str, Any]:
    """The body of a create that every provider must accept."""
    config: dict[str, Any] = (
        {
            "host": "storepact.example.com",
            "port": "6380",
            "username": "storepact",
            "password": "an-example-only",
            "tlsEnabled": True,
        }
        if kind == "redis"
        else {
            "tableName": "storepact-example",
            "region": "eu-central-1",
            "roleArn": _ROLE,
            "externalId": _EXTERNAL_ID,
        }
    )
    return {"name": f"{mark} ordinary", "tags": list(ORDINARY_TAGS), "on": False, "config": config}


def mark_body(body: Any, mark: str) -> Any:
    """The body with the mark in its name, else in a tag, else in its host or table.

    What is wrong on purpose stays wrong: only values of the right type are changed.
    """
    if not isinstance(body, dict) or MARK in str(body.get("name", "")):
        return body
    name, tags, config = body.get("name"), body.get("tags"), body.get("config")
    if isinstance(name, str) and name:
        return {**body, "name": f"{mark} {name}"}
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags) and len(tags) < 50:
        return {**body, "tags": [*tags, mark]}
    place = "host" if isinstance(config, dict) and "host" in config else "tableName"
    if isinstance(config, dict) and isinstance(config.get(place), str) and config[place]:
        value = f"{mark}.example.com" if place == "host" else mark
        return {**body, "config": {**config, place: value}}
    return body


def body_with_members(body: Mapping[str, Any], members: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """The body with exactly these members; the mark goes where they leave room for it."""
    return {**body, **mark_body({"config": body["config"]}, mark), **members}


def plant_secrets(body: Any, secret: Callable[[], str]) -> Any:
    """The body with each ordinary password replaced by a new one, which no later response may show."""
    if isinstance(body, Mapping):
        names_password = isinstance(body.get("path"), str) and body["path"].endswith("/password")
        return {
            name: secret()
            if (name == "password" or (names_password and name == "value")) and _is_plain(value)
            else plant_secrets(value, secret)
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [plant_secrets(element, secret) for element in body]
    return body


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[!-~]{1,64}", value) is not None


def resource_id(resource: Any) -> str | None:
    """The id of a resource: `_id`, or the last segment of its own link where that is missing."""
    if not isinstance(resource, Mapping):
        return None
    if isinstance(resource.get("_id"), str) and resource["_id"]:
        return str(resource["_id"])
    links = resource.get("_links")
    link = links.get("self") if isinstance(links, Mapping) else None
    href = link.get("href") if isinstance(link, Mapping) else None
    return href.rstrip("/").rpartition("/")[2] or None if isinstance(href, str) else None


def belongs_to(item: Any, scope: Scope, kind: str) -> bool:
    """Whether a listed integration belongs to this scope and is of this kind."""
    keys = ("projectKey", "environmentKey", "integrationKey")
    expected = (project_of(scope), environment_of(scope), kind)
    return isinstance(item, Mapping) and tuple(map(item.get, keys)) == expected


def needs_replacement(resource: Any) -> bool:
    """Whether the tags are not the ordinary ones any more: how many may pile up is not documented."""
    return not isinstance(resource, Mapping) or resource.get("tags") != list(ORDINARY_TAGS)
