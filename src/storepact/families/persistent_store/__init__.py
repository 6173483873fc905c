"""Persistent store integrations: the Redis and DynamoDB stores behind big segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storepact.engines.family import Family

    FAMILY: Family


def __getattr__(name: str) -> Any:
    """The family, loaded when it is used: the mock needs neither its oracle nor its scenarios."""
    if name != "FAMILY":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from storepact.families.persistent_store.family import FAMILY

    globals().update(FAMILY=FAMILY)
    return FAMILY
