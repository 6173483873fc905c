"""A transport that sends the head of a response together with its body: one call of the system, not two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class JoinedWrites:
    """Stands before the transport of a connection. `awaits_body` is whether what is written now is a head."""

    def __init__(self, transport: asyncio.Transport, awaits_body: Callable[[], bool]) -> None:
        self._transport, self._awaits_body = transport, awaits_body
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send bytes; the head of a response waits for what follows."""
        if self._head:
            data, self._head = self._head + data, b""
        elif self._awaits_body():
            self._head = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send a head that nothing follows."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """Close the connection when everything is sent."""
        self.flush()
        self._transport.close()
