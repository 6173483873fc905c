"""The table of families."""

from __future__ import annotations

from storepact.families import persistent_store
from storepact.family import Family

FAMILIES: dict[str, Family] = {"persistent-store": persistent_store.FAMILY}

DEFAULT = FAMILIES["persistent-store"]
