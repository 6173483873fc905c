"""All that the generic mock needs to become this API."""

from __future__ import annotations

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.faults import FAULTS
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.storage import Storage
from storepact.mock.definition import MockDefinition

KIT = MockDefinition(
    choices=Choices,
    faults=FAULTS,
    storage=Storage,
    provider=StoreProvider,
    greeting="projects: default (environments production, test), sandbox (test)",
    start=BASE,
)
