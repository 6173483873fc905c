"""Faults of links, and of `_access`."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

from storepact.families.persistent_store.provider.faults.layers import (
    RENDERING,
    Item,
    change_items,
    change_successes,
    fault,
    with_response_headers,
)
from storepact.mock.exchange import MockRequest, MockResponse

_C = "links"


def _break_self(item: Item) -> None:
    link = item["_links"]["self"]
    link["href"] = f"{link['href'].rsplit('/', 1)[0]}/{item['_id'][::-1]}"


def _self_in_production(item: Item) -> None:
    link = item["_links"]["self"]
    link["href"] = link["href"].replace(f"/{item['environmentKey']}/", "/production/")


def _self_in_test(item: Item) -> None:
    link = item["_links"]["self"]
    link["href"] = link["href"].replace("/production/", "/test/")


def _end_with_slash(item: Item) -> None:
    item["_links"]["self"]["href"] += "/"


def _self_with_host(item: Item) -> None:
    link = item["_links"]["self"]
    link["href"] = f"https://app.launchdarkly.com{link['href']}"


def _self_on_another_host(item: Item) -> None:
    link = item["_links"]["self"]
    link["href"] = f"/{link['href']}"


def _break_parent(item: Item) -> None:
    item["_links"]["parent"]["href"] += "s"


def _break_environment(item: Item) -> None:
    link = item["_links"]["environment"]
    link["href"] = link["href"].replace("/environments/", "/envs/")


def _project_of_default(item: Item) -> None:
    link = item["_links"]["project"]
    link["href"] = link["href"].replace(f"/{item['projectKey']}", "/default")


def _location_of_parent(request: MockRequest, response: MockResponse) -> MockResponse:
    return with_response_headers(response, {"Location": response.body["_links"]["parent"]["href"]})


def _allow_everything(request: MockRequest, response: MockResponse) -> MockResponse:
    body = json.loads(json.dumps(response.body))
    access = body.get("_access") if isinstance(body, dict) else None
    if access and access["denied"]:
        denied = [
            {"action": entry["action"], "reason": {**entry["reason"], "effect": "allow"}}
            for entry in access["denied"]
        ]
        body["_access"] = {"denied": [], "allowed": access["allowed"] + denied}
    return replace(response, body=body)


def _links_of_first(request: MockRequest, response: MockResponse) -> MockResponse:
    body = copy.deepcopy(response.body)
    items: list[Item] = body.get("items", []) if isinstance(body, dict) else []
    for item in items:
        item["_links"] = items[0]["_links"]
    return replace(response, body=body)


FAULTS = (
    fault(
        "self-link-broken", _C, "SP608", "the self link leads nowhere",
        change_items(("get",), _break_self),
    ),
    fault(
        "self-link-elsewhere", _C, "SP608", "the self link names another environment",
        change_items(RENDERING, _self_in_production),
    ),
    fault(
        "self-link-of-test", _C, "SP608", "the self link of an update in production is of test",
        change_items(("update",), _self_in_test),
    ),
    fault(
        "self-link-with-slash", _C, "SP608", "the self link ends with a slash",
        change_items(("list",), _end_with_slash),
    ),
    fault(
        "self-link-absolute", _C, "SP104", "the self link has a host",
        change_items(RENDERING, _self_with_host),
    ),
    fault(
        "self-link-two-slashes", _C, "SP104", "the self link begins with //, so that its path is a host",
        change_items(RENDERING, _self_on_another_host),
    ),
    fault(
        "parent-link-broken", _C, "SP608", "the parent link leads nowhere",
        change_items(RENDERING, _break_parent),
    ),
    fault(
        "environment-link-broken", _C, "SP608", "the environment link leads nowhere",
        change_items(("get", "create"), _break_environment),
    ),
    fault(
        "project-link-of-default", _C, "SP608", "the project link names the project default always",
        change_items(RENDERING, _project_of_default),
    ),
    fault(
        "list-links-of-first", _C, "SP608", "every integration of the list has the links of the first",
        change_successes(("list",), _links_of_first),
    ),
    fault(
        "location-elsewhere", _C, "SP608", "Location leads to the collection",
        change_successes(("create",), _location_of_parent),
    ),
    fault(
        "access-too-generous", _C, "SP303", "_access allows a reader to update and delete",
        change_successes(("get",), _allow_everything),
    ),
)  # fmt: skip
