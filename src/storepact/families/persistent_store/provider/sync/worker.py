"""The thread that keeps the store of one integration in step."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from storepact.families.persistent_store.provider.sync.names import WritingRules
from storepact.families.persistent_store.provider.sync.status import SyncStatus
from storepact.families.persistent_store.provider.sync.writer import (
    Patch,
    StoreFailed,
    StoreWriter,
    VersionMoved,
)

#: The pause after the first failure, as a part of the time between heartbeats; it doubles up to the whole.
_FIRST_PAUSE = 1 / 16


def now_ms() -> int:
    """Return the present, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass
class StoreWorker:
    """Writes patches and heartbeats until it is stopped; after `stop` has returned nothing is written."""

    connect: Callable[[], StoreWriter]
    patches_after: Callable[[str | None], Iterator[tuple[str, Patch]]]
    rules: WritingRules
    interval: float
    """Seconds between heartbeats."""
    status: SyncStatus = field(default_factory=SyncStatus)
    _writer: StoreWriter | None = None
    _failures: int = 0
    _stopped: bool = False
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _wake: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to write, in a thread of its own that ends with the process."""
        threading.Thread(target=self._run, daemon=True, name="storepact-sync").start()

    def wake(self) -> None:
        """Look for new patches now."""
        self._wake.set()

    def stop(self) -> None:
        """Stop: wait for the write that has begun, and begin no other."""
        with self._writing:
            self._stopped = True
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            pause = self.turn()
            self._wake.wait(pause)
        if self._writer is not None:
            self._writer.close()

    def turn(self) -> float:
        """Bring the store in step once; returns the seconds until the next time."""
        try:
            self._synchronize()
        except VersionMoved:  # another writer was faster: look again
            return self._pause()
        except StoreFailed as failure:
            return self._fail(failure)
        except Exception as error:
            return self._fail(StoreFailed(500, f"the store cannot be written ({type(error).__name__})"))
        self._failures = 0
        return self.interval

    def _fail(self, failure: StoreFailed) -> float:
        """Show a failure, and begin with a new connection after the pause that is returned."""
        self._close()
        if self.rules.admits_failure:
            self.status = self.status.after_failure(failure, now_ms())
        return self._pause()

    def _synchronize(self) -> None:
        writer = self._writer = self._writer or self.connect()
        version = writer.read_version()
        for following, patch in self.patches_after(version):
            with self._writing:
                if self._stopped:
                    return
                writer.apply(patch, following, version)
            version = following if self.rules.version(following) == following else writer.read_version()
        now = now_ms()
        with self._writing:
            if self._stopped:
                return
            if self.rules.heartbeats:
                writer.write_heartbeat(now)
        self.status = self.status.after_success(now)

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _pause(self) -> float:
        """Return the seconds until the next attempt: longer after each failure, and never quite the same."""
        self._failures += 1
        whole = self.interval * min(1.0, _FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10))
        return whole * random.uniform(0.8, 1.0)  # noqa: S311 - only spreads attempts
