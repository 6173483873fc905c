"""All that the generic mock needs to become this API."""

from __future__ import annotations

from storepact.families.persistent_store.layout import BASE
from storepact.families.persistent_store.standin.choices import Choices
from storepact.families.persistent_store.standin.faults import FAULTS
from storepact.families.persistent_store.standin.provider import StoreProvider
from storepact.families.persistent_store.standin.storage import Storage
from storepact.mock.standin import Kit

KIT = Kit(
    choices=Choices,
    faults=FAULTS,
    storage=Storage,
    provider=StoreProvider,
    greeting="projects: default (environments production, test), sandbox (test)",
    start=BASE,
)
