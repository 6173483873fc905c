"""Request bodies: ordinary ones, with a mark of the run, with secrets that can be recognised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from storepact.families.persistent_store.api import environment_of, project_of
from storepact.model.api import Scope
from storepact.model.tree import Json

#: The first characters of the mark in everything that a run creates.
MARK = "storepact"

_ORDINARY_TAG = "ordinary"

#: The members of a config that may hold the mark.
_MARKED_CONFIG = ("host", "tableName")

#: Values of `on` that a tolerant provider may take for true.
_SWITCHED_ON = (True, 1, "true", "True", "1", "yes", "on")
_SWITCHED_OFF = (False, 0, "false", "False", "0", "no", "off")

_EXTERNAL_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
_ROLE = "arn:aws:iam::123456789012:role/storepact-example"


def ordinary_body(kind: str, mark: str) -> dict[str, Json]:
    """The body of a create that every provider must accept."""
    config: dict[str, Json] = (
        {
            "host": f"{mark}.example.com",
            "port": "6380",
            "username": "storepact",
            "password": "an-example-only",
            "tlsEnabled": True,
        }
        if kind == "redis"
        else {
            "tableName": f"{mark}-example",
            "region": "eu-central-1",
            "roleArn": _ROLE,
            "externalId": _EXTERNAL_ID,
        }
    )
    return {"name": f"{mark} ordinary", "tags": [mark, _ORDINARY_TAG], "on": False, "config": config}


def mark_body(body: Json, mark: str) -> Json:
    """The body of a create with the mark of the run wherever it says `storepact`, or at least in one place.

    The places are its name, a tag, its host and its table. What is wrong on purpose stays wrong: only values
    of the right type are changed.
    """
    if isinstance(body, bytes):
        return body if mark.encode() in body else body.replace(MARK.encode(), mark.encode(), 1)
    if not isinstance(body, dict) or _has_mark(body, mark):
        return body
    marked = {name: _replace_mark(name, value, mark) for name, value in body.items()}
    return marked if _has_mark(marked, mark) else _add_mark(body, mark)


def _has_mark(body: Mapping[str, Json], mark: str) -> bool:
    tags, config = body.get("tags"), body.get("config")
    values = [body.get("name"), *(tags if isinstance(tags, list) else ())]
    if isinstance(config, Mapping):
        values += [config.get(name) for name in _MARKED_CONFIG]
    return any(isinstance(value, str) and mark in value for value in values)


def _replace_mark(member: str, value: Json, mark: str) -> Json:
    """The value of a member with the run's mark in place of `storepact` at its beginning."""
    if isinstance(value, str) and member in ("name", *_MARKED_CONFIG) and value.startswith(MARK):
        return mark + value.removeprefix(MARK)
    if member == "tags" and isinstance(value, list):
        return [mark if tag == MARK else tag for tag in value]
    if member == "config" and isinstance(value, Mapping):
        return {name: _replace_mark(name, inner, mark) for name, inner in value.items() if name != "tags"}
    return value


def _add_mark(body: dict[str, Json], mark: str) -> dict[str, Json]:
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


def enables(body: Json) -> bool:
    """Whether a create or a patch would switch an integration on, read as tolerantly as possible."""
    if isinstance(body, Mapping):
        return body.get("on") in _SWITCHED_ON or enables(body.get("patch"))
    return isinstance(body, list) and any(map(_operation_enables, body))


def _operation_enables(operation: Json) -> bool:
    if not isinstance(operation, Mapping) or operation.get("op") in ("test", "remove"):
        return False
    path, value = operation.get("path"), operation.get("value")
    if path == "/on":
        return operation.get("op") in ("copy", "move") or value in _SWITCHED_ON
    return path == "" and enables(value)


def without_enabling(body: Json) -> Json:
    """The body with another value of the same type wherever it would switch an integration on."""
    if isinstance(body, list):
        return [
            {**operation, "value": _switched_off(operation.get("value"))}
            if isinstance(operation, dict) and operation.get("path") == "/on" and "value" in operation
            else operation
            for operation in body
        ]
    if not isinstance(body, dict):
        return body
    changed = {**body, "patch": without_enabling(body["patch"])} if "patch" in body else body
    return {**changed, "on": _switched_off(changed["on"])} if "on" in changed else changed


def _switched_off(value: Json) -> Json:
    pairs = zip(_SWITCHED_ON, _SWITCHED_OFF, strict=True)
    return next((off for on, off in pairs if type(value) is type(on) and value == on), value)


def ordinary_patch(marker: str) -> Json:
    """A patch that every provider must accept; the name keeps the mark."""
    return [{"op": "replace", "path": "/name", "value": marker}]


def mark_patch(body: Json, mark: str) -> Json:
    """The patch with the run's mark in each host and table that it sets, where there is room."""
    if isinstance(body, dict) and "patch" in body:
        return {**body, "patch": mark_patch(body["patch"], mark)}
    if not isinstance(body, list):
        return body
    return [_mark_operation(operation, mark) for operation in body]


def _mark_operation(operation: Json, mark: str) -> Json:
    if not isinstance(operation, dict) or operation.get("op") not in ("add", "replace"):
        return operation
    path, value = operation.get("path"), operation.get("value")
    for name in _MARKED_CONFIG:
        if path == f"/config/{name}":
            return {**operation, "value": _mark_place(name, value, mark)}
    if path == "/config" and isinstance(value, dict):
        marked = {
            name: _mark_place(name, inner, mark) if name in _MARKED_CONFIG else inner
            for name, inner in value.items()
        }
        return {**operation, "value": marked}
    return operation


def _mark_place(name: str, value: Json, mark: str) -> Json:
    if not isinstance(value, str) or not value or mark in value:
        return value
    if value.startswith(MARK):
        return mark + value.removeprefix(MARK)
    return f"{mark}.{value}" if name == "host" else f"{mark}-{value}"


def body_with_members(body: Mapping[str, Json], members: Mapping[str, Json], mark: str) -> dict[str, Json]:
    """The body with exactly these members; the mark goes where they leave room for it."""
    return {**body, **mark_body({"config": body["config"]}, mark), **members}


def plant_secrets(body: Json, secret: Callable[[], str]) -> Json:
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


def _is_plain(value: Json) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[!-~]{1,64}", value) is not None


def resource_id(resource: Json) -> str | None:
    """The id of a resource: `_id`, or the last segment of its own link where that is missing."""
    if not isinstance(resource, Mapping):
        return None
    if isinstance(resource.get("_id"), str) and resource["_id"]:
        return str(resource["_id"])
    links = resource.get("_links")
    link = links.get("self") if isinstance(links, Mapping) else None
    href = link.get("href") if isinstance(link, Mapping) else None
    return href.rstrip("/").rpartition("/")[2] or None if isinstance(href, str) else None


def belongs_to(item: Json, scope: Scope, kind: str) -> bool:
    """Whether a listed integration belongs to this scope and is of this kind."""
    keys = ("projectKey", "environmentKey", "integrationKey")
    expected = (project_of(scope), environment_of(scope), kind)
    return isinstance(item, Mapping) and tuple(map(item.get, keys)) == expected


def needs_replacement(resource: Json) -> bool:
    """Whether the tags are not the ordinary ones any more: how many may pile up is not documented."""
    tags = resource.get("tags") if isinstance(resource, Mapping) else None
    return not isinstance(tags, list) or len(tags) != 2 or tags[-1] != _ORDINARY_TAG
