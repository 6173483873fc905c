"""Stores for tests: the layout as the writer leaves it, on the servers that are there."""

from __future__ import annotations

import time

import boto3
import pytest
from moto.server import ThreadedMotoServer

from context_hashes import hash_context_key
from redis_server import fake_redis, real_redis
from storepact.families.persistent_store.stores.layout import RedisNames


@pytest.fixture(params=["redis-server", "fakeredis"])
def server(request, tmp_path):
    """A Redis server without a password."""
    with real_redis(tmp_path) if request.param == "redis-server" else fake_redis() as running:
        yield running


@pytest.fixture(scope="module")
def endpoint():
    """The URL of moto's server, which stands for DynamoDB."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def dynamodb(endpoint):
    """A client of DynamoDB; its tables are deleted with the test."""
    client = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="x",
    )
    yield client
    for name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
    client.close()


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
            pipeline.sadd(names.include_key(context), "beta.g1", "alpha.g2")
            pipeline.sadd(names.exclude_key(context), "gamma.g1")
        pipeline.execute()

    return write
