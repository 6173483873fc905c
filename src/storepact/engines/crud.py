"""The functions of a family whose API creates, reads, updates and deletes resources by their id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from storepact.model.api import Api, Scope
from storepact.openapi.operation import Operation


def crud_roles(api: Api, base_path: str) -> Callable[[Operation], str | None]:
    """A `Family.role_of` by method, and by whether the path under `base_path` names a resource."""
    roles = {
        ("GET", False): "list",
        ("POST", False): "create",
        ("GET", True): "get",
        ("PATCH", True): "update",
        ("PUT", True): "update",
        ("DELETE", True): "delete",
    }

    def role_of(operation: Operation) -> str | None:
        if not operation.path.startswith(base_path):
            return None
        return roles.get((operation.method, operation.path.endswith(f"{{{api.id_parameter}}}")))

    return role_of


def crud_path_values(api: Api) -> Callable[[Scope, str | None, str | None], Mapping[str, str]]:
    """A `Family.path_values` from the scope, the kind and the id."""

    def path_values(scope: Scope, kind: str | None, identifier: str | None) -> Mapping[str, str]:
        values = dict(zip(api.scope_parameters, scope.keys, strict=True))
        if api.kind_parameter is not None:
            values[api.kind_parameter] = kind or ""
        return {**values, api.id_parameter: identifier or ""}

    return path_values


def crud_resource_id(api: Api) -> Callable[[Any], str | None]:
    """A `Family.resource_id` that reads the API's id member."""

    def resource_id(resource: Any) -> str | None:
        identifier = resource.get(api.id_member) if isinstance(resource, Mapping) else None
        return identifier if isinstance(identifier, str) and identifier else None

    return resource_id


def crud_belongs_to(api: Api) -> Callable[[Any, Scope, str], bool]:
    """A `Family.belongs_to` that compares the members with the names of the scope's parameters."""

    def belongs_to(resource: Any, scope: Scope, kind: str) -> bool:
        if not isinstance(resource, Mapping):
            return False
        values = dict(zip(api.scope_parameters, scope.keys, strict=True))
        if api.kind_parameter is not None:
            values[api.kind_parameter] = kind
        return all(resource.get(name) == value for name, value in values.items())

    return belongs_to
