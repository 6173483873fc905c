"""What the two sides of a relay have in common: a connection whose heads are bounded."""

from __future__ import annotations

import asyncio
from typing import cast

from storepact.transport.relay_exchange import LONGEST_HEAD


class RelayConnection(asyncio.Protocol):
    """One connection of a relay, to a client or to the target; once it is lost, nothing is sent any more."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._head_size = 0
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is established."""
        self._transport = cast("asyncio.Transport", transport)

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if not self.is_lost:
            self._transport.write(data)

    def pause_reading(self) -> None:
        """Read no more for now."""
        if not self.is_lost:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if not self.is_lost:
            self._transport.resume_reading()

    def _count_head(self, size: int) -> None:
        """Count bytes of a head; the parser reports the error as one of its own."""
        self._head_size += size
        if self._head_size > LONGEST_HEAD:
            raise ValueError("the head is too long")
