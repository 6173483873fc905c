"""Faults of single members: a member that consumers rely on has another type in every response with it.

`touches` names the places that a fault breaks, so that the affected consumers can be predicted from the
contracts and compared with those that the gate reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    RENDERING,
    Item,
    ResponseEdit,
    StoreFault,
    change_items,
    change_refusals,
    change_responses,
    change_successes,
    fault,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "members"
_LINKS = ("self", "parent", "project", "environment")

#: Members of an integration: the value that replaces them, and what it is.
_OF_INTEGRATIONS: dict[str, tuple[Any, str]] = {
    "_id": (5, "a number"),
    "_links": ([], "an array"),
    **{f"_links/{name}": ("/", "a string") for name in _LINKS},
    **{f"_links/{name}/href": (None, "null") for name in _LINKS},
    "_status": ([], "an array"),
    "_status/available": ("yes", "a word"),
    "_status/potentiallyStale": ("no", "a word"),
    "_status/lastSync": ("2024-06-01T17:10:00Z", "a date"),
    "_status/lastError": ("never", "a word"),
    "config": ([], "an array"),
    "config/host": ({}, "an object"),
    "config/port": (6380, "a number"),
    "config/tableName": ({}, "an object"),
    "environmentKey": (7, "a number"),
    "integrationKey": (1, "a number"),
    "name": ({}, "an object"),
    "on": ("yes", "a word"),
    "projectKey": (7, "a number"),
    "tags": ({}, "an object"),
    "version": ("first", "a word"),
}

#: Members of the list itself.
_OF_THE_LIST: dict[str, tuple[Any, str]] = {
    "_links": ([], "an array"),
    "_links/self": ("/", "a string"),
    "_links/self/href": (None, "null"),
    "items": ({}, "an object"),
}

#: Members of error responses.
_OF_ERRORS: dict[str, tuple[Any, str]] = {"code": (404, "a number"), "message": ({}, "an object")}


def _set(path: str, value: Any) -> Callable[[Item], None]:
    *parents, last = path.split("/")

    def edit(item: Item) -> None:
        for name in parents:
            item = item.get(name, {})
        if last in item:
            item[last] = value

    return edit


def _set_in_body(path: str, value: Any) -> ResponseEdit:
    def apply(request: MockRequest, response: MockResponse) -> MockResponse:
        if not isinstance(response.body, dict):
            return response
        body = {name: dict(item) if isinstance(item, dict) else item for name, item in response.body.items()}
        if path == "_links/self/href":
            body["_links"]["self"] = {**body["_links"]["self"], "href": value}
        else:
            _set(path, value)(body)
        return replace(response, body=body)

    return apply


def _retry_after_word(request: MockRequest, response: MockResponse) -> MockResponse:
    headers = {
        name: "soon" if name.lower() == "retry-after" else value for name, value in response.headers.items()
    }
    return replace(response, headers=headers)


def _only_ids(request: MockRequest, response: MockResponse) -> MockResponse:
    return replace(
        response, body={**response.body, "items": [item["_id"] for item in response.body["items"]]}
    )


def _slug(path: str) -> str:
    return path.lstrip("_").replace("/_", "-").replace("/", "-").lower()


def _touches(path: str) -> tuple[str, ...]:
    """Return the places of a member of integrations: role, status and pointer."""
    return (f"create 201 /{path}", f"get 200 /{path}", f"update 200 /{path}", f"list 200 /items/*/{path}")


def _retyping_faults() -> Iterator[StoreFault]:
    for path, (value, kind) in _OF_INTEGRATIONS.items():
        layer = change_items(RENDERING, _set(path, value))
        yield fault(f"{_slug(path)}-retyped", _C, "SP104", f"{path} is {kind}", layer, _touches(path))
    for path, (value, kind) in _OF_THE_LIST.items():
        name, explanation = f"list-{_slug(path)}-retyped", f"{path} of the list is {kind}"
        layer = change_successes(("list",), _set_in_body(path, value))
        yield fault(name, _C, "SP104", explanation, layer, (f"list 200 /{path}",))
    for path, (value, kind) in _OF_ERRORS.items():
        name, explanation = f"error-{path}-retyped", f"{path} of an error is {kind}"
        layer = change_refusals((), _set_in_body(path, value))
        yield fault(name, _C, "SP104", explanation, layer, (f"* 4xx /{path}",))


FAULTS = (
    *_retyping_faults(),
    fault(
        "list-elements-bare", _C, "SP104", "the list has ids instead of integrations",
        change_successes(("list",), _only_ids), ("list 200 /items/*",),
    ),
    fault(
        "retry-after-in-words", _C, "SP107", "Retry-After is a word",
        change_responses((), _retry_after_word), ("* 429 header Retry-After",),
    ),
)  # fmt: skip
