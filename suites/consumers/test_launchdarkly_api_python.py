"""What the official generated Python client relies on, said by the client itself.

The client is strict: it refuses an answer without `config` or `_status`, and a string for a timestamp. Where the documents
let a provider leave something out (DECISIONS.md, D2, D16), an interaction of its own relies on it, so that a provider which
does so leaves that one open and is held to the others.
"""

from __future__ import annotations

import pytest
from interactions import BASE, ENVIRONMENT, ID, PROJECT, TOKEN, collection, link, one
from pact import match

ld = pytest.importorskip("launchdarkly_api", reason="the extra storepact[consumers] is not installed")

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
    """The official client, told where to ask."""

    def at(url: str, *, beta: bool = True):
        configuration = ld.Configuration(host=url, api_key={"ApiKey": TOKEN}, retries=False)
        api = ld.ApiClient(configuration)
        if beta:
            api.set_default_header(
                "LD-API-Version", "beta"
            )  # the one way that replaces the client's own 20240415
        return ld.PersistentStoreIntegrationsBetaApi(api)

    return at


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
def test_creates(relying, client, kind):
    """It creates an integration and reads the answer into its model."""
    with relying.asks(
        f"create a {kind} integration",
        "POST",
        collection(kind),
        THERE,
        status=201,
        body=BODIES[kind],
        answer=integration(kind),
    ) as url:
        made = create(client(url), kind, BODIES[kind])
    assert (made.id, made.version, made.integration_key) == (ID, 1, kind)


@pytest.mark.parametrize(
    ("kind", "config"),
    [("redis", {"host": "storepact.example.com"}), ("dynamodb", {"tableName": "storepact-pact"})],
)
def test_gets(relying, client, kind, config):
    """It reads one integration, with its config."""
    answer = integration(kind, config={name: match.type(value) for name, value in config.items()})
    with relying.asks(
        f"get a {kind} integration", "GET", one(kind), LIVES[kind], status=200, answer=answer
    ) as url:
        assert get(client(url), kind).config == config


def test_lists(relying, client):
    """It lists integrations."""
    answer = {"_links": {"self": link(BASE)}, "items": match.each_like(integration(), min=1)}
    with relying.asks("list the integrations", "GET", BASE, LIVES["redis"], status=200, answer=answer) as url:
        assert [item.id for item in client(url).get_big_segment_store_integrations().items] == [ID]


def test_lists_nothing(relying, client):
    """It takes an empty list for one."""
    answer = {"_links": {"self": link(BASE)}, "items": []}
    with relying.asks(
        "list no integrations", "GET", BASE, "no integration exists", status=200, answer=answer
    ) as url:
        assert client(url).get_big_segment_store_integrations().items == []


def test_updates(relying, client):
    """It renames an integration by JSON Patch and reads the new name."""
    answer = integration(name="storepact renamed", version=match.integer(2))
    with relying.asks(
        "rename a redis integration",
        "PATCH",
        one("redis"),
        LIVES["redis"],
        status=200,
        body=RENAME,
        answer=answer,
    ) as url:
        assert rename(client(url)).name == "storepact renamed"


def test_deletes(relying, client):
    """It deletes an integration."""
    with relying.asks(
        "delete a redis integration", "DELETE", one("redis"), LIVES["redis"], status=204
    ) as url:
        assert client(url).delete_big_segment_store_integration(PROJECT, ENVIRONMENT, "redis", ID) is None


