"""The members of config: defaults (D5, D15), secrets (D28), and what is kept of a write (D9, D10, D23)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from storepact.families.persistent_store.oracle.world import Secret
from storepact.model.form import Redacted
from storepact.model.tree import Json

#: The default that the manifest names; `None` if it names none.
DEFAULTS: Mapping[str, Mapping[str, Json]] = {
    "redis": {"host": None, "port": "6379", "username": "", "password": "", "tlsEnabled": False},
    "dynamodb": {"tableName": None, "region": None, "roleArn": None, "externalId": None},
}

SECRET = "password"  # noqa: S105

#: Members that the provider may generate.
GENERATED = frozenset({"externalId"})


def kept_members(
    config: Mapping[str, Json], kind: str, previous: Mapping[str, Json], number: int
) -> dict[str, Json]:
    """The members of a written config that must be shown: without unknown ones and nulls, a port as text.

    A secret becomes a `Secret` of this number; one that is written back redacted stays the one in `previous`.
    """
    kept: dict[str, Json] = {}
    for name, value in config.items():
        if name not in DEFAULTS[kind] or value is None:
            continue
        if name == SECRET:
            if isinstance(value, Redacted):
                if name in previous:
                    kept[name] = previous[name]
            elif value != "":
                kept[name] = Secret(number)
        elif name == "port" and isinstance(value, int):
            kept[name] = str(value)
        else:
            kept[name] = value
    return kept


def kept_tags(tags: Iterable[Json]) -> tuple[Json, ...]:
    """The tags of a write that must be shown: a null that is accepted is absent (D23)."""
    return tuple(tag for tag in tags if tag is not None)


def are_equivalent(before: Mapping[str, Json], after: Mapping[str, Json], kind: str) -> bool | None:
    """Whether two kept configs mean the same; None where the documents leave that open."""
    if before == after:
        return True
    defaults = {name: value for name, value in DEFAULTS[kind].items() if value is not None}
    whole_before, whole_after = {**defaults, **before}, {**defaults, **after}
    # these may be kept or dropped when a write leaves them out
    undecided = {name for name in (SECRET, *GENERATED) if (name in before) != (name in after)}
    decided = (whole_before.keys() | whole_after.keys()) - undecided
    if any(whole_before.get(name) != whole_after.get(name) for name in decided):
        return False
    return None  # also where a default is written out
