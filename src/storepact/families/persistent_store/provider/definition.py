"""What the generic mock needs to serve this API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from storepact.families.persistent_store.api import API, BASE, DOCUMENT
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.faults import FAULTS
from storepact.families.persistent_store.provider.headers import RATE_LIMITS
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.families.persistent_store.provider.simultaneous import OneWriter
from storepact.families.persistent_store.provider.storage import MemoryStorage, Storage
from storepact.families.persistent_store.provider.sync.book import SegmentBook
from storepact.families.persistent_store.provider.sync.commands import run_command
from storepact.families.persistent_store.provider.sync.synchronizer import Synchronizer
from storepact.families.persistent_store.provider.sync.writer import StoreAccess
from storepact.mock.choices import choices_of, make_choices
from storepact.mock.definition import MockDefinition, SyncOptions
from storepact.mock.exchange import MockRefusal, MockResponse
from storepact.mock.faults import Layer, select_faults
from storepact.mock.tokens import Tokens


def _open_storage(path: Path | None) -> Storage:
    """Open a file, or memory for None.

    Raises:
        UsageError: the file cannot be used; it is left as it was.

    """
    if path is None:
        return MemoryStorage()
    from storepact.families.persistent_store.provider.file_storage import FileStorage

    return FileStorage(path)


class StoreBackend:
    """The integrations of one mock. Implements `mock.definition.Backend`."""

    def __init__(self, data: Path | None, tokens: Tokens, sync: SyncOptions | None = None) -> None:
        """Open a file, or memory for None; with `sync`, stores are written.

        Raises:
            UsageError: the file cannot be used.

        """
        self._storage, self._tokens = _open_storage(data), tokens
        self._synchronizer: Synchronizer | None = None
        if sync is not None:
            access = StoreAccess(only_loopback=sync.only_loopback)
            self._synchronizer = Synchronizer(SegmentBook(self._storage), sync.interval, access)

    def make_provider(
        self, choices: Mapping[str, str], faults: Sequence[str]
    ) -> tuple[StoreProvider, Sequence[Layer]]:
        """Make a provider with these choices, and the layers of these faults for it.

        Raises:
            UnknownName: there is no such choice, value or fault.

        """
        selection = select_faults(FAULTS, faults)
        provider = StoreProvider(
            self._tokens, self._storage, make_choices(Choices, choices), self._synchronizer
        )
        layers = [fault.layer(provider) for fault in selection]
        provider.keeps_texts = provider.keeps_texts and not selection
        if provider.choices.simultaneous == "refused":
            layers.insert(0, OneWriter(provider))
        provider.start_synchronizer()
        return provider, layers

    def run_command(self, command: str, body: bytes) -> MockResponse:
        """Run a command about stores.

        Raises:
            MockRefusal: this mock writes no stores, or the command cannot be run.

        """
        if self._synchronizer is None:
            raise MockRefusal(404, "not_found", "this mock writes no stores: start it with --sync")
        return run_command(self._synchronizer, command, body)


DEFINITION = MockDefinition(
    document=DOCUMENT,
    choices=choices_of(Choices),
    faults=FAULTS,
    open=StoreBackend,
    request_headers=API.headers,
    limit_headers=RATE_LIMITS,
    volatile_members=frozenset({"_id", "id", "message", "timestamp", "resources", "_access"}),
    contents="projects: default (environments production, test), sandbox (test)",
    example_path=BASE,
    sync_drivers=("redis", "boto3"),
)
