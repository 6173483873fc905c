"""An integration as the mock keeps it, checks it and shows it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from storepact.mock.app import Refusal
from storepact.spec.fragment import Fragment
from storepact.spec.validators import compiled

BASE = "/api/v2/integration-capabilities/big-segment-store"
SECRETS = ("password",)
_POST_SCHEMA = {"redis": "RedisPost", "dynamodb": "DynamoDbPost"}
_DEFAULT_NAME = {"redis": "Redis", "dynamodb": "DynamoDB"}
_DEFAULT_CONFIG: Mapping[str, Mapping[str, Any]] = {
    "redis": {"port": "6379", "username": "", "password": "", "tlsEnabled": False},
    "dynamodb": {},
}


@dataclass(frozen=True)
class Integration:
    """One integration, secrets in the clear. `created` is in epoch milliseconds."""

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

    def editable(self) -> dict[str, Any]:
        """The members that a patch may change, secrets redacted as a reader sees them."""
        return {"config": redacted(self.config), "on": self.on, "name": self.name, "tags": list(self.tags)}

    def with_body(self, body: Mapping[str, Any]) -> Integration:
        """The integration after an update: a redacted secret written back leaves the secret as it was."""
        config = {
            name: self.config[name] if name in SECRETS and name in self.config and value == redact(self.config[name]) else value
            for name, value in body["config"].items()
        }
        return replace(
            self,
            config={**_DEFAULT_CONFIG[self.kind], **config},
            on=body.get("on", False),
            name=body.get("name", _DEFAULT_NAME[self.kind]),
            tags=tuple(body.get("tags", ())),
        )


def created(identifier: str, project: str, environment: str, kind: str, body: Mapping[str, Any]) -> Integration:
    """A new integration from a valid body."""
    blank = Integration(identifier, project, environment, kind, {}, False, "", (), 1, int(time.time() * 1000))
    return blank.with_body(body)


def redact(secret: str) -> str:
    """Short secrets vanish; of long ones the first and last three characters stay, as seen on the live service."""
    if not secret:
        return ""
    return "********" if len(secret) < 12 else f"{secret[:3]}********{secret[-3:]}"


def redacted(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config as it may be shown."""
    return {name: redact(value) if name in SECRETS else value for name, value in config.items()}


def checked_body(fragment: Fragment, kind: str, body: Any) -> Mapping[str, Any]:
    """The body of a create, or of what a patch leads to, if it is valid.

    Raises:
        Refusal: 400, naming the member and the rule.

    """
    violations = compiled(fragment, f"/components/schemas/{_POST_SCHEMA[kind]}").violations(body)
    if violations:
        first = violations[0]
        place = ".".join(str(token) for token in (*first.path, *([first.member] if first.member else []))) or "the body"
        rule = {"required": "is required", "additionalProperties": f"is not a setting of {kind}"}.get(first.keyword)
        raise Refusal(400, "invalid_request", f"{place}: {rule or _plain(first.keyword, first.expected)}")
    assert isinstance(body, Mapping)
    return body


def _plain(keyword: str, expected: Any) -> str:
    sentences = {
        "type": f"must be a{'n' if str(expected)[:1] in 'aio' else ''} {expected}",
        "enum": f"must be one of {', '.join(map(str, expected)) if isinstance(expected, list) else expected}",
        "minLength": f"must have at least {expected} characters",
        "maxLength": f"must have at most {expected} characters",
        "maxItems": f"must have at most {expected} items",
        "pattern": f"must match {expected}",
    }
    return sentences.get(keyword, f"does not satisfy {keyword}")


def shown(integration: Integration, role: str) -> dict[str, Any]:
    """An integration as it is answered."""
    environment = f"/api/v2/projects/{integration.project}/environments/{integration.environment}"
    return {
        "_links": {
            "self": _link(integration.path),
            "parent": _link(BASE),
            "project": _link(f"/api/v2/projects/{integration.project}"),
            "environment": _link(environment),
        },
        "_id": integration.id,
        "integrationKey": integration.kind,
        "projectKey": integration.project,
        "environmentKey": integration.environment,
        "config": redacted(integration.config),
        "on": integration.on,
        "tags": list(integration.tags),
        "name": integration.name,
        "version": integration.version,
        "_status": {
            "available": integration.on,
            "potentiallyStale": False,
            "lastSync": integration.created,
            "lastError": 0,
            "errors": [],
        },
        "_access": _access(role),
    }


def _link(href: str) -> dict[str, str]:
    return {"href": href, "type": "application/json"}


def _access(role: str) -> dict[str, Any]:
    actions = ("updateIntegration", "deleteIntegration")
    reason = {"resources": ["proj/*:env/*:integration/*"], "actions": list(actions), "role_name": role}
    allowed = [{"action": "viewIntegration", "reason": {"effect": "allow", **reason}}]
    may = [{"action": action, "reason": {"effect": "allow", **reason}} for action in actions]
    may_not = [{"action": action, "reason": {"effect": "deny", **reason}} for action in actions]
    return {"denied": [], "allowed": allowed + may} if role == "writer" else {"denied": may_not, "allowed": allowed}
