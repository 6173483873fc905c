"""Keep the stores of all integrations that are on in step: one worker for each of them."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterable
from functools import partial

from storepact.families.persistent_store.provider.resource import Integration
from storepact.families.persistent_store.provider.sync.book import Place, SegmentBook
from storepact.families.persistent_store.provider.sync.names import WritingRules
from storepact.families.persistent_store.provider.sync.status import SyncStatus
from storepact.families.persistent_store.provider.sync.worker import StoreWorker, now_ms
from storepact.families.persistent_store.provider.sync.writer import (
    Patch,
    StoreAccess,
    StoreFailed,
    StoreWriter,
)
from storepact.model.tree import Json


class Synchronizer:
    """The workers of one mock. Its methods are called by one thread."""

    def __init__(self, book: SegmentBook, interval: float, access: StoreAccess) -> None:
        """Begin without workers; `interval` is the time between heartbeats in seconds."""
        self.book, self.interval, self.access = book, interval, access
        self.rules = WritingRules()
        self._workers: dict[str, tuple[Integration, StoreWorker]] = {}
        self._last: dict[str, SyncStatus] = {}
        """The status of integrations that are off, by id."""

    def reconcile(self, integrations: Iterable[Integration]) -> None:
        """Start and stop workers, so that there is one for each integration that is on."""
        existing = {integration.id: integration for integration in integrations}
        for identifier, (before, worker) in [*self._workers.items()]:
            after = existing.get(identifier)
            if after is None or not after.on or after.config != before.config:
                self._stop(before, worker, is_deleted=after is None)
        self._last = {key: status for key, status in self._last.items() if key in existing}
        for integration in existing.values():
            if integration.on and integration.id not in self._workers:
                self._start(integration)

    def _start(self, integration: Integration) -> None:
        worker = StoreWorker(
            connect=partial(self._connect, integration),
            patches_after=partial(self.book.after, integration.location[:2]),
            rules=self.rules,
            interval=self.interval,
            status=self._last.pop(integration.id, SyncStatus()),
        )
        self._workers[integration.id] = (integration, worker)
        worker.start()

    def _stop(self, integration: Integration, worker: StoreWorker, *, is_deleted: bool) -> None:
        if not self.rules.obeys_switch:
            return
        worker.stop()
        del self._workers[integration.id]
        self._last[integration.id] = worker.status.after_stop()
        if is_deleted and not self.rules.keeps_others:
            with contextlib.suppress(StoreFailed):
                self._connect(integration).remove_all()

    def restart(self, access: StoreAccess) -> None:
        """Reach stores in another way from now on."""
        self.access = access
        running = [integration for integration, _ in self._workers.values()]
        self.stop()
        self.reconcile(running)

    def stop(self) -> None:
        """Stop every worker; what they left in stores stays."""
        for _, worker in self._workers.values():
            worker.stop()
        self._workers, self._last = {}, {}

    def add(self, place: Place, patch: Patch) -> str:
        """Keep a patch, and have it written; returns its version."""
        version = self.book.add(place, patch)
        for integration, worker in self._workers.values():
            if integration.location[:2] == place:
                worker.wake()
        return version

    def status_of(self, integration: Integration) -> dict[str, Json]:
        """Return `_status` of an integration."""
        running = self._workers.get(integration.id)
        status = running[1].status if running else self._last.get(integration.id, SyncStatus())
        return status.render(now_ms(), self.interval, on=integration.on)

    def _connect(self, integration: Integration) -> StoreWriter:
        """Return a writer for the store of an integration.

        Raises:
            StoreFailed: it may not be contacted, or its config cannot be used.

        """
        if self.access.only_loopback and not self._is_local(integration):
            raise StoreFailed(403, "this mock writes to stores of its own machine only")
        try:
            if integration.kind == "redis":
                from storepact.families.persistent_store.provider.sync.redis_writer import RedisWriter

                return RedisWriter(integration.config, self.access, self.rules)
            from storepact.families.persistent_store.provider.sync.dynamodb_writer import DynamoDBWriter

            return DynamoDBWriter(integration.config, self.access, self.rules)
        except ImportError:
            raise StoreFailed(500, "the mock lacks the driver of this store") from None
        except (KeyError, TypeError, ValueError):
            raise StoreFailed(400, "the config of the store cannot be used") from None

    def _is_local(self, integration: Integration) -> bool:
        if integration.kind != "redis":
            return self.access.dynamodb is not None
        try:
            return ipaddress.ip_address(str(integration.config.get("host"))).is_loopback
        except ValueError:
            return False
