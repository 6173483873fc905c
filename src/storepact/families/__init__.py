"""The table of families, and the definition of their mocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storepact.engines.family import Family
from storepact.families import persistent_store

if TYPE_CHECKING:
    from storepact.mock.definition import MockDefinition

FAMILIES: dict[str, Family] = {"persistent-store": persistent_store.FAMILY}

DEFAULT_FAMILY = FAMILIES["persistent-store"]


def mock_definition() -> MockDefinition:
    """What the default family's mock is made of; the gate's side never asks for it."""
    from storepact.families.persistent_store.provider.definition import DEFINITION

    return DEFINITION
