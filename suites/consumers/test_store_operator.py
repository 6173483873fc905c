"""What store-operator relies on (store_operator.py); docs/consumers.md explains how to test a client."""

from __future__ import annotations

import pytest
from interactions import BASE, ENVIRONMENT, ID, JSON, PROJECT, TOKEN, resource_path, serve_pact
from pact import match
from store_operator import ChangedMeanwhile, LimitReached, StoreOperator

CONSUMER = "store-operator"
LIVES = "a redis integration exists"
PATH = f"{BASE}/{PROJECT}/{ENVIRONMENT}/redis/{ID}"


def test_finds_stores(consumer):
    """It needs the name, the kind, whether it is on, and where it is."""
    item = {
        "_links": {"self": {"href": match.regex(PATH, regex="^/.*")}},
        "name": match.type("storepact pact"),
        "integrationKey": match.regex("redis", regex="^(redis|dynamodb)$"),
        "on": match.boolean(True),
    }
    response = {"items": match.each_like(item, min=1)}
    with (
        consumer.serve("list the stores", "GET", BASE, LIVES, status=200, response=response) as url,
        StoreOperator(url, TOKEN) as operator,
    ):
        assert [(store.name, store.path) for store in operator.stores()] == [("storepact pact", PATH)]


def add_read(consumer, pact):
    """Add the read of a rotation to a pact; returns the patch that follows it."""
    read = consumer.interaction(
        pact, "read a store before its rotation", "GET", resource_path("redis"), LIVES
    ).will_respond_with(200)
    read.with_header("Content-Type", JSON).with_body(
        {
            "version": match.integer(1),
            "config": {"host": match.type("storepact.example.com"), "port": match.type("6380")},
        },
        "application/json",
    )
    config = {"host": "storepact.example.com", "port": "6380", "password": "an-example-only"}
    return [
        {"op": "test", "path": "/version", "value": 1},
        {"op": "replace", "path": "/config", "value": config},
    ]


def test_rotates(consumer):
    """It reads version and config, writes both back with the new password, and needs the new version."""
    with consumer.pact() as pact:
        patch = add_read(consumer, pact)
        interaction = consumer.interaction(
            pact, "rotate the password of a store", "PATCH", resource_path("redis"), LIVES, body=patch
        )
        interaction = interaction.will_respond_with(200).with_header("Content-Type", JSON)
        interaction.with_body({"version": match.integer(2)}, "application/json")
        with serve_pact(pact) as url, StoreOperator(url, TOKEN) as operator:
            assert operator.rotate(PATH, "an-example-only") == 2


def test_yields_to_others(consumer):
    """It distinguishes a conflict from other refusals, and shows the provider's message."""
    with consumer.pact() as pact:
        patch = add_read(consumer, pact)
        interaction = consumer.interaction(
            pact,
            "rotate while another request is in the way",
            "PATCH",
            resource_path("redis"),
            LIVES,
            "another request is in the way",
            body=patch,
        )
        interaction = interaction.will_respond_with(409).with_header("Content-Type", JSON)
        interaction.with_body({"message": match.type("the version has moved on")}, "application/json")
        with serve_pact(pact) as url, StoreOperator(url, TOKEN) as operator, pytest.raises(ChangedMeanwhile):
            operator.rotate(PATH, "an-example-only")


def test_sees_health(consumer):
    """It needs to know whether the store is reached."""
    response = {"_status": {"available": match.boolean(True)}}
    with (
        consumer.serve(
            "look whether a store is reached",
            "GET",
            resource_path("redis"),
            LIVES,
            status=200,
            response=response,
        ) as url,
        StoreOperator(url, TOKEN) as operator,
    ):
        assert operator.is_healthy(PATH)


def test_waits_for_the_limit(consumer):
    """It needs to know for how long."""
    headers = [("Retry-After", match.regex("10", regex=r"^\d+$"))]
    with (
        consumer.serve(
            "list with an exhausted limit", "GET", BASE, "the limit is exhausted", status=429, headers=headers
        ) as url,
        StoreOperator(url, TOKEN) as operator,
        pytest.raises(LimitReached, match=r"wait 10\.0 s"),
    ):
        operator.stores()


def test_pact_is_pinned(compare_pact):
    """The pact that all of this adds up to is the committed one."""
    compare_pact()