def test_reads_timestamps(relying, client):
    """It reads timestamps into strict integers, in whatever answer they come; a string breaks it."""
    dated = integration(_status=TIMES)
    with relying.asks(
        "get a redis integration with its timestamps",
        "GET",
        one("redis"),
        LIVES["redis"],
        status=200,
        answer=dated,
    ) as url:
        assert get(client(url)).status.last_sync == 1717263000000
    with relying.asks(
        "create a redis integration and read its timestamps",
        "POST",
        collection("redis"),
        THERE,
        status=201,
        body=REDIS,
        answer=dated,
    ) as url:
        assert create(client(url), "redis", REDIS).status.last_sync == 1717263000000
    with relying.asks(
        "rename a redis integration and read its timestamps",
        "PATCH",
        one("redis"),
        LIVES["redis"],
        status=200,
        body=RENAME,
        answer=dated,
    ) as url:
        assert rename(client(url)).status.last_sync == 1717263000000
    listed = {"_links": {"self": link(BASE)}, "items": match.each_like(dated, min=1)}
    with relying.asks(
        "list the integrations with their timestamps", "GET", BASE, LIVES["redis"], status=200, answer=listed
    ) as url:
        assert client(url).get_big_segment_store_integrations().items[0].status.last_sync == 1717263000000


def test_understands_bad_request(relying, client):
    """It raises its BadRequestException for a config that lacks the host."""
    body = {"config": {"port": "6380"}, "name": "storepact pact"}
    with (
        relying.asks(
            "create a redis integration without a host", "POST", collection("redis"), THERE, status=400, body=body,
            answer=refusal("invalid_request"),
        ) as url,
        pytest.raises(ld.exceptions.BadRequestException),
    ):  # fmt: skip
        create(client(url), "redis", body)


def test_understands_unauthorized(relying, client):
    """It raises its UnauthorizedException for a token that nobody knows."""
    with (
        relying.asks(
            "list with an unknown token",
            "GET",
            BASE,
            "the token is not known",
            status=401,
            answer=refusal("unauthorized"),
        ) as url,
        pytest.raises(ld.exceptions.UnauthorizedException),
    ):
        client(url).get_big_segment_store_integrations()


def test_understands_forbidden(relying, client):
    """It raises its ForbiddenException when a token that may only read changes something."""
    with (
        relying.asks(
            "rename with a token that may only read", "PATCH", one("redis"), LIVES["redis"], "the token may only read", status=403,
            body=RENAME, answer=refusal("forbidden"),
        ) as url,
        pytest.raises(ld.exceptions.ForbiddenException),
    ):  # fmt: skip
        rename(client(url))


def test_understands_that_it_is_not_beta(relying, client):
    """Left alone it asks for a stable version of the API, and raises its ForbiddenException."""
    with (
        relying.asks(
            "list without asking for the beta",
            "GET",
            BASE,
            THERE,
            status=403,
            version="20240415",
            answer=refusal("forbidden"),
        ) as url,
        pytest.raises(ld.exceptions.ForbiddenException),
    ):
        client(url, beta=False).get_big_segment_store_integrations()


def test_understands_not_found(relying, client):
    """It raises its NotFoundException for an integration that is gone."""
    with (
        relying.asks(
            "get an integration that is gone", "GET", one("redis"), "a redis integration was deleted", status=404,
            answer=refusal("not_found"),
        ) as url,
        pytest.raises(ld.exceptions.NotFoundException),
    ):  # fmt: skip
        get(client(url))


def test_understands_conflict(relying, client):
    """It raises its ConflictException when another request got there first."""
    with (
        relying.asks(
            "rename while another request is in the way", "PATCH", one("redis"), LIVES["redis"], "another request is in the way",
            status=409, body=RENAME, answer=refusal("optimistic_locking_error"),
        ) as url,
        pytest.raises(ld.exceptions.ConflictException),
    ):  # fmt: skip
        rename(client(url))


def test_understands_rate_limit(relying, client):
    """It raises its ApiException, status 429, when the limit is used up."""
    with (
        relying.asks(
            "list with an exhausted limit",
            "GET",
            BASE,
            "the limit is exhausted",
            status=429,
            answer=refusal("rate_limited"),
        ) as url,
        pytest.raises(ld.exceptions.ApiException) as raised,
    ):
        client(url).get_big_segment_store_integrations()
    assert raised.value.status == 429


def test_pact_is_pinned(pinned):
    """The pact that all of this adds up to is the committed one."""
    pinned()
