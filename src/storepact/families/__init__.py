"""The table of families: the APIs that storepact tests. Other packages add theirs by an entry point."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from storepact.model.errors import UnknownName, UsageError
from storepact.model.paths import data_path

if TYPE_CHECKING:
    from storepact.engines.family import Family
    from storepact.mock.definition import MockDefinition

    FAMILIES: dict[str, Family]
    DEFAULT_FAMILY: Family

#: The group of entry points that other packages register families in: `name = "module:FAMILY"`.
ENTRY_POINTS = "storepact.families"

#: The names of `FAMILIES`, the usual one first: options need no more.
FAMILY_NAMES = ("persistent-store",)


def __getattr__(name: str) -> Any:
    """The families, and the usual one of them: loaded when they are used, for they import the oracle."""
    if name not in ("FAMILIES", "DEFAULT_FAMILY"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from storepact.families.persistent_store import FAMILY

    families = {FAMILY.name: FAMILY}
    globals().update(FAMILIES=families, DEFAULT_FAMILY=FAMILY)
    return globals()[name]


def find_family(name: str | None = None) -> Family:
    """The family of this name, from the table or from an installed package; without a name the usual one.

    Raises:
        UnknownName: there is none; the nearest is named.

    """
    families: dict[str, Family] = globals().get("FAMILIES") or __getattr__("FAMILIES")
    if name is None or name in families:
        return families[name or FAMILY_NAMES[0]]
    from importlib.metadata import entry_points

    installed = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    if name not in installed:
        raise UnknownName("family", name, [*families, *installed])
    family: Family = installed[name].load()
    return family


def require_mock(family: str | None) -> None:
    """Make sure that a family has a mock.

    Raises:
        UsageError: it has none.

    """
    if family not in (None, *FAMILY_NAMES):
        raise UsageError(f"the family {family!r} has no mock: name a target with --target")


def mock_document(family: str | None = None) -> Path:
    """The OpenAPI document that ships for a mock; the rest of the family is not loaded.

    Raises:
        UsageError: the family has no mock.

    """
    require_mock(family)
    from storepact.families.persistent_store.api import DOCUMENT

    return data_path("openapi", DOCUMENT)


def mock_definition(family: str | None = None) -> MockDefinition:
    """What the mock of a family is made of; the gate's side never uses it.

    Raises:
        UsageError: the family has no mock.

    """
    require_mock(family)
    from storepact.families.persistent_store.provider.definition import DEFINITION

    return DEFINITION
