"""Writes at the same moment: the choice to refuse all but one of them (D30)."""

from __future__ import annotations

import time
from collections.abc import Mapping

from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.gates import Context, Gate, GatedProvider
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer

#: Seconds for which an update or delete holds its integration: writes at the same moment overlap.
_HOLD = 0.005


class OneWriter(Layer):
    """Refuses updates and deletes that arrive while another one holds the integration."""

    def __init__(self, provider: StoreProvider) -> None:
        self._held_until: dict[str, float] = {}
        self._refused: set[int] = set()
        self._is_refused = False
        gates: Mapping[str, Gate] = {**provider.gates, "undisturbed": self._check}
        provider.gates = gates

    def on_request(self, request: MockRequest) -> float:
        """Hold the integration for this write, or note that another one does."""
        if request.method not in ("PATCH", "DELETE") or not request.path.startswith(BASE):
            return 0.0
        now = time.monotonic()
        if now < self._held_until.get(request.path, 0.0):
            self._refused.add(id(request))
            return 0.0
        self._held_until[request.path] = now + _HOLD
        return _HOLD

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        """Let the gate refuse a write that came too late; one that held its integration releases it."""
        self._is_refused = id(request) in self._refused
        self._refused.discard(id(request))
        if not self._is_refused:
            self._held_until.pop(request.path, None)
        return inner(request)

    def _check(self, provider: GatedProvider, context: Context) -> None:
        if self._is_refused:
            raise MockRefusal(409, "conflict", "another request is changing this integration")
