"""A model of the Terraform resource `launchdarkly_big_segment_store_integration`: its HTTP requests.

It is not the provider's code, which is written in Go: it sends the same requests as the public source, and
reads the same members. It never reads `config`, which is redacted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

BASE = "/api/v2/integration-capabilities/big-segment-store"

#: Members of a response that become state, by the names of the resource.
READ = {
    "id": "_id",
    "project_key": "projectKey",
    "environment_key": "environmentKey",
    "integration_key": "integrationKey",
    "name": "name",
    "on": "on",
    "tags": "tags",
    "version": "version",
}

#: What a plan may change in place.
CHANGEABLE = ("name", "on", "config", "tags")


class TerraformModel:
    """The resource's create, read, update and delete; any refusal but 404 raises httpx.HTTPStatusError."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": token, "LD-API-Version": "beta"})

    def __enter__(self) -> TerraformModel:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def create(
        self, project: str, environment: str, kind: str, plan: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Create, take the id from the response, then read."""
        response = self._http.post(f"{BASE}/{project}/{environment}/{kind}", json=plan).raise_for_status()
        return self.read(project, environment, kind, response.json()["_id"])

    def read(self, project: str, environment: str, kind: str, identifier: str) -> dict[str, Any] | None:
        """The state; None if it is gone and has to be created again."""
        response = self._http.get(f"{BASE}/{project}/{environment}/{kind}/{identifier}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        body = response.raise_for_status().json()
        return {name: body[member] for name, member in READ.items()}

    def update(
        self,
        project: str,
        environment: str,
        kind: str,
        identifier: str,
        state: Mapping[str, Any],
        plan: Mapping[str, Any],
    ) -> dict[str, Any] | None:
        """Patch what the plan changes, then read."""
        changed = [name for name in CHANGEABLE if name in plan and plan[name] != state.get(name)]
        patch = [{"op": "replace", "path": f"/{name}", "value": plan[name]} for name in changed]
        self._http.patch(f"{BASE}/{project}/{environment}/{kind}/{identifier}", json=patch).raise_for_status()
        return self.read(project, environment, kind, identifier)

    def delete(self, project: str, environment: str, kind: str, identifier: str) -> None:
        """Delete; a missing resource counts as deleted."""
        response = self._http.delete(f"{BASE}/{project}/{environment}/{kind}/{identifier}")
        if response.status_code != httpx.codes.NOT_FOUND:
            response.raise_for_status()
