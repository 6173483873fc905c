"""The mock does over HTTP what the documents say."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from mock_client import COLLECTION, client_of, create, patch, path_of
from storepact.families.persistent_store.api import BASE


def test_defaults(api):
    """Without on, port and tags it is off, at 6379 and without tags; its version is 1."""
    item = create(api)
    members = (
        item["on"],
        item["config"]["port"],
        item["config"]["tlsEnabled"],
        item["tags"],
        item["version"],
    )
    assert members == (False, "6379", False, [], 1)


def test_secret_is_redacted_everywhere(api):
    """No response has the password; the redacted form keeps three characters at either end."""
    item = create(api)
    responses = [
        api.get(path_of(item)),
        api.get(BASE),
        patch(api, item, {"op": "replace", "path": "/on", "value": True}),
    ]
    assert all("correct-horse" not in response.text for response in responses)
    assert responses[0].json()["config"]["password"] == "cor********ery"


def test_redacted_secret_written_back_is_left_alone(api):
    """Writing back the config of a response changes nothing, not even the version."""
    item = create(api)
    again = patch(api, item, {"op": "replace", "path": "/config", "value": item["config"]}).json()
    assert (again["version"], again["config"]) == (1, item["config"])
    other = patch(
        api, item, {"op": "replace", "path": "/config/password", "value": "another-good-secret"}
    ).json()
    assert (other["version"], other["config"]["password"]) == (2, "ano********ret")


def test_tags_keep_their_order(api):
    """Tags are an array, not a set."""
    assert create(api, tags=["b", "a", "b"])["tags"] == ["b", "a", "b"]


def test_version_counts_effective_updates(api):
    """A patch with an effect increases the version by 1, one without does not."""
    item = create(api)
    rename = {"op": "replace", "path": "/name", "value": "renamed"}
    versions = [
        patch(api, item, *operations).json()["version"]
        for operations in ([rename], [rename], [], [rename, rename])
    ]
    assert versions == [2, 2, 2, 2]


def test_patch_is_all_or_nothing(api):
    """An operation that fails undoes those before it."""
    item = create(api)
    rename = {"op": "replace", "path": "/name", "value": "renamed"}
    assert patch(api, item, rename, {"op": "test", "path": "/version", "value": 9}).status_code == 409
    assert patch(api, item, rename, {"op": "replace", "path": "/on", "value": "yes"}).status_code == 400
    assert patch(api, item, rename, {"op": "remove", "path": "/tags/3"}).status_code == 422
    assert api.get(path_of(item)).json() == item


def test_patch_in_a_wrapper(api):
    """`{comment, patch}` does the same as the bare patch."""
    item = create(api)
    body = {"comment": "why", "patch": [{"op": "add", "path": "/tags/-", "value": "new"}]}
    assert api.patch(path_of(item), json=body).json()["tags"] == ["new"]


@pytest.mark.parametrize(
    "member", ["_id", "_links", "version", "projectKey", "environmentKey", "integrationKey"]
)
def test_members_set_by_the_provider_cannot_be_edited(api, member):
    """422, and nothing has changed."""
    item = create(api)
    assert patch(api, item, {"op": "replace", "path": f"/{member}", "value": "x"}).status_code == 422
    assert api.get(path_of(item)).json() == item


@pytest.mark.parametrize(
    "change", [("default", "sandbox"), ("/test/", "/production/"), ("/redis/", "/dynamodb/")]
)
def test_id_under_another_path_is_not_found(api, change):
    """An id exists only under its own project, environment and kind."""
    assert api.get(path_of(create(api)).replace(*change)).status_code == 404


def test_first_of_two_version_headers_counts(api):
    """`beta, 20240415` is accepted, `20240415, beta` is refused."""
    token = api.mock.tokens["writer"]
    versions = [("LD-API-Version", "beta"), ("LD-API-Version", "20240415")]
    for headers, status in ((versions, 200), (versions[::-1], 403)):
        with httpx.Client(base_url=api.mock.url, trust_env=False) as plain:
            assert plain.get(BASE, headers=[("Authorization", token), *headers]).status_code == status


def test_bearer_is_refused(api):
    """Authorization has the token alone."""
    assert api.get(BASE, headers={"Authorization": f"Bearer {api.mock.tokens['writer']}"}).status_code == 401


def test_reader_reads(api):
    """A read-only token reads, `_access` denies it the rest, and a delete is refused."""
    item, reader = create(api), api.mock.headers("reader")
    access = api.get(path_of(item), headers=reader).json()["_access"]
    assert {entry["action"] for entry in access["denied"]} == {"updateIntegration", "deleteIntegration"}
    assert api.delete(path_of(item), headers=reader).status_code == 403
    assert api.get(path_of(item)).json()["_access"]["denied"] == []


def test_links_lead_somewhere(api):
    """Every link of an integration leads to 200 on the same host."""
    links = create(api)["_links"]
    assert {api.get(link["href"]).status_code for link in links.values()} == {200}
    assert set(links) == {"self", "parent", "project", "environment"}


def test_error_has_the_common_form(api):
    """`{code, message, id}`, as JSON."""
    response = api.get(f"{COLLECTION}/nothing")
    assert (set(response.json()), response.headers["content-type"]) == (
        {"code", "message", "id"},
        "application/json",
    )


def test_wrong_verb_gets_the_right_ones(api):
    """405 with Allow."""
    response = api.put(f"{COLLECTION}/x", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "DELETE, GET, PATCH")


def test_deleted_is_gone(api):
    """After 204 every verb gets 404, and the list does not have the integration."""
    item = create(api)
    assert (api.delete(path_of(item)).status_code, api.delete(path_of(item)).status_code) == (204, 404)
    assert (
        api.get(path_of(item)).status_code,
        patch(api, item).status_code,
        api.get(BASE).json()["items"],
    ) == (404, 404, [])


def test_preflight(api):
    """OPTIONS needs no token and returns the verbs; the origin is echoed in every response."""
    with httpx.Client(
        base_url=api.mock.url, trust_env=False, headers={"Origin": "https://app.example.com"}
    ) as browser:
        response, refused = browser.options(f"{COLLECTION}/x"), browser.get(BASE)
    assert (response.status_code, response.headers["access-control-allow-methods"]) == (
        204,
        "DELETE, GET, OPTIONS, PATCH",
    )
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (
        401,
        "https://app.example.com",
    )


def test_verbs_can_be_tunnelled(api):
    """X-HTTP-Method-Override turns a POST, and only a POST, into PATCH or DELETE."""
    path = path_of(create(api))
    rename = [{"op": "replace", "path": "/name", "value": "tunnelled"}]
    assert (
        api.post(path, json=rename, headers={"X-HTTP-Method-Override": "PATCH"}).json()["name"] == "tunnelled"
    )
    assert api.get(path, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 200
    assert api.post(path, headers={"X-HTTP-Method-Override": "GET"}).status_code == 400
    assert api.post(path, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 204


@pytest.mark.parametrize("round_", range(5))
def test_one_of_many_writers_wins(api, round_):
    """Of eight patches at once that test for one version exactly one is done."""
    item, barrier = create(api), threading.Barrier(8)

    def write(number):
        with client_of(api.mock) as client:
            barrier.wait()
            operations = [
                {"op": "test", "path": "/version", "value": 1},
                {"op": "replace", "path": "/name", "value": str(number)},
            ]
            return client.patch(path_of(item), json=operations).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(write, range(8)))
    assert (statuses, api.get(path_of(item)).json()["version"]) == ([200] + [409] * 7, 2)


def test_a_long_list_is_as_the_single_integrations_say(api):
    """Above some hundred integrations their texts are kept; a change and a delete show in the next list."""
    first, second, *_ = [create(api) for _ in range(502)]
    assert len(api.get(BASE).json()["items"]) == 502
    patch(api, first, {"op": "replace", "path": "/name", "value": "changed"}).raise_for_status()
    api.delete(path_of(second)).raise_for_status()
    items = {item["_id"]: item for item in api.get(BASE).json()["items"]}
    assert items[first["_id"]]["name"] == "changed"
    assert items[first["_id"]] == api.get(path_of(first)).json()
    assert len(items) == 501
    assert second["_id"] not in items
