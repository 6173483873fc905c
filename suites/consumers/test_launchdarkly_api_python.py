"""What the official generated Python client relies on; the requests are made by the client itself.

The client is strict: it refuses a response without `config` or `_status`, and a string for a timestamp. Where
the documents let a provider leave something out (DECISIONS.md, D2, D16), a separate interaction relies on it:
for a provider that leaves it out only that one is not verified. What else the models are strict about is
found by trying them; the interactions have it as the comment `strict`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from dataclasses import replace

import pytest
from interactions import BASE, ENVIRONMENT, ID, PROJECT, TOKEN, collection_path, link, resource_path
from pact import match
from strictness import strict_members

from storepact.families import DEFAULT_FAMILY
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.openapi.members import SchemaView
from storepact.openapi.pointers import pointer_to

if importlib.util.find_spec("launchdarkly_api") is None:
    pytest.skip("the extra storepact[consumers] is not installed", allow_module_level=True)


class _Client:
    """The client's package. Its import takes ten seconds: it waits for the first test that uses it."""

    def __getattr__(self, name):
        if name.startswith("_"):  # pytest reads such attributes of everything in a module
            raise AttributeError(name)
        return getattr(importlib.import_module("launchdarkly_api"), name)


ld = _Client()

CONSUMER = "launchdarkly-api-python"
THERE = "an environment exists"
LIVES = {kind: f"a {kind} integration exists" for kind in ("redis", "dynamodb")}
REDIS = {
    "config": {"host": "storepact.example.com", "port": "6380"},
    "name": "storepact pact",
    "on": True,
    "tags": ["storepact"],
}
DYNAMODB = {
    "config": {
        "tableName": "storepact-pact",
        "region": "eu-central-1",
        "roleArn": "arn:aws:iam::123456789012:role/storepact-example",
        "externalId": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    }
}
RENAME = [{"op": "replace", "path": "/name", "value": "storepact renamed"}]
BODIES = {"redis": REDIS, "dynamodb": DYNAMODB}
TIMES = {"lastSync": match.integer(1717263000000), "lastError": match.integer(0)}
REASON = {
    "effect": "allow",
    "resources": ["proj/*"],
    "notResources": ["proj/a"],
    "actions": ["viewIntegration"],
    "notActions": ["deleteIntegration"],
    "role_name": "writer",
}
#: An integration with every member that the document describes.
WHOLE = {
    "_links": {
        name: {"href": "/api/v2/x", "type": "application/json"}
        for name in ("self", "parent", "project", "environment")
    },
    "_id": ID,
    "integrationKey": "redis",
    "projectKey": PROJECT,
    "environmentKey": ENVIRONMENT,
    "config": {**REDIS["config"], **DYNAMODB["config"], "username": "u", "password": "p", "tlsEnabled": True},
    "on": True,
    "tags": ["storepact"],
    "name": "storepact pact",
    "version": 1,
    "_status": {
        "available": True,
        "potentiallyStale": False,
        "lastSync": 1717263000000,
        "lastError": 0,
        "errors": [{"statusCode": 500, "message": "unreachable", "timestamp": 1717263000000}],
    },
    "_access": {name: [{"action": "viewIntegration", "reason": REASON}] for name in ("denied", "allowed")},
}
WHOLE_LIST = {
    "_links": {name: {"href": BASE, "type": "application/json"} for name in ("self", "parent")},
    "items": [WHOLE],
}


@functools.cache
def strict():
    """What the model of an integration is strict about."""
    return tuple(strict_members(ld.BigSegmentStoreIntegration.from_dict, WHOLE))


@functools.cache
def strict_in_list():
    """What the model of a list is strict about."""
    return tuple(strict_members(ld.BigSegmentStoreIntegrationCollection.from_dict, WHOLE_LIST))


