"""Requests to a running mock: a client, and the integration that most tests create."""

from __future__ import annotations

import httpx

from storepact.families.persistent_store.api import BASE

REDIS = {"name": "orders", "config": {"host": "redis.example.com", "password": "correct-horse-battery"}}
COLLECTION = f"{BASE}/default/test/redis"


def client_of(running):
    """Return a client with the writer's token."""
    return httpx.Client(base_url=running.url, headers=running.headers(), trust_env=False, timeout=20)


def create(api, **body):
    """Create an integration; returns it as JSON."""
    response = api.post(COLLECTION, json={**REDIS, **body})
    assert response.status_code == 201, response.text
    return response.json()


def path_of(item):
    """Return the path of an integration."""
    return item["_links"]["self"]["href"]


def patch(api, item, *operations, **options):
    """Send a patch; returns the response."""
    return api.patch(path_of(item), json=list(operations), **options)
