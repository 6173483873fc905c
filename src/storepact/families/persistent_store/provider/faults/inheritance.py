"""Faults of defaults that come from the integration that was created last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import address_of, body_of, fault, with_body
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer

_C = "defaults"


class RememberLast(Layer):
    """Takes members that a create does not give from the last create (`same_kind`: of its kind)."""

    def __init__(self, members: tuple[str, ...], settings: tuple[str, ...], *, same_kind: bool) -> None:
        self._members, self._settings, self._same_kind = members, settings, same_kind
        self._last: dict[str, dict[str, Any]] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, body = address_of(request), body_of(request)
        if address.role != "create" or not isinstance(body, dict) or not isinstance(body.get("config"), dict):
            return inner(request)
        last = self._last.get(address.kind if self._same_kind else "", {})
        config = {**_pick(last.get("config", {}), self._settings), **body["config"]}
        whole = {**_pick(last, self._members), **body, "config": config}
        response = inner(with_body(request, whole))
        if response.status == 201:
            self._last[address.kind if self._same_kind else ""] = whole
        return response


def _pick(members: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: members[name] for name in names if name in members}


def _remember(
    members: tuple[str, ...] = (), settings: tuple[str, ...] = (), *, same_kind: bool = True
) -> Callable[[StoreProvider], RememberLast]:
    return lambda provider: RememberLast(members, settings, same_kind=same_kind)


FAULTS = (
    fault(
        "on-of-last", _C, "SP613", "a create without on is on if the last one of any kind was",
        _remember(("on",), same_kind=False),
    ),
    fault(
        "tags-of-last", _C, "SP613", "a create without tags has those of the last one of its kind",
        _remember(("tags",)),
    ),
    fault(
        "name-of-last", _C, "SP613", "a create without a name has that of the last one of any kind",
        _remember(("name",), same_kind=False),
    ),
    fault(
        "settings-of-last", _C, "SP613", "a create without port and username has those of the last one",
        _remember(settings=("port", "username", "tlsEnabled")),
    ),
    fault(
        "password-of-last", _C, "SP613", "a create without a password has that of the last one",
        _remember(settings=("password",)),
    ),
    fault(
        "external-id-of-last", _C, "SP613", "a create without externalId has that of the last one",
        _remember(settings=("externalId",)),
    ),
)  # fmt: skip
