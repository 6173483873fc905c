"""What the official generated Python client relies on, said by the client itself.

The client is strict: it refuses an answer without `config` or `_status`, and a string for a timestamp. Where the documents
let a provider leave something out (DECISIONS.md, D2), the pact relies on it only where every reading promises it.
"""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from pact import Pact, generate, match
from pact.match.matcher import GenericMatcher

ld = pytest.importorskip("launchdarkly_api", reason="the extra storepact[consumers] is not installed")

CONSUMER, PROVIDER = "launchdarkly-api-python", "persistent-store-integrations"
BASE = "/api/v2/integration-capabilities/big-segment-store"
PROJECT, ENVIRONMENT, ID = "default", "test", "64f0a1b2c3d4e5f6a7b8c9d0"
TOKEN = "api-of-the-pact"
JSON = GenericMatcher("regex", "application/json", regex=r"^application/json(\s*;.*)?$")
BODY = {"config": {"host": "storepact.example.com", "port": "6380"}, "name": "storepact pact", "on": True, "tags": ["storepact"]}


def provided(expression: str, example: str, regex: str) -> GenericMatcher:
    """A path whose ids the provider assigns."""
    return GenericMatcher("regex", BASE + example, regex=f"^{BASE}{regex}$", generator=generate.provider_state(BASE + expression))


COLLECTION = provided("/${projectKey}/${environmentKey}/redis", f"/{PROJECT}/{ENVIRONMENT}/redis", "/[^/]+/[^/]+/redis")
ONE = provided(
    "/${projectKey}/${environmentKey}/redis/${integrationId}", f"/{PROJECT}/{ENVIRONMENT}/redis/{ID}", "/[^/]+/[^/]+/redis/[^/]+"
)


def link(href: str):
    return {"href": match.regex(href, regex="^/.+")}


def integration(**changes):
    """Every member that the client's strict model requires."""
    return {
        "_links": {name: link(f"/api/v2/{name}") for name in ("self", "parent", "project", "environment")},
        "_id": match.type(ID),
        "integrationKey": match.regex("redis", regex="^(redis|dynamodb)$"),
        "projectKey": match.type(PROJECT),
        "environmentKey": match.type(ENVIRONMENT),
        "config": match.type({}),
        "on": match.boolean(True),
        "tags": match.type([]),
        "name": match.type("storepact pact"),
        "version": match.integer(1),
        "_status": match.type({}),
        **changes,
    }


def asked(description: str, method: str, path, state: str):
    pact = Pact(CONSUMER, PROVIDER).with_specification("V4")
    interaction = pact.upon_receiving(description).given(state).with_request(method, path)
    interaction = interaction.with_header("Authorization", match.regex(TOKEN, regex=r"^\S+$")).with_header("LD-API-Version", "beta")
    return pact, interaction


@contextmanager
def client(pact: Pact, folder):
    """The official client, talking to the pact's mock server; the pact is written when it got what it needs."""
    server = pact.serve("127.0.0.1", raises=True, verbose=False)
    with server:
        configuration = ld.Configuration(host=str(server), api_key={"ApiKey": TOKEN}, retries=False)
        api = ld.ApiClient(configuration)
        api.set_default_header("LD-API-Version", "beta")  # the one way that replaces the client's own 20240415
        yield ld.PersistentStoreIntegrationsBetaApi(api)
    server._handle = None  # a server that was matched lives until it is collected
    pact.write_file(folder)


def test_creates(pact_folder):
    """It creates an integration and reads the answer into its model."""
    pact, interaction = asked("create a redis integration", "POST", COLLECTION, "an environment exists")
    interaction.with_header("Content-Type", "application/json").with_body(BODY, "application/json")
    interaction.will_respond_with(201).with_header("Content-Type", JSON).with_body(integration(), "application/json")
    with client(pact, pact_folder) as api:
        made = api.create_big_segment_store_integration(
            PROJECT, ENVIRONMENT, "redis", ld.IntegrationDeliveryConfigurationPost(**BODY)
        )
    assert (made.id, made.version) == (ID, 1)


def test_gets(pact_folder):
    """It reads one integration, with its config and strict timestamps."""
    pact, interaction = asked("get a redis integration", "GET", ONE, "a redis integration exists")
    body = integration(config={"host": match.type("storepact.example.com")})
    interaction.will_respond_with(200).with_header("Content-Type", JSON).with_body(body, "application/json")
    with client(pact, pact_folder) as api:
        assert api.get_big_segment_store_integration(PROJECT, ENVIRONMENT, "redis", ID).config["host"] == "storepact.example.com"


def test_lists(pact_folder):
    """It lists integrations."""
    pact, interaction = asked("list the integrations", "GET", BASE, "an environment exists")
    body = {"_links": {"self": link(BASE)}, "items": match.type([])}
    interaction.will_respond_with(200).with_header("Content-Type", JSON).with_body(body, "application/json")
    with client(pact, pact_folder) as api:
        assert api.get_big_segment_store_integrations().items == []


def test_updates(pact_folder):
    """It renames an integration by JSON Patch and reads the new name."""
    pact, interaction = asked("rename a redis integration", "PATCH", ONE, "a redis integration exists")
    patch = [{"op": "replace", "path": "/name", "value": "storepact renamed"}]
    interaction.with_header("Content-Type", "application/json").with_body(patch, "application/json")
    body = integration(name="storepact renamed", version=match.integer(2))
    interaction.will_respond_with(200).with_header("Content-Type", JSON).with_body(body, "application/json")
    with client(pact, pact_folder) as api:
        renamed = api.patch_big_segment_store_integration(PROJECT, ENVIRONMENT, "redis", ID, [ld.PatchOperation(**patch[0])])
    assert renamed.name == "storepact renamed"


def test_deletes(pact_folder):
    """It deletes an integration."""
    pact, interaction = asked("delete a redis integration", "DELETE", ONE, "a redis integration exists")
    interaction.will_respond_with(204)
    with client(pact, pact_folder) as api:
        assert api.delete_big_segment_store_integration(PROJECT, ENVIRONMENT, "redis", ID) is None


def test_understands_not_found(pact_folder):
    """It raises its NotFoundException for an integration that is gone."""
    pact, interaction = asked("get an integration that is gone", "GET", ONE, "a redis integration was deleted")
    body = {"code": match.type("not_found"), "message": match.type("gone")}
    interaction.will_respond_with(404).with_header("Content-Type", JSON).with_body(body, "application/json")
    with client(pact, pact_folder) as api, pytest.raises(ld.exceptions.NotFoundException):
        api.get_big_segment_store_integration(PROJECT, ENVIRONMENT, "redis", ID)


def test_pact_is_pinned(pact_folder, pinned):
    """The pact that all of this adds up to is the committed one."""
    pinned(pact_folder / f"{CONSUMER}-{PROVIDER}.json", f"{CONSUMER}.json")
