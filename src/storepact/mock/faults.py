"""Faults: named ways to misbehave, laid around a provider that knows nothing of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from storepact.mock.call import Handler, MockRequest, MockResponse
from storepact.model.errors import UnknownName


class Layer:
    """One layer of misbehaviour. Each has a memory of its own, which begins empty."""

    def arrived(self, call: MockRequest) -> float:
        """Take note of a call before it is answered; returns how many seconds that is to be put off."""
        return 0.0

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        """Answer a call, by way of `inner` or not."""
        return inner(call)


@dataclass(frozen=True)
class Fault:
    """A small regression, as a bad release has them.

    `caught_by` is the code of the check that must catch it; `layer` makes the misbehaviour for one provider.
    """

    name: str
    category: str
    explanation: str
    caught_by: str
    layer: Callable[[Any], Layer]
    touches: tuple[str, ...] = ()
    """The parts of answers that it breaks, where that is all it does: role (or `*`), status (or 4xx), and member or header."""


class Desk:
    """A handler with layers around it; the first fault is the outermost."""

    def __init__(self, handler: Handler, layers: Iterable[Layer] = ()) -> None:
        self._layers = tuple(layers)
        self._handler = handler
        for layer in reversed(self._layers):
            self._handler = _wrapped(layer, self._handler)

    def arrived(self, call: MockRequest) -> float:
        """Let every layer take note."""
        return sum(layer.arrived(call) for layer in self._layers)

    def answer(self, call: MockRequest) -> MockResponse:
        """Answer by way of every layer."""
        return self._handler(call)


def _wrapped(layer: Layer, inner: Handler) -> Handler:
    return lambda call: layer.answer(call, inner)


def chosen(faults: Iterable[Fault], names: Iterable[str]) -> tuple[Fault, ...]:
    """The faults of these names.

    Raises:
        UnknownName: there is no such fault; the nearest is named.

    """
    known = {fault.name: fault for fault in faults}
    wanted = tuple(names)
    for name in wanted:
        if name not in known:
            raise UnknownName("fault", name, known, list_with="storepact mock --list-faults")
    return tuple(known[name] for name in wanted)
