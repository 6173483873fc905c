"""Faults that only some data bring out."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    Maker,
    aim_of,
    body_of,
    fault,
    items_of,
    on_calls,
    on_created,
    on_success,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.call import Handler, MockRefusal, MockRequest, MockResponse
from storepact.mock.faults import Layer

_D = "data-dependent"
_FAILED = MockRefusal(500, "internal_error", "something went wrong").answer()


def _on_name(change: Callable[[str], str]) -> Callable[[Item], None]:
    def bend(body: Item) -> None:
        if isinstance(body.get("name"), str):
            body["name"] = change(body["name"])

    return bend


def _on_tags(change: Callable[[list[str]], list[str]]) -> Callable[[Item], None]:
    def bend(body: Item) -> None:
        if isinstance(body.get("tags"), list) and all(isinstance(tag, str) for tag in body["tags"]):
            body["tags"] = change(body["tags"])

    return bend


def _on_config(name: str, change: Callable[[str], str]) -> Callable[[Item], None]:
    def bend(body: Item) -> None:
        if isinstance(body["config"].get(name), str):
            body["config"][name] = change(body["config"][name])

    return bend


class ThirdForgets(Layer):
    """Every third create loses its tags."""

    def __init__(self, provider: StoreProvider) -> None:
        self._storage, self._count = provider.storage, 0

    def answer(self, call: MockRequest, inner: Handler) -> MockResponse:
        answer = inner(call)
        if aim_of(call).role == "create" and answer.status == 201:
            self._count += 1
            kept = self._storage.get(answer.body["_id"])
            if self._count % 3 == 0 and kept is not None:
                self._storage.replace(replace(kept, tags=()))
        return answer


def _fails(roles: tuple[str, ...], when: Callable[[Any], bool]) -> Maker:
    return on_calls(roles, lambda call: _FAILED if when(body_of(call)) else call)


def _dynamo_on(body: Any) -> bool:
    return isinstance(body, dict) and body.get("on") is True and "tableName" in (body.get("config") or ())


def _long_patch(body: Any) -> bool:
    operations = body.get("patch") if isinstance(body, dict) else body
    return isinstance(operations, list) and len(operations) > 2


def _fails_beyond_ten(call: MockRequest, answer: MockResponse) -> MockResponse:
    return _FAILED if len(items_of(answer.body)) > 10 else answer


def _last_port(body: Any) -> bool:
    config = body.get("config") if isinstance(body, dict) else None
    return isinstance(config, dict) and config.get("port") == "65535"


def _no_username(body: Item) -> None:
    if body["config"].get("tlsEnabled") is True and isinstance(body["config"].get("username"), str):
        body["config"]["username"] = ""


FAULTS = (
    fault("long-names-cut", _D, "SP601", "names are cut after 64 characters", on_created(_on_name(lambda name: name[:64]))),
    fault("names-decoded", _D, "SP601", "% in a name is decoded", on_created(_on_name(unquote))),
    fault("names-composed", _D, "SP601", "combining marks are composed", on_created(_on_name(lambda name: unicodedata.normalize("NFC", name)))),
    fault(
        "names-in-plane-zero", _D, "SP601", "characters beyond U+FFFF become question marks",
        on_created(_on_name(lambda name: "".join(each if ord(each) < 0x10000 else "?" for each in name))),
    ),
    fault(
        "names-unquoted", _D, "SP601", "quotes in names are lost",
        on_created(_on_name(lambda name: name.replace("'", "").replace('"', ""))),
    ),
    fault("tags-lowered", _D, "SP601", "capitals in tags are lost", on_created(_on_tags(lambda tags: [tag.lower() for tag in tags]))),
    fault("tags-beyond-three", _D, "SP601", "tags after the third are lost", on_created(_on_tags(lambda tags: tags[:3]))),
    fault(
        "region-swapped", _D, "SP601", "eu-west-3 is kept as eu-west-2",
        on_created(_on_config("region", lambda region: "eu-west-2" if region == "eu-west-3" else region)),
    ),
    fault("port-clipped", _D, "SP601", "ports are kept in 15 bits", on_created(_on_config("port", lambda port: str(int(port) % 32768) if port.isdigit() and len(port) < 6 and int(port) > 32767 else port))),
    fault("tls-drops-username", _D, "SP601", "with TLS the username is lost", on_created(_no_username)),
    fault("third-forgets", _D, "SP602", "every third create loses its tags", ThirdForgets),
    fault("dynamodb-on-500", _D, "SP101", "a DynamoDB store that is on from the start crashes", _fails(("create",), _dynamo_on)),
    fault("long-patch-500", _D, "SP101", "a patch of more than two operations crashes", _fails(("update",), _long_patch)),
    fault("list-over-ten-500", _D, "SP101", "a list of more than ten crashes", on_success(("list",), _fails_beyond_ten)),
    fault("port-65535-500", _D, "SP101", "the last port crashes", _fails(("create",), _last_port)),
)  # fmt: skip
