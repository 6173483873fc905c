"""Faults of tokens: a text that resembles a token is read as one."""

from __future__ import annotations

from collections.abc import Callable

from storepact.families.persistent_store.provider.faults.layers import LayerFactory, fault, with_header
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer

_C = "gating"
#: Characters at both ends of a token that careless caches compare.
_START, _END = 8, 4


class _AcceptUnknown(Layer):
    """Replaces an unknown token by a writer's token that it matches."""

    def __init__(self, provider: StoreProvider, matches: Callable[[str, str], bool]) -> None:
        self._tokens, self._matches = provider.tokens, matches

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        if request.token and self._tokens.find(request.token) is None:
            for value, token in self._tokens.items():
                if token.condition == "writer" and self._matches(request.token, value):
                    return inner(with_header(request, "authorization", value))
        return inner(request)


def _accept(matches: Callable[[str, str], bool]) -> LayerFactory:
    """Take a text for a token that it matches."""
    return lambda provider: _AcceptUnknown(provider, matches)


def _is_of_same_characters(sent: str, value: str) -> bool:
    return sorted(sent) == sorted(value)


def _has_same_ends(sent: str, value: str) -> bool:
    return len(sent) == len(value) and sent[:_START] == value[:_START] and sent[-_END:] == value[-_END:]


FAULTS = (
    fault(
        "bearer-accepted", _C, "SP203", "any text after Bearer is accepted as a token",
        _accept(lambda sent, _: sent.startswith("Bearer ")),
    ),
    fault(
        "token-by-its-beginning", _C, "SP203", "only the first 20 characters of a token are compared",
        _accept(lambda sent, value: sent[:20] == value[:20]),
    ),
    fault(
        "token-by-all-but-its-end", _C, "SP203", "the last three characters of a token are not compared",
        _accept(lambda sent, value: sent[:-3] == value[:-3] and len(sent) == len(value)),
    ),
    fault(
        "token-in-any-case", _C, "SP203", "a token is read in any letter case",
        _accept(lambda sent, value: sent.lower() == value.lower()),
    ),
    fault(
        "token-by-its-end", _C, "SP203", "whatever ends with a token is accepted",
        _accept(lambda sent, value: sent.endswith(value)),
    ),
    fault(
        "token-without-dashes", _C, "SP203", "the dashes of a token are not compared",
        _accept(lambda sent, value: sent.replace("-", "") == value.replace("-", "")),
    ),
    fault(
        "token-without-zeros", _C, "SP203", "the zeros of a token are not compared",
        _accept(lambda sent, value: sent.replace("0", "") == value.replace("0", "")),
    ),
    fault(
        "token-by-its-first-word", _C, "SP203", "what follows a token and a blank is not compared",
        _accept(lambda sent, value: sent.partition(" ")[0] == value),
    ),
    fault(
        "token-by-its-characters", _C, "SP203", "the order of the characters of a token is not compared",
        _accept(_is_of_same_characters),
    ),
    fault(
        "token-by-its-ends", _C, "SP203", "the middle of a token is not compared", _accept(_has_same_ends)
    ),
    fault(
        "mobile-keys-accepted", _C, "SP203", "the key of a mobile SDK is a token",
        _accept(lambda sent, _: sent.startswith("mob-")),
    ),
)  # fmt: skip
