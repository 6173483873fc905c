"""Where things are in this API: its paths and kinds, known to both the gate's side and the mock's."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from storepact.model.api import Api
from storepact.openapi.operation import Operation

if TYPE_CHECKING:
    from storepact.model.api import Scope

#: The file name of the OpenAPI document.
DOCUMENT = "persistent-store-integrations.yaml"

KINDS = ("redis", "dynamodb")
BASE = "/api/v2/integration-capabilities/big-segment-store"
ID_PATH = ("projectKey", "environmentKey", "integrationKey", "integrationId")

API = Api(
    resource="integration",
    headers={"LD-API-Version": "beta"},
    id_member="_id",
    list_member="items",
    id_parameter="integrationId",
    version_member="version",
    kind_parameter="integrationKey",
    scope_parameters=("projectKey", "environmentKey"),
    default_scopes=(("default", "test"), ("default", "development")),
    local_scopes=(("default", "production"),),
    mock_scopes=(("default", "test"), ("default", "production"), ("sandbox", "test")),
    scope_nouns=("project", "environment"),
    secret_members=frozenset({"password"}),
    placeholders={
        "projectKey": "storepact-project",
        "environmentKey": "storepact-environment",
        "integrationKey": "storepact-kind",
        "integrationId": "storepact-id",
    },
    parameter_aliases={
        "projectKey": ("projectkey", "project", "project_key"),
        "environmentKey": ("environmentkey", "environment", "env", "environment_key"),
        "integrationKey": ("integrationkey", "kind", "type", "integration_key"),
        "integrationId": ("integrationid", "id", "_id", "integration_id", "storeid"),
    },
    state_members=("name", "on", "tags", "config"),
    summary_members=("name", "on", "tags", "config", "version"),
    hosts={
        "commercial": "https://app.launchdarkly.com",
        "federal": "https://app.launchdarkly.us",
        "eu": "https://app.eu.launchdarkly.com",
    },
    error_statuses={
        "unauthorized": frozenset({401, 403}),
        "forbidden": frozenset({401, 403}),
        "not_found": frozenset({400, 404, 405}),
        "optimistic_locking_error": frozenset({400, 409, 422}),
        "rate_limited": frozenset({429}),
    },
    error_members=frozenset({"code", "message"}),
    conflict_note=(
        "the environment holds an integration already, "
        "and whether it may hold several is not documented (D19)"
    ),
)
"""What the machinery has to know about this API by name."""


def project_of(scope: Scope) -> str:
    """The project's key in a scope."""
    return scope.keys[0]


def environment_of(scope: Scope) -> str:
    """The environment's key in a scope."""
    return scope.keys[1]


def role_of(operation: Operation) -> str | None:
    """list, create, get, update or delete, by method and path, whatever the document calls them."""
    return _role(operation.method, operation.path)


@lru_cache(256)
def _role(method: str, path: str) -> str | None:
    names = re.findall(r"\{(\w+)\}", path)
    if not path.startswith(BASE) or tuple(names) != ID_PATH[: len(names)]:
        return None
    return {
        ("GET", 0): "list",
        ("POST", 3): "create",
        ("GET", 4): "get",
        ("PATCH", 4): "update",
        ("DELETE", 4): "delete",
    }.get((method, len(names)))
