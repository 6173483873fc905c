"""An integration as the mock stores it and as it renders it."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.form import DEFAULT_NAME, DEFAULTS, FORM, SECRETS
from storepact.model.tree import Json
from storepact.model.values import lean_value

#: The members that a patch may change.
EDITABLE = ("config", "on", "name", "tags")

_NEVER = -62_135_596_800_000
_STATUS: Mapping[str, Mapping[str, Json]] = {
    "empty": {},
    "zero": {"available": False, "potentiallyStale": True, "lastSync": 0, "lastError": 0, "errors": []},
    "negative": {"available": False, "potentiallyStale": True, "lastSync": _NEVER, "lastError": _NEVER},
}


@lean_value(frozen=True)
class Integration:
    """One integration, secrets in the clear. `created` is in epoch milliseconds, `config` as it was sent."""

    id: str
    project: str
    environment: str
    kind: str
    config: Mapping[str, Json]
    on: bool
    name: str
    tags: tuple[str, ...]
    version: int
    created: int

    @property
    def path(self) -> str:
        """The path of this integration, without the host."""
        return f"{BASE}/{self.project}/{self.environment}/{self.kind}/{self.id}"

    @property
    def location(self) -> tuple[str, str, str]:
        """Project, environment and kind."""
        return self.project, self.environment, self.kind

    @property
    def secrets(self) -> list[str]:
        """The secrets in its config, which no response may contain."""
        return [
            value
            for name, value in self.config.items()
            if name in SECRETS and isinstance(value, str) and value
        ]

    def with_body(self, body: Mapping[str, Json], choices: Choices) -> Integration:
        """Return the integration after an update; a redacted secret stands for the stored one."""
        config = body.get("config")
        config = dict(config) if isinstance(config, Mapping) else {}
        if self.config and config == redact_config(self.kind, self.config, choices):
            config = dict(self.config)
        for name in SECRETS & self.config.keys():
            if choices.redaction == "absent":
                config.setdefault(name, self.config[name])
            elif name in config and config[name] == redact_secret(self.config[name], choices):
                config[name] = self.config[name]
        return replace(
            self,
            config=config,
            on=body.get("on", False),
            name=body["name"] if "name" in body else _default_name(self, choices),
            tags=tuple(body.get("tags") or ()),
        )

    def differs_from(self, before: Integration) -> bool:
        """Whether an update from `before` to this had an effect; a default counts like a missing member."""
        if {**DEFAULTS[self.kind], **self.config} != {**DEFAULTS[before.kind], **before.config}:
            return True
        return (self.on, self.name, self.tags) != (before.on, before.name, before.tags)


def create_integration(
    project: str, environment: str, kind: str, body: Mapping[str, Json], choices: Choices
) -> Integration:
    """Make a new integration from a valid body."""
    blank = Integration(
        _new_id(choices), project, environment, kind, {}, False, "", (), 1, int(time.time() * 1000)
    )
    return blank.with_body(body, choices)


def _new_id(choices: Choices) -> str:
    match choices.ids:
        case "uuid":
            return str(uuid.uuid4())
        case "short":
            return secrets.token_urlsafe(8).replace("-", "a").replace("_", "b")
    return secrets.token_hex(12)


def _default_name(integration: Integration, choices: Choices) -> str:
    kind = DEFAULT_NAME[integration.kind]
    names = {"kind": kind, "empty": "", "numbered": f"{kind} {integration.created % 100_000}"}
    return names[choices.default_name]


def redact_secret(secret: Json, choices: Choices) -> Json:
    """Return a secret as a response may show it: by default stars between three characters."""
    if not secret or not isinstance(secret, str):
        return secret
    if choices.redaction == "fixed":
        return "<redacted>"
    if choices.redaction == "last-four":
        return f"********{secret[-4:]}"
    edges = choices.redaction == "edges" and len(secret) >= 12
    return f"{secret[:3]}********{secret[-3:]}" if edges else "********"


def redact_config(kind: str, config: Mapping[str, Json], choices: Choices) -> dict[str, Json]:
    """Return a config as a response may show it: defaults filled in and secrets redacted, as chosen."""
    full = {**DEFAULTS[kind], **config} if choices.defaults == "filled" else dict(config)
    if choices.redaction == "absent":
        return {name: value for name, value in full.items() if name not in SECRETS}
    return {name: redact_secret(value, choices) if name in SECRETS else value for name, value in full.items()}


def editable_members(integration: Integration, choices: Choices) -> dict[str, Json]:
    """Return the members that a patch may change, secrets redacted as in a response."""
    config = redact_config(integration.kind, integration.config, choices)
    return {"config": config, "on": integration.on, "name": integration.name, "tags": list(integration.tags)}


def render(
    integration: Integration, choices: Choices, *, reads_only: bool, where: str = "get"
) -> dict[str, Json]:
    """Return an integration as JSON; `where` is get, list or write (the response to a create or update)."""
    project = f"/api/v2/projects/{integration.project}"
    body: dict[str, Json] = {
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
        "config": redact_config(integration.kind, integration.config, choices),
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
    """Return a link to a path on this host."""
    return {"href": href, "type": "application/json"} if choices.link_type == "present" else {"href": href}


def _status(integration: Integration, choices: Choices) -> dict[str, Json]:
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
def _access(reads_only: bool, *, named: bool) -> dict[str, Json]:
    actions = ("updateIntegration", "deleteIntegration")
    reason: dict[str, Json] = {"resources": ["proj/*:env/*:integration/*"], "actions": list(actions)}
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
        "allowed": allowed
        + [{"action": action, "reason": {"effect": "allow", **reason}} for action in actions],
    }