def integration(kind: str = "redis", **changes):
    """Every member that the client's strict model requires, but for what a provider may leave out."""
    return {
        "_links": {name: link(f"/api/v2/{name}") for name in ("self", "parent", "project", "environment")},
        "_id": match.type(ID),
        "integrationKey": match.regex(kind, regex="^(redis|dynamodb)$"),
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


def refusal(code: str):
    """The common form of errors."""
    return {"code": match.type(code), "message": match.type("said for people")}


@pytest.fixture
def client():
    """Makes the official client for a base URL."""

    def connect(url: str, *, beta: bool = True):
        configuration = ld.Configuration(host=url, api_key={"ApiKey": TOKEN}, retries=False)
        api = ld.ApiClient(configuration)
        if beta:
            api.set_default_header(
                "LD-API-Version", "beta"
            )  # the one way that replaces the client's own 20240415
        return ld.PersistentStoreIntegrationsBetaApi(api)

    return connect


def create(api, kind, body):
    return api.create_big_segment_store_integration(
        PROJECT, ENVIRONMENT, kind, ld.IntegrationDeliveryConfigurationPost(**body)
    )


def get(api, kind="redis"):
    return api.get_big_segment_store_integration(PROJECT, ENVIRONMENT, kind, ID)


def rename(api):
    return api.patch_big_segment_store_integration(
        PROJECT, ENVIRONMENT, "redis", ID, [ld.PatchOperation(**RENAME[0])]
    )


@pytest.mark.parametrize("kind", ["redis", "dynamodb"])
def test_creates(consumer, client, kind):
    """It creates an integration and reads the response into its model."""
    with replace(consumer, strict=strict()).serve(
        f"create a {kind} integration",
        "POST",
        collection_path(kind),
        THERE,
        status=201,
        body=BODIES[kind],
        response=integration(kind),
    ) as url:
        created = create(client(url), kind, BODIES[kind])
    assert (created.id, created.version, created.integration_key) == (ID, 1, kind)


@pytest.mark.parametrize(
    ("kind", "config"),
    [("redis", {"host": "storepact.example.com"}), ("dynamodb", {"tableName": "storepact-pact"})],
)
def test_gets(consumer, client, kind, config):
    """It reads one integration, with its config."""
    response = integration(kind, config={name: match.type(value) for name, value in config.items()})
    with replace(consumer, strict=strict()).serve(
        f"get a {kind} integration", "GET", resource_path(kind), LIVES[kind], status=200, response=response
    ) as url:
        assert get(client(url), kind).config == config


def test_lists(consumer, client):
    """It lists integrations."""
    response = {"_links": {"self": link(BASE)}, "items": match.each_like(integration(), min=1)}
    with replace(consumer, strict=strict_in_list()).serve(
        "list the integrations", "GET", BASE, LIVES["redis"], status=200, response=response
    ) as url:
        assert [item.id for item in client(url).get_big_segment_store_integrations().items] == [ID]


def test_lists_nothing(consumer, client):
    """It accepts an empty list."""
    response = {"_links": {"self": link(BASE)}, "items": []}
    with consumer.serve(
        "list no integrations", "GET", BASE, "no integration exists", status=200, response=response
    ) as url:
        assert client(url).get_big_segment_store_integrations().items == []


def test_updates(consumer, client):
    """It renames an integration by JSON Patch and reads the new name."""
    response = integration(name="storepact renamed", version=match.integer(2))
    with replace(consumer, strict=strict()).serve(
        "rename a redis integration",
        "PATCH",
        resource_path("redis"),
        LIVES["redis"],
        status=200,
        body=RENAME,
        response=response,
    ) as url:
        assert rename(client(url)).name == "storepact renamed"


def test_deletes(consumer, client):
    """It deletes an integration."""
    with consumer.serve(
        "delete a redis integration", "DELETE", resource_path("redis"), LIVES["redis"], status=204
    ) as url:
        assert client(url).delete_big_segment_store_integration(PROJECT, ENVIRONMENT, "redis", ID) is None


def test_reads_timestamps(consumer, client):
    """It reads timestamps into strict integers, in every response; a string breaks it."""
    dated = integration(_status=TIMES)
    with consumer.serve(
        "get a redis integration with its timestamps",
        "GET",
        resource_path("redis"),
        LIVES["redis"],
        status=200,
        response=dated,
    ) as url:
        assert get(client(url)).status.last_sync == 1717263000000
    with consumer.serve(
        "create a redis integration and read its timestamps",
        "POST",
        collection_path("redis"),
        THERE,
        status=201,
        body=REDIS,
        response=dated,
    ) as url:
        assert create(client(url), "redis", REDIS).status.last_sync == 1717263000000
    with consumer.serve(
        "rename a redis integration and read its timestamps",
        "PATCH",
        resource_path("redis"),
        LIVES["redis"],
        status=200,
        body=RENAME,
        response=dated,
    ) as url:
        assert rename(client(url)).status.last_sync == 1717263000000
    listed = {"_links": {"self": link(BASE)}, "items": match.each_like(dated, min=1)}
    with consumer.serve(
        "list the integrations with their timestamps",
        "GET",
        BASE,
        LIVES["redis"],
        status=200,
        response=listed,
    ) as url:
        assert client(url).get_big_segment_store_integrations().items[0].status.last_sync == 1717263000000


def test_understands_bad_request(consumer, client):
    """It raises its BadRequestException for a config that lacks the host."""
    body = {"config": {"port": "6380"}, "name": "storepact pact"}
    with (
        consumer.serve(
            "create a redis integration without a host", "POST", collection_path("redis"), THERE,
            status=400, body=body, response=refusal("invalid_request"),
        ) as url,
        pytest.raises(ld.exceptions.BadRequestException),
    ):  # fmt: skip
        create(client(url), "redis", body)


def test_understands_unauthorized(consumer, client):
    """It raises its UnauthorizedException for an unknown token."""
    with (
        consumer.serve(
            "list with an unknown token",
            "GET",
            BASE,
            "the token is not known",
            status=401,
            response=refusal("unauthorized"),
        ) as url,
        pytest.raises(ld.exceptions.UnauthorizedException),
    ):
        client(url).get_big_segment_store_integrations()


def test_understands_forbidden(consumer, client):
    """It raises its ForbiddenException when a token that may only read changes something."""
    with (
        consumer.serve(
            "rename with a token that may only read", "PATCH", resource_path("redis"), LIVES["redis"],
            "the token may only read", status=403, body=RENAME, response=refusal("forbidden"),
        ) as url,
        pytest.raises(ld.exceptions.ForbiddenException),
    ):  # fmt: skip
        rename(client(url))


def test_understands_that_it_is_not_beta(consumer, client):
    """By default it requests a stable version of the API, and raises its ForbiddenException."""
    with (
        replace(consumer, version="20240415").serve(
            "list without asking for the beta",
            "GET",
            BASE,
            THERE,
            status=403,
            response=refusal("forbidden"),
        ) as url,
        pytest.raises(ld.exceptions.ForbiddenException),
    ):
        client(url, beta=False).get_big_segment_store_integrations()


def test_understands_not_found(consumer, client):
    """It raises its NotFoundException for an integration that is gone."""
    with (
        consumer.serve(
            "get an integration that is gone", "GET", resource_path("redis"),
            "a redis integration was deleted", status=404, response=refusal("not_found"),
        ) as url,
        pytest.raises(ld.exceptions.NotFoundException),
    ):  # fmt: skip
        get(client(url))


def test_understands_conflict(consumer, client):
    """It raises its ConflictException when another request got there first."""
    with (
        consumer.serve(
            "rename while another request is in the way", "PATCH", resource_path("redis"), LIVES["redis"],
            "another request is in the way", status=409, body=RENAME,
            response=refusal("optimistic_locking_error"),
        ) as url,
        pytest.raises(ld.exceptions.ConflictException),
    ):  # fmt: skip
        rename(client(url))


def test_understands_rate_limit(consumer, client):
    """It raises its ApiException, status 429, when the limit is used up."""
    with (
        consumer.serve(
            "list with an exhausted limit",
            "GET",
            BASE,
            "the limit is exhausted",
            status=429,
            response=refusal("rate_limited"),
        ) as url,
        pytest.raises(ld.exceptions.ApiException) as raised,
    ):
        client(url).get_big_segment_store_integrations()
    assert raised.value.status == 429


@pytest.mark.parametrize(("operation", "body"), [("getIntegration", WHOLE), ("listIntegrations", WHOLE_LIST)])
def test_every_described_member_is_tried(operation, body):
    """The bodies that the models are tried with have every member that the document describes."""
    document = load_document(data_path("openapi", DEFAULT_FAMILY.document))
    schema = next(iter(document.operations[operation].response(200).content.values()))
    described = {pointer_to(path) for path, _ in SchemaView(document, ((schema, True),)).all_members()}
    assert described == set(strict_members(_accept_nothing_else(body), body))


def _accept_nothing_else(body):
    def parse(value):
        assert value == body

    return parse


def test_pact_is_pinned(compare_pact):
    """The pact that all of this adds up to is the committed one."""
    compare_pact()
