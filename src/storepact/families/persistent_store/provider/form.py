"""The form variables of each kind of store, after the manifests (D5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from storepact.model.tree import Json
from storepact.model.values import lean_value


@lean_value(frozen=True)
class Variable:
    """One member of `config`. `contents` is the usual form of its value; `default` None is no default."""

    name: str
    type: type
    required: bool = False
    default: Json = None
    secret: bool = False
    contents: re.Pattern[str] | None = None


REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-south-1",
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "sa-east-1",
)  # fmt: skip

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}")

FORM: Mapping[str, tuple[Variable, ...]] = {
    "redis": (
        Variable("host", str, required=True, contents=_HOST),
        Variable("port", str, default="6379", contents=re.compile(r"[0-9]{1,5}")),
        Variable("username", str, default=""),
        Variable("password", str, default="", secret=True),
        Variable("tlsEnabled", bool, default=False),
    ),
    "dynamodb": (
        Variable("tableName", str, required=True, contents=re.compile(r"[A-Za-z0-9_.-]{3,255}")),
        Variable("region", str, required=True),
        Variable("roleArn", str, required=True, contents=_ROLE),
        Variable("externalId", str, contents=re.compile(r"[A-Za-z0-9+=,.@:/_-]{2,1224}")),
    ),
}  # fmt: skip

DEFAULT_NAME = {"redis": "Redis", "dynamodb": "DynamoDB"}

SECRETS = frozenset(variable.name for variables in FORM.values() for variable in variables if variable.secret)

#: The default of every optional member of a kind's config.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    kind: {variable.name: variable.default for variable in variables if variable.default is not None}
    for kind, variables in FORM.items()
}
