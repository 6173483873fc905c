"""Request bodies: ordinary ones, marked as ours, with secrets that can be found again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from storepact.engines.family import Scope

#: By these first characters anybody can tell what a run of ours has made.
MARK = "storepact"

ORDINARY_TAGS = ("storepact", "ordinary")

_EXTERNAL_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
_ROLE = "arn:aws:iam::123456789012:role/storepact-example"


def ordinary_body(kind: str, mark: str) -> dict[str, Any]:
    """What every provider that keeps the documents must accept."""
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
    """The same body, recognisable: by its name, else by a tag, else by its host or table.

    What was made wrong on purpose stays wrong: only values of the right type are touched.
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
    """The same body with each ordinary password replaced by one that is looked for in every later answer."""
    if isinstance(body, Mapping):
        aimed = isinstance(body.get("path"), str) and body["path"].endswith("/password")
        return {
            name: secret()
            if (name == "password" or (aimed and name == "value")) and _plain(value)
            else plant_secrets(value, secret)
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [plant_secrets(each, secret) for each in body]
    return body


def _plain(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[!-~]{1,64}", value) is not None


def resource_id(answer: Any) -> str | None:
    """The id in the answer to a create: `_id`, or the last segment of its own link where that is missing."""
    if not isinstance(answer, Mapping):
        return None
    if isinstance(answer.get("_id"), str) and answer["_id"]:
        return str(answer["_id"])
    links = answer.get("_links")
    link = links.get("self") if isinstance(links, Mapping) else None
    href = link.get("href") if isinstance(link, Mapping) else None
    return href.rstrip("/").rpartition("/")[2] or None if isinstance(href, str) else None


def belongs_to(item: Any, scope: Scope, kind: str) -> bool:
    """Whether a listed integration lies in this scope and is of this kind."""
    return isinstance(item, Mapping) and (
        item.get("projectKey"),
        item.get("environmentKey"),
        item.get("integrationKey"),
    ) == (
        scope.project,
        scope.environment,
        kind,
    )


def needs_replacement(answer: Any) -> bool:
    """Tags pile up and repeat when a patch appends; how many, and which, a provider takes is not documented."""
    return not isinstance(answer, Mapping) or answer.get("tags") != list(ORDINARY_TAGS)
