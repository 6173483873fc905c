"""What a program with the official npm client relies on; the client runs in Node (typescript/drive.js).

The client passes on any JSON, so the program relies on what the client's types declare: here, the members
that a dashboard of stores shows.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from interactions import BASE, ENVIRONMENT, ID, PROJECT, TOKEN, collection_path, link, resource_path
from pact import match

FOLDER = Path(__file__).parent / "typescript"

if shutil.which("node") is None:
    pytest.skip("node is not installed", allow_module_level=True)
if not (FOLDER / "node_modules").is_dir():
    pytest.skip(f"the npm client is not installed: npm ci --prefix {FOLDER}", allow_module_level=True)

CONSUMER = "launchdarkly-api-typescript"
THERE, LIVES = "an environment exists", "a redis integration exists"
PATH = [PROJECT, ENVIRONMENT, "redis"]
POST = {"name": "storepact pact", "config": {"host": "storepact.example.com", "tlsEnabled": True}}
SWITCH_ON = [{"op": "replace", "path": "/on", "value": True}]


def store(**changes):
    """The members of a store that the dashboard shows."""
    return {
        "_id": match.type(ID),
        "_links": {"self": link()},
        "integrationKey": match.regex("redis", regex="^(redis|dynamodb)$"),
        "projectKey": match.type(PROJECT),
        "environmentKey": match.type(ENVIRONMENT),
        "name": match.type("storepact pact"),
        "on": match.boolean(True),
        "version": match.integer(1),
        **changes,
    }


@pytest.fixture(scope="module")
def client():
    """Calls the npm client, in a Node process that lives as long as this module's tests."""
    node = subprocess.Popen(
        ["node", "drive.js"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )

    def call(url: str, name: str, *arguments: object) -> tuple[int, object]:
        assert node.stdin is not None
        assert node.stdout is not None
        print(
            json.dumps({"url": url, "token": TOKEN, "call": name, "arguments": arguments}),
            file=node.stdin,
            flush=True,
        )
        response = json.loads(node.stdout.readline())
        assert "error" not in response, response["error"]
        return response["status"], response.get("data")

    yield call
    node.stdin.close()
    node.wait(timeout=10)
    node.stdout.close()


def test_lists(consumer, client):
    """A row for each store."""
    response = {"_links": {"self": link(BASE)}, "items": match.each_like(store(), min=1)}
    with consumer.serve("list the stores", "GET", BASE, LIVES, status=200, response=response) as url:
        status, data = client(url, "getBigSegmentStoreIntegrations")
    assert (status, [item["_id"] for item in data["items"]]) == (200, [ID])


def test_gets(consumer, client):
    """The page of one store: its tags, its address, and its status."""
    response = store(
        tags=match.type([]),
        config={"host": match.type("storepact.example.com")},
        _status={"available": match.boolean(True), "potentiallyStale": match.boolean(False)},
    )
    with consumer.serve(
        "show a store", "GET", resource_path("redis"), LIVES, status=200, response=response
    ) as url:
        status, data = client(url, "getBigSegmentStoreIntegration", *PATH, ID)
    assert (status, data["_status"]["available"]) == (200, True)


def test_creates(consumer, client):
    """A new store has an id and a version."""
    response = {"_id": match.type(ID), "version": match.integer(1)}
    with consumer.serve(
        "add a store", "POST", collection_path("redis"), THERE, status=201, body=POST, response=response
    ) as url:
        status, data = client(url, "createBigSegmentStoreIntegration", *PATH, POST)
    assert (status, data["_id"]) == (201, ID)


def test_switches_on(consumer, client):
    """The switch shows what the provider says it is now."""
    response = {"on": match.boolean(True), "version": match.integer(2)}
    with consumer.serve(
        "switch a store on",
        "PATCH",
        resource_path("redis"),
        LIVES,
        status=200,
        body=SWITCH_ON,
        response=response,
    ) as url:
        status, data = client(url, "patchBigSegmentStoreIntegration", *PATH, ID, SWITCH_ON)
    assert (status, data["on"]) == (200, True)


def test_deletes(consumer, client):
    """A deleted store is not shown any more."""
    with consumer.serve("take a store away", "DELETE", resource_path("redis"), LIVES, status=204) as url:
        assert client(url, "deleteBigSegmentStoreIntegration", *PATH, ID)[0] == 204


def test_shows_why_not(consumer, client):
    """A refusal is shown with the provider's message."""
    error = {"code": "not_found", "message": "no such integration"}
    response = {name: match.type(text) for name, text in error.items()}
    with consumer.serve(
        "show a store that is gone",
        "GET",
        resource_path("redis"),
        "a redis integration was deleted",
        status=404,
        response=response,
    ) as url:
        assert client(url, "getBigSegmentStoreIntegration", *PATH, ID) == (
            404,
            {"code": "not_found", "message": "no such integration"},
        )


def test_pact_is_pinned(compare_pact):
    """The pact that all of this adds up to is the committed one."""
    compare_pact()
