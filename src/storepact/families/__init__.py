"""The table of families: the APIs that storepact tests. Other packages add theirs by an entry point."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from storepact.engines.family import Family
from storepact.families import persistent_store
from storepact.model.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from storepact.mock.definition import MockDefinition

#: The group of entry points that other packages register families in: `name = "module:FAMILY"`.
ENTRY_POINTS = "storepact.families"

FAMILIES: dict[str, Family] = {"persistent-store": persistent_store.FAMILY}

DEFAULT_FAMILY = FAMILIES["persistent-store"]


def find_family(name: str | None = None) -> Family:
    """The family of this name, from the table or from an installed package; without a name the usual one.

    Raises:
        UnknownName: there is none; the nearest is named.

    """
    if name is None:
        return DEFAULT_FAMILY
    if name in FAMILIES:
        return FAMILIES[name]
    installed = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    if name not in installed:
        raise UnknownName("family", name, [*FAMILIES, *installed])
    family: Family = installed[name].load()
    return family


def require_mock(family: str | None) -> None:
    """Make sure that a family has a mock.

    Raises:
        UsageError: it has none.

    """
    if family not in (None, DEFAULT_FAMILY.name):
        raise UsageError(f"the family {family!r} has no mock: name a target with --target")


def mock_definition(family: str | None = None) -> MockDefinition:
    """What the mock of a family is made of; the gate's side never uses it.

    Raises:
        UsageError: the family has no mock.

    """
    require_mock(family)
    from storepact.families.persistent_store.provider.definition import DEFINITION

    return DEFINITION
