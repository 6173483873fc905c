"""Faults of what a list shows: too little, too much, or what was."""

from __future__ import annotations

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    StorageLayer,
    address_of,
    change_successes,
    fault,
    items_of,
    with_members,
)
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.exchange import MockRequest, MockResponse, Responder
from storepact.mock.faults import Layer

_C = "state"
#: The last version of which a list shows what is new.
_LAST_LISTED = 3


class ListWithDeleted(StorageLayer):
    """Adds deleted integrations to the list."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._created: dict[str, Item] = {}
        self._deleted: set[str] = set()

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, response = address_of(request), inner(request)
        if address.role == "create" and response.status == 201:
            self._created[response.body["_id"]] = response.body
        if address.role == "delete" and response.status == 204:
            self._deleted.add(address.id)
        if address.role == "list" and response.status == 200:
            deleted = [item for key, item in self._created.items() if key in self._deleted]
            return with_members(response, items=[*response.body["items"], *deleted])
        return response


class ListAsCreated(StorageLayer):
    """Lists integrations in the state in which they were created."""

    def __init__(self, provider: StoreProvider) -> None:
        super().__init__(provider)
        self._created: dict[str, Item] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        address, response = address_of(request), inner(request)
        if address.role == "create" and response.status == 201:
            self._created[response.body["_id"]] = response.body
        if address.role == "list" and response.status == 200:
            items = [self._created.get(item["_id"], item) for item in response.body["items"]]
            return with_members(response, items=items)
        return response


def _drop_newest(request: MockRequest, response: MockResponse) -> MockResponse:
    return with_members(response, items=items_of(response.body)[:-1])


def _cut_names(request: MockRequest, response: MockResponse) -> MockResponse:
    items = [{**item, "name": item["name"][:40]} for item in items_of(response.body)]
    return with_members(response, items=items)


def _first_ten(request: MockRequest, response: MockResponse) -> MockResponse:
    return with_members(response, items=items_of(response.body)[:10])


def _one_of_each_host(request: MockRequest, response: MockResponse) -> MockResponse:
    hosts = {item["config"].get("host", item["_id"]): item for item in items_of(response.body)}
    return with_members(response, items=list(hosts.values()))


def _one_of_each_table(request: MockRequest, response: MockResponse) -> MockResponse:
    tables = {item["config"].get("tableName", item["_id"]): item for item in items_of(response.body)}
    return with_members(response, items=list(tables.values()))


def _tags_once(request: MockRequest, response: MockResponse) -> MockResponse:
    items = [{**item, "tags": list(dict.fromkeys(item["tags"]))} for item in items_of(response.body)]
    return with_members(response, items=items)


class ListUntilFourth(Layer):
    """Lists each integration as it was at its fourth version."""

    def __init__(self, provider: StoreProvider) -> None:
        self._items: dict[str, Item] = {}

    def respond(self, request: MockRequest, inner: Responder) -> MockResponse:
        response = inner(request)
        if address_of(request).role != "list" or response.status != 200:
            return response
        items = [
            self._items.setdefault(item["_id"], item) if item["version"] > _LAST_LISTED else item
            for item in items_of(response.body)
        ]
        return with_members(response, items=items)


def _only_on(request: MockRequest, response: MockResponse) -> MockResponse:
    return with_members(response, items=[item for item in items_of(response.body) if item["on"]])


FAULTS = (
    fault("list-shows-deleted", _C, "SP603", "the list contains deleted integrations", ListWithDeleted),
    fault("list-is-old", _C, "SP603", "the list shows integrations as they were created", ListAsCreated),
    fault(
        "names-cut-in-list", _C, "SP603", "the list shows the first 40 characters of names",
        change_successes(("list",), _cut_names),
    ),
    fault(
        "list-lags", _C, "SP603", "the list lacks the newest integration",
        change_successes(("list",), _drop_newest),
    ),
    fault(
        "list-of-one-host", _C, "SP603", "the list shows one integration of each host",
        change_successes(("list",), _one_of_each_host),
    ),
    fault(
        "list-after-fourth-version", _C, "SP603", "the list shows an integration as it was at version 4",
        ListUntilFourth,
    ),
    fault(
        "list-of-each-tag", _C, "SP603", "the list shows each tag of an integration once",
        change_successes(("list",), _tags_once),
    ),
    fault(
        "list-of-one-table", _C, "SP603", "the list shows one integration of each table",
        change_successes(("list",), _one_of_each_table),
    ),
    fault(
        "list-of-ten", _C, "SP603", "the list ends after ten integrations",
        change_successes(("list",), _first_ten),
    ),
    fault(
        "list-forgets-off", _C, "SP603", "the list lacks integrations that are off",
        change_successes(("list",), _only_on),
    ),
)  # fmt: skip
