"""Faults: named regressions, applied as layers around an unchanged provider."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.model.errors import UnknownName
from storepact.model.values import lean_value


class Layer:
    """One layer around a provider. Its state, if it has any, begins empty."""

    def on_request(self, request: MockRequest) -> float:
        """Observe a request that was received; returns the seconds to wait before the response is made."""
        return 0.0

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        """Return the response to a request; `inner` makes the response without this layer."""
        return inner(request)


@lean_value(frozen=True)
class Fault:
    """A small regression, as a bad release has it. `caught_by` is the code of a check that must catch it."""

    name: str
    category: str
    explanation: str
    caught_by: str
    suite: str = ""
    """The suite that sees it, if it is none of the usual ones."""
    touches: tuple[str, ...] = ()
    """The parts of responses that it breaks, if it does nothing else: `role status member`.

    The role may be `*`, the status `4xx`, the member a JSON pointer or `header NAME`.
    """


FaultKind = TypeVar("FaultKind", bound=Fault)


class LayeredHandler:
    """A responder with layers around it; the first layer is the outermost. Implements `mock.app.Handler`."""

    def __init__(self, responder: Responder, layers: Iterable[Layer] = ()) -> None:
        self._layers = tuple(layers)
        self._responder = responder
        for layer in reversed(self._layers):
            self._responder = _wrap(layer, self._responder)

    def on_request(self, request: MockRequest) -> float:
        """Let every layer observe a request; returns the sum of their pauses in seconds."""
        return sum(layer.on_request(request) for layer in self._layers)

    def respond(self, request: MockRequest) -> MockResponse:
        """Return the response of the outermost layer."""
        return self._responder(request)


def _wrap(layer: Layer, inner: Responder) -> Responder:
    return lambda request: layer.respond(request, inner)


def select_faults(faults: Iterable[FaultKind], names: Iterable[str]) -> tuple[FaultKind, ...]:
    """Return the faults with these names, in the order of the names.

    Raises:
        UnknownName: there is no such fault; the nearest is named.

    """
    catalogue = {fault.name: fault for fault in faults}
    selection = tuple(names)
    for name in selection:
        if name not in catalogue:
            raise UnknownName("fault", name, catalogue, list_with="storepact mock --list-faults")
    return tuple(catalogue[name] for name in selection)
