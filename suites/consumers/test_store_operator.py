"""What store-operator relies on (store_operator.py). Copy this file to pin your own client: docs/consumers.md goes through it."""

from __future__ import annotations

import pytest
from interactions import BASE, ENVIRONMENT, ID, JSON, PROJECT, TOKEN, one, served
from pact import match
from store_operator import ChangedMeanwhile, LimitReached, StoreOperator

CONSUMER = "store-operator"
LIVES = "a redis integration exists"
PATH = f"{BASE}/{PROJECT}/{ENVIRONMENT}/redis/{ID}"


def test_finds_stores(relying):
    """It needs the name, the kind, whether it is on, and where it is."""
    item = {
        "_links": {"self": {"href": match.regex(PATH, regex="^/.*")}},
        "name": match.type("storepact pact"),
        "integrationKey": match.regex("redis", regex="^(redis|dynamodb)$"),
        "on": match.boolean(True),
    }
    answer = {"items": match.each_like(item, min=1)}
    with (
        relying.asks("list the stores", "GET", BASE, LIVES, status=200, answer=answer) as url,
        StoreOperator(url, TOKEN) as operator,
    ):
        assert [(store.name, store.path) for store in operator.stores()] == [("storepact pact", PATH)]


def rotation(relying, pact):
    """The two requests of a rotation; the second is still to be answered."""
    read = relying.interaction(
        pact, "read a store before its rotation", "GET", one("redis"), LIVES
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


def test_rotates(relying):
    """It reads version and config, writes both back with the new password, and needs the new version."""
    with relying.pact() as pact:
        patch = rotation(relying, pact)
        asked = relying.interaction(
            pact, "rotate the password of a store", "PATCH", one("redis"), LIVES, body=patch
        )
        asked = asked.will_respond_with(200).with_header("Content-Type", JSON)
        asked.with_body({"version": match.integer(2)}, "application/json")
        with served(pact) as url, StoreOperator(url, TOKEN) as operator:
            assert operator.rotate(PATH, "an-example-only") == 2


def test_yields_to_others(relying):
    """It tells a conflict from other refusals, and shows what the provider says about it."""
    with relying.pact() as pact:
        patch = rotation(relying, pact)
        asked = relying.interaction(
            pact,
            "rotate while another request is in the way",
            "PATCH",
            one("redis"),
            LIVES,
            "another request is in the way",
            body=patch,
        )
        asked = asked.will_respond_with(409).with_header("Content-Type", JSON)
        asked.with_body({"message": match.type("the version has moved on")}, "application/json")
        with served(pact) as url, StoreOperator(url, TOKEN) as operator, pytest.raises(ChangedMeanwhile):
            operator.rotate(PATH, "an-example-only")


def test_sees_health(relying):
    """It needs to know whether the store is reached."""
    answer = {"_status": {"available": match.boolean(True)}}
    with (
        relying.asks(
            "look whether a store is reached", "GET", one("redis"), LIVES, status=200, answer=answer
        ) as url,
        StoreOperator(url, TOKEN) as operator,
    ):
        assert operator.is_healthy(PATH)


def test_waits_for_the_limit(relying):
    """It needs to know for how long."""
    headers = [("Retry-After", match.regex("10", regex=r"^\d+$"))]
    with (
        relying.asks(
            "list with an exhausted limit", "GET", BASE, "the limit is exhausted", status=429, headers=headers
        ) as url,
        StoreOperator(url, TOKEN) as operator,
        pytest.raises(LimitReached, match=r"wait 10\.0 s"),
    ):
        operator.stores()


def test_pact_is_pinned(pinned):
    """The pact that all of this adds up to is the committed one."""
    pinned()
