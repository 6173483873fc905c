"""The members of config as the oracle reads them from the manifests (D5, D15): defaults, and which are secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storepact.families.persistent_store.oracle.world import Secret
from storepact.transport.redaction import Redacted

#: The default that the manifest names; `None` if it names none.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "redis": {"host": None, "port": "6379", "username": "", "password": "", "tlsEnabled": False},
    "dynamodb": {"tableName": None, "region": None, "roleArn": None, "externalId": None},
}

SECRET = "password"

#: What the provider may make up by itself.
GENERATED = frozenset({"externalId"})


def given(config: Mapping[str, Any], kind: str, before: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The members of a written config that must be shown: unknown ones are never kept, null is absent, a port is text.

    A secret becomes a `Secret` of this number; one that is written back as it was shown stays the one in `before`.
    """
    found: dict[str, Any] = {}
    for name, value in config.items():
        if name not in DEFAULTS[kind] or value is None:
            continue
        if name == SECRET:
            if isinstance(value, Redacted):
                if name in before:
                    found[name] = before[name]
            elif value != "":
                found[name] = Secret(number)
        elif name == "port" and isinstance(value, int):
            found[name] = str(value)
        else:
            found[name] = value
    return found


def same_config(one: Mapping[str, Any], other: Mapping[str, Any], kind: str) -> bool | None:
    """Whether two given configs come to the same; None where the documents leave that open."""
    if one == other:
        return True
    mine, theirs = (
        {**{name: value for name, value in DEFAULTS[kind].items() if value is not None}, **each}
        for each in (one, other)
    )
    open_ended = {
        name for name in (SECRET, *GENERATED) if (name in one) != (name in other)
    }  # left out: kept or dropped, as it likes
    plain = mine.keys() | theirs.keys()
    different = {name for name in plain - open_ended if mine.get(name) != theirs.get(name)}
    return False if different else None  # None, too, for a default that is written out
