"""An integration as the stand-in keeps it and shows it."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.form import DEFAULT_NAME, DEFAULTS, FORM, SECRETS

#: The members that a patch may change.
EDITABLE = ("config", "on", "name", "tags")

_NEVER = -62_135_596_800_000
_STATUS: Mapping[str, Mapping[str, Any]] = {
    "empty": {},
    "zero": {"available": False, "potentiallyStale": True, "lastSync": 0, "lastError": 0, "errors": []},
    "negative": {"available": False, "potentiallyStale": True, "lastSync": _NEVER, "lastError": _NEVER},
}


@dataclass(frozen=True)
class Integration:
    """One integration, secrets in the clear. `created` is in epoch milliseconds; `config` is as it was given."""

    id: str
    project: str
    environment: str
    kind: str
    config: Mapping[str, Any]
    on: bool
    name: str
    tags: tuple[str, ...]
    version: int
    created: int

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{BASE}/{self.project}/{self.environment}/{self.kind}/{self.id}"

    @property
    def secrets(self) -> list[str]:
        """What must not be seen."""
        return [
            value
            for name, value in self.config.items()
            if name in SECRETS and isinstance(value, str) and value
        ]

    def with_body(self, body: Mapping[str, Any], choices: Choices) -> Integration:
        """The integration after an update: a redacted secret written back leaves the secret as it was."""
        given = body.get("config")
        config = dict(given) if isinstance(given, Mapping) else {}
        if self.config and config == redacted(self.kind, self.config, choices):
            config = dict(self.config)
        for name in SECRETS & self.config.keys():
            if choices.redaction == "absent":
                config.setdefault(name, self.config[name])
            elif name in config and config[name] == redact(self.config[name], choices):
                config[name] = self.config[name]
        return replace(
            self,
            config=config,
            on=body.get("on", False),
            name=body["name"] if "name" in body else _name(self, choices),
            tags=tuple(body.get("tags") or ()),
        )

    def differs(self, other: Integration) -> bool:
        """Whether an update from one to the other has an effect."""
        mine, theirs = ({**DEFAULTS[each.kind], **each.config} for each in (self, other))
        return mine != theirs or (self.on, self.name, self.tags) != (other.on, other.name, other.tags)


def created(
    project: str, environment: str, kind: str, body: Mapping[str, Any], choices: Choices
) -> Integration:
    """A new integration from a valid body."""
    blank = Integration(
        _identifier(choices), project, environment, kind, {}, False, "", (), 1, int(time.time() * 1000)
    )
    return blank.with_body(body, choices)


def _identifier(choices: Choices) -> str:
    match choices.ids:
        case "uuid":
            return str(uuid.uuid4())
        case "short":
            return secrets.token_urlsafe(8).replace("-", "a").replace("_", "b")
    return secrets.token_hex(12)


def _name(integration: Integration, choices: Choices) -> str:
    kind = DEFAULT_NAME[integration.kind]
    return {"kind": kind, "empty": "", "numbered": f"{kind} {integration.created % 100_000}"}[
        choices.default_name
    ]


def redact(secret: Any, choices: Choices) -> Any:
    """A secret as it may be shown: by default short ones vanish, of long ones three characters stay at either end."""
    if not secret or not isinstance(secret, str):
        return secret
    if choices.redaction == "fixed":
        return "<redacted>"
    return (
        f"{secret[:3]}********{secret[-3:]}"
        if choices.redaction == "edges" and len(secret) >= 12
        else "********"
    )


def redacted(kind: str, config: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """A config as it may be shown."""
    full = {**DEFAULTS[kind], **config} if choices.defaults == "filled" else dict(config)
    if choices.redaction == "absent":
        return {name: value for name, value in full.items() if name not in SECRETS}
    return {name: redact(value, choices) if name in SECRETS else value for name, value in full.items()}


def editable(integration: Integration, choices: Choices) -> dict[str, Any]:
    """The members that a patch may change, secrets redacted as a reader sees them."""
    config = redacted(integration.kind, integration.config, choices)
    return {"config": config, "on": integration.on, "name": integration.name, "tags": list(integration.tags)}


def shown(
    integration: Integration, choices: Choices, *, reads_only: bool, where: str = "get"
) -> dict[str, Any]:
    """An integration as it is answered: `where` is get, list or write (the answer to a create or update)."""
    project = f"/api/v2/projects/{integration.project}"
    body: dict[str, Any] = {
        "_links": {
            "self": link(integration.path, choices),
            "parent": link(BASE, choices),
            "project": link(project, choices),
            "environment": link(f"{project}/environments/{integration.environment}", choices),
        },
        "_id": integration.id,
        "integrationKey": integration.kind,
        "projectKey": integration.project,
        "environmentKey": integration.environment,
        "config": redacted(integration.kind, integration.config, choices),
        "on": integration.on,
        "tags": list(integration.tags),
        "name": integration.name,
        "version": integration.version,
        "_status": _status(integration, choices),
    }
    extent = {"get": "whole", "list": choices.config_in_list, "write": choices.config_in_writes}[where]
    if extent == "absent":
        del body["config"]
    elif extent == "abridged":
        first = FORM[integration.kind][0].name
        body["config"] = {name: value for name, value in body["config"].items() if name == first}
    if choices.access == "present":
        body["_access"] = _access(reads_only, named=choices.role_name == "present")
    return body


def link(href: str, choices: Choices) -> dict[str, str]:
    """A link to a path on this host."""
    return {"href": href, "type": "application/json"} if choices.link_type == "present" else {"href": href}


def _status(integration: Integration, choices: Choices) -> dict[str, Any]:
    if choices.never_synced in _STATUS:
        return dict(_STATUS[choices.never_synced])
    if choices.never_synced == "failing":
        error = {
            "statusCode": 500,
            "message": "the store cannot be reached",
            "timestamp": integration.created,
        }
        return {
            "available": False,
            "potentiallyStale": True,
            "lastSync": 0,
            "lastError": integration.created,
            "errors": [error],
        }
    return {
        "available": integration.on,
        "potentiallyStale": False,
        "lastSync": integration.created,
        "lastError": 0,
        "errors": [],
    }


@lru_cache  # the same for every integration
def _access(reads_only: bool, *, named: bool) -> dict[str, Any]:
    actions = ("updateIntegration", "deleteIntegration")
    reason: dict[str, Any] = {"resources": ["proj/*:env/*:integration/*"], "actions": list(actions)}
    if named:
        reason["role_name"] = "reader" if reads_only else "writer"
    allowed = [{"action": "viewIntegration", "reason": {"effect": "allow", **reason}}]
    if reads_only:
        return {
            "denied": [{"action": action, "reason": {"effect": "deny", **reason}} for action in actions],
            "allowed": allowed,
        }
    return {
        "denied": [],
        "allowed": allowed + [{"action": each, "reason": {"effect": "allow", **reason}} for each in actions],
    }
