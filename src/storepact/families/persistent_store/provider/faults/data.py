"""Faults that depend on the data of a request, or on how many integrations there are."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    LayerFactory,
    StorageLayer,
    address_of,
    body_of,
    change_creates,
    change_requests,
    change_successes,
    config_of,
    error_response,
    fault,
    items_of,
    patch_of,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.model.whole_numbers import read_whole_number

_C = "data-dependent"
_CRASH = error_response(500, "internal_error", "something went wrong")


def _change_name(edit: Callable[[str], str]) -> LayerFactory:
    def apply(body: Item) -> None:
        if isinstance(body.get("name"), str):
            body["name"] = edit(body["name"])

    return change_creates(apply)


def _change_tags(edit: Callable[[list[str]], list[str]]) -> LayerFactory:
    def apply(body: Item) -> None:
        if isinstance(body.get("tags"), list) and all(isinstance(tag, str) for tag in body["tags"]):
            body["tags"] = edit(body["tags"])

    return change_creates(apply)


def _change_config(name: str, edit: Callable[[str], str]) -> LayerFactory:
    def apply(body: Item) -> None:
        if isinstance(body["config"].get(name), str):
            body["config"][name] = edit(body["config"][name])

    return change_creates(apply)


def _cut(name: str) -> str:
    return name[:64]


def _compose(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _drop_astral(name: str) -> str:
    return "".join(char if ord(char) < 0x10000 else "?" for char in name)


def _drop_quotes(name: str) -> str:
    return name.replace("'", "").replace('"', "")


def _lower(tags: list[str]) -> list[str]:
    return [tag.lower() for tag in tags]


def _first_three(tags: list[str]) -> list[str]:
    return tags[:3]


def _swap_region(region: str) -> str:
    return "eu-west-2" if region == "eu-west-3" else region


def _clip_port(port: str) -> str:
    number = read_whole_number(port)
    return str(number % 32768) if number is not None and 32767 < number < 100_000 else port


def _drop_username(body: Item) -> None:
    if body["config"].get("tlsEnabled") is True and isinstance(body["config"].get("username"), str):
        body["config"]["username"] = ""


class ForgetThirdTags(StorageLayer):
    """Removes the tags of every third integration after its create."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._count = 0

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        if address_of(request).role == "create" and response.status == 201:
            self._count += 1
            integration = self.storage.get(response.body["_id"])
            if self._count % 3 == 0 and integration is not None:
                self.storage.replace(replace(integration, tags=()))
        return response


def _crash(roles: tuple[str, ...], when: Callable[[Any], bool]) -> LayerFactory:
    return change_requests(roles, lambda request: _CRASH if when(body_of(request)) else request)


def _is_dynamodb_on(body: Any) -> bool:
    return isinstance(body, dict) and body.get("on") is True and "tableName" in (body.get("config") or ())


def _is_long_patch(body: Any) -> bool:
    return len(patch_of(body)) > 2


def _is_last_port(body: Any) -> bool:
    return config_of(body).get("port") == "65535"


def _crash_beyond_ten(request: MockRequest, response: MockResponse) -> MockResponse:
    return _CRASH if len(items_of(response.body)) > 10 else response


FAULTS = (
    fault("long-names-cut", _C, "SP601", "names are cut after 64 characters", _change_name(_cut)),
    fault("names-decoded", _C, "SP601", "percent escapes in names are decoded", _change_name(unquote)),
    fault(
        "names-composed", _C, "SP601", "combining marks in names are composed (NFC)",
        _change_name(_compose),
    ),
    fault(
        "names-in-plane-zero", _C, "SP601", "characters of names beyond U+FFFF become question marks",
        _change_name(_drop_astral),
    ),
    fault("names-unquoted", _C, "SP601", "quotes in names are lost", _change_name(_drop_quotes)),
    fault("tags-lowered", _C, "SP601", "tags are stored in lower case", _change_tags(_lower)),
    fault("tags-beyond-three", _C, "SP601", "tags after the third are lost", _change_tags(_first_three)),
    fault(
        "region-swapped", _C, "SP601", "the region eu-west-3 is stored as eu-west-2",
        _change_config("region", _swap_region),
    ),
    fault("port-clipped", _C, "SP601", "ports are stored in 15 bits", _change_config("port", _clip_port)),
    fault(
        "tls-drops-username", _C, "SP601", "the username is lost if TLS is enabled",
        change_creates(_drop_username),
    ),
    fault("third-forgets", _C, "SP602", "every third create loses its tags", ForgetThirdTags),
    fault(
        "dynamodb-on-500", _C, "SP101", "a create of a DynamoDB store that is on gets 500",
        _crash(("create",), _is_dynamodb_on),
    ),
    fault(
        "long-patch-500", _C, "SP101", "a patch of more than two operations gets 500",
        _crash(("update",), _is_long_patch),
    ),
    fault(
        "list-over-ten-500", _C, "SP101", "a list of more than ten integrations gets 500",
        change_successes(("list",), _crash_beyond_ten),
    ),
    fault(
        "port-65535-500", _C, "SP101", "a create with port 65535 gets 500",
        _crash(("create",), _is_last_port),
    ),
)  # fmt: skip
