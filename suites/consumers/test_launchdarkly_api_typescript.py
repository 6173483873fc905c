"""What a program on the official npm client relies on: the client itself, driven by Node (typescript/drive.js).

The client passes on whatever JSON it gets, so what is relied on is what its types promise to whoever compiles against them:
the members that a dashboard of stores shows.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from interactions import BASE, ENVIRONMENT, ID, PROJECT, TOKEN, collection, link, one
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


def shown(**changes):
    """What the dashboard shows of a store."""
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
        answer = json.loads(node.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["status"], answer.get("data")

    yield call
    node.stdin.close()
    node.wait(timeout=10)
    node.stdout.close()


def test_lists(relying, client):
    """A row for each store."""
    answer = {"_links": {"self": link(BASE)}, "items": match.each_like(shown(), min=1)}
    with relying.asks("list the stores", "GET", BASE, LIVES, status=200, answer=answer) as url:
        status, data = client(url, "getBigSegmentStoreIntegrations")
    assert (status, [item["_id"] for item in data["items"]]) == (200, [ID])


def test_gets(relying, client):
    """The page of one store: its tags, its address, and how it fares."""
    answer = shown(
        tags=match.type([]),
        config={"host": match.type("storepact.example.com")},
        _status={"available": match.boolean(True), "potentiallyStale": match.boolean(False)},
    )
    with relying.asks("show a store", "GET", one("redis"), LIVES, status=200, answer=answer) as url:
        status, data = client(url, "getBigSegmentStoreIntegration", *PATH, ID)
    assert (status, data["_status"]["available"]) == (200, True)


def test_creates(relying, client):
    """A new store has an id and a version."""
    answer = {"_id": match.type(ID), "version": match.integer(1)}
    with relying.asks(
        "add a store", "POST", collection("redis"), THERE, status=201, body=POST, answer=answer
    ) as url:
        status, data = client(url, "createBigSegmentStoreIntegration", *PATH, POST)
    assert (status, data["_id"]) == (201, ID)


def test_switches_on(relying, client):
    """The switch shows what the provider says it is now."""
    answer = {"on": match.boolean(True), "version": match.integer(2)}
    with relying.asks(
        "switch a store on", "PATCH", one("redis"), LIVES, status=200, body=SWITCH_ON, answer=answer
    ) as url:
        status, data = client(url, "patchBigSegmentStoreIntegration", *PATH, ID, SWITCH_ON)
    assert (status, data["on"]) == (200, True)


def test_deletes(relying, client):
    """A store that is taken away leaves nothing to be shown."""
    with relying.asks("take a store away", "DELETE", one("redis"), LIVES, status=204) as url:
        assert client(url, "deleteBigSegmentStoreIntegration", *PATH, ID)[0] == 204


def test_shows_why_not(relying, client):
    """A refusal is shown with the provider's words."""
    said = {"code": "not_found", "message": "no such integration"}
    answer = {name: match.type(words) for name, words in said.items()}
    with relying.asks(
        "show a store that is gone",
        "GET",
        one("redis"),
        "a redis integration was deleted",
        status=404,
        answer=answer,
    ) as url:
        assert client(url, "getBigSegmentStoreIntegration", *PATH, ID) == (
            404,
            {"code": "not_found", "message": "no such integration"},
        )


def test_pact_is_pinned(pinned):
    """The pact that all of this adds up to is the committed one."""
    pinned()
