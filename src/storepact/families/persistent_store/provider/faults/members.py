"""Faults of single members: each of those that consumers rely on comes with another type, in every answer that shows it.

They are what a change of one member looks like to its consumers. `touches` names the places that a fault breaks, so that
whom it hurts can be foretold from the contracts, and looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import (
    Item,
    fault,
    on_answers,
    on_items,
    on_refusals,
    on_success,
)
from storepact.mock.call import MockRequest, MockResponse
from storepact.mock.faults import Fault

_SHOWING = ("list", "create", "get", "update")

#: Members of an integration, and what stands there instead.
_OF_INTEGRATIONS: dict[str, tuple[Any, str]] = {
    "_id": (5, "a number"),
    "_links": ([], "an array"),
    **{f"_links/{name}": ("/", "a string") for name in ("self", "parent", "project", "environment")},
    **{f"_links/{name}/href": (None, "null") for name in ("self", "parent", "project", "environment")},
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

#: Members of refusals.
_OF_REFUSALS: dict[str, tuple[Any, str]] = {"code": (404, "a number"), "message": ({}, "an object")}


def _put(path: str, value: Any) -> Callable[[Item], None]:
    *above, last = path.split("/")

    def bend(item: Item) -> None:
        for name in above:
            item = item.get(name, {})
        if last in item:
            item[last] = value

    return bend


def _in_body(path: str, value: Any) -> Callable[[MockRequest, MockResponse], MockResponse]:
    def bent(call: MockRequest, answer: MockResponse) -> MockResponse:
        if not isinstance(answer.body, dict):
            return answer
        body = {name: dict(each) if isinstance(each, dict) else each for name, each in answer.body.items()}
        if path == "_links/self/href":
            body["_links"]["self"] = {**body["_links"]["self"], "href": value}
        else:
            _put(path, value)(body)
        return replace(answer, body=body)

    return bent


def _retry_in_words(call: MockRequest, answer: MockResponse) -> MockResponse:
    told = {
        name: "soon" if name.lower() == "retry-after" else value for name, value in answer.headers.items()
    }
    return replace(answer, headers=told)


def _elements_bare(call: MockRequest, answer: MockResponse) -> MockResponse:
    return replace(answer, body={**answer.body, "items": [item["_id"] for item in answer.body["items"]]})


def _slug(path: str) -> str:
    return path.lstrip("_").replace("/_", "-").replace("/", "-").lower()


def _everywhere(path: str) -> tuple[str, ...]:
    """The places of a member of integrations: role, status and pointer."""
    return (f"create 201 /{path}", f"get 200 /{path}", f"update 200 /{path}", f"list 200 /items/*/{path}")


_C = "members"


def _retyped() -> list[Fault]:
    found = []
    for path, (value, what) in _OF_INTEGRATIONS.items():
        made = fault(
            f"{_slug(path)}-retyped", _C, "SP104", f"{path} is {what}", on_items(_SHOWING, _put(path, value))
        )
        found.append(replace(made, touches=_everywhere(path)))
    for path, (value, what) in _OF_THE_LIST.items():
        made = fault(
            f"list-{_slug(path)}-retyped",
            _C,
            "SP104",
            f"{path} of the list is {what}",
            on_success(("list",), _in_body(path, value)),
        )
        found.append(replace(made, touches=(f"list 200 /{path}",)))
    for path, (value, what) in _OF_REFUSALS.items():
        made = fault(
            f"error-{path}-retyped",
            _C,
            "SP104",
            f"{path} of a refusal is {what}",
            on_refusals((), _in_body(path, value)),
        )
        found.append(replace(made, touches=(f"* 4xx /{path}",)))
    return found


FAULTS: tuple[Fault, ...] = (
    *_retyped(),
    replace(
        fault(
            "list-elements-bare",
            _C,
            "SP104",
            "the list shows ids instead of integrations",
            on_success(("list",), _elements_bare),
        ),
        touches=("list 200 /items/*",),
    ),
    replace(
        fault("retry-after-in-words", _C, "SP107", "Retry-After is a word", on_answers((), _retry_in_words)),
        touches=("* 429 header Retry-After",),
    ),
)
