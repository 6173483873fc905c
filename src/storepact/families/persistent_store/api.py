"""Where things are in this API: its paths and kinds, known to both the gate's side and the mock's."""

from __future__ import annotations

import re

from storepact.openapi.document import Operation

KINDS = ("redis", "dynamodb")
BASE = "/api/v2/integration-capabilities/big-segment-store"
ID_PATH = ("projectKey", "environmentKey", "integrationKey", "integrationId")


def role_of(operation: Operation) -> str | None:
    """list, create, get, update or delete, by verb and shape of the path, whatever the document calls them."""
    names = re.findall(r"\{(\w+)\}", operation.path)
    if not operation.path.startswith(BASE) or tuple(names) != ID_PATH[: len(names)]:
        return None
    return {
        ("GET", 0): "list",
        ("POST", 3): "create",
        ("GET", 4): "get",
        ("PATCH", 4): "update",
        ("DELETE", 4): "delete",
    }.get((operation.method, len(names)))
