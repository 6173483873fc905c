"""Stores for tests: the layout as the writer leaves it, on the servers that are there."""

from __future__ import annotations

import time

import pytest

from redis_server import fake_redis, real_redis
from storepact.families.persistent_store.stores.layout import RedisNames, hash_context_key


@pytest.fixture(params=["redis-server", "fakeredis"])
def server(request, tmp_path):
    """A Redis server without a password."""
    with real_redis(tmp_path) if request.param == "redis-server" else fake_redis() as running:
        yield running


@pytest.fixture
def fill():
    """A function that writes a good store with some contexts."""

    def write(client, prefix="launchdarkly", contexts=3):
        names = RedisNames(prefix)
        client.set(names.synchronized_on, int(time.time() * 1000))
        client.set(names.cursor, "12")
        pipeline = client.pipeline(transaction=False)
        for number in range(contexts):
            context = hash_context_key(f"context-{number}")
            pipeline.sadd(names.included(context), "beta.g1", "alpha.g2")
            pipeline.sadd(names.excluded(context), "gamma.g1")
        pipeline.execute()

    return write
