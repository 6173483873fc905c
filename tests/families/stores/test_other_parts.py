"""Stores and readers of others: the SDK for Node, dynalite, a Redis cluster. `.ci/run` installs them."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
from pathlib import Path

import boto3
import pytest
import redis

import commands
from dynamodb_tables import create_table
from redis_server import free_port, real_redis
from synced_mock import SyncedMock, eventually, sdk_hash

PARTS = Path(__file__).parents[3] / ".ci" / "stores"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "hidden-1",
    "AWS_CONFIG_FILE": "/nowhere",
}

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (PARTS / "node_modules").is_dir(),
    reason="the npm packages of .ci/stores are not installed",
)


@needs_node
def test_sdk_for_node_reads_what_was_put_in(tmp_path):
    """Included, excluded, and in both sets, under a key in Unicode."""
    with real_redis(tmp_path) as server:
        mock = SyncedMock()
        mock.create(config={"host": "127.0.0.1", "port": str(server.port)}, on=True)
        sets = {"included": {"add": ["Zoë 🦄", "b"]}, "excluded": {"add": ["c", "b"]}}
        version = mock.change(**sets)["version"]
        with redis.Redis(port=server.port) as client:
            eventually(lambda: client.get("launchdarkly:big_segments_cursor") == version.encode())
            eventually(lambda: client.get("launchdarkly:big_segments_synchronized_on"))
        hashes = [sdk_hash(key) for key in ("Zoë 🦄", "b", "c", "nobody")]
        command = ["node", "read.mjs", str(server.port), *hashes]
        printed = json.loads(subprocess.check_output(command, cwd=PARTS, timeout=60))
        mock.provider.clear()
    assert printed["memberships"] == [{"beta.g1": True}, {"beta.g1": True}, {"beta.g1": False}, None]
    assert abs(printed["metadata"]["lastUpToDate"] / 1000 - time.time()) < 60


@contextlib.contextmanager
def dynalite():
    """Dynalite on a free port of loopback."""
    port = free_port()
    program = PARTS / "node_modules" / "dynalite" / "cli.js"
    options = ["--port", str(port), "--host", "127.0.0.1", "--createTableMs", "0"]
    process = subprocess.Popen(["node", str(program), *options], stdout=subprocess.PIPE, text=True)
    try:
        assert "listening" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


@needs_node
def test_second_dynamodb(tmp_path):
    """Heartbeats are written to dynalite and `store check` reads it; it has no transactions for patches."""
    with dynalite() as url:
        client = boto3.client(
            "dynamodb",
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        create_table(client)
        eventually(lambda: client.describe_table(TableName="segments")["Table"]["TableStatus"] == "ACTIVE")
        mock = SyncedMock()
        mock.command("stores", {"dynamodbEndpoint": url})
        role = "arn:aws:iam::123456789012:role/x"
        config = {"tableName": "segments", "region": "us-east-1", "roleArn": role}
        path = mock.create("dynamodb", config=config, on=True)
        mock.await_status(path, True)
        done = commands.call(
            *("store", "check", "--dynamodb", "segments", "--region", "us-east-1", "--endpoint", url),
            cwd=tmp_path,
            environment=CREDENTIALS,
        )
        assert (done.returncode, "SP705" in done.stdout) == (0, False), done.stdout + done.stderr
        mock.change(included={"add": ["a"]})
        assert mock.await_status(path, False)["errors"][-1]["statusCode"] == 500
        mock.provider.clear()
        client.close()


@contextlib.contextmanager
def cluster(folder):
    """Three nodes of a Redis cluster that share the slots; yields the port of the first."""
    with contextlib.ExitStack() as stack:
        ports, buses = [], []
        for number in range(3):
            place = folder / str(number)
            place.mkdir()
            buses.append(free_port())
            options = ("--cluster-enabled", "yes", "--cluster-port", str(buses[-1]))
            ports.append(stack.enter_context(real_redis(place, *options)).port)
        clients = [stack.enter_context(redis.Redis(port=port, decode_responses=True)) for port in ports]
        for number, client in enumerate(clients):
            first, last = 16_384 * number // 3, 16_384 * (number + 1) // 3 - 1
            client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
            client.execute_command("CLUSTER MEET", "127.0.0.1", ports[0], buses[0])
        for client in clients:
            eventually(lambda: client.execute_command("CLUSTER INFO")["cluster_state"] == "ok", 60)  # noqa: B023
        yield ports[0]


def test_cluster_of_three_nodes(tmp_path):
    """`store check --cluster` reads all nodes; without the option it says what to do."""
    with cluster(tmp_path) as port:
        with redis.RedisCluster(host="127.0.0.1", port=port) as client:
            client.set("launchdarkly:big_segments_synchronized_on", int(time.time() * 1000))
            client.set("launchdarkly:big_segments_cursor", "7")
            for number in range(20):
                client.sadd(f"launchdarkly:big_segment_include:{sdk_hash(str(number))}", "beta.g1")
        url = f"redis://127.0.0.1:{port}"
        done = commands.call("store", "check", "--redis", url, "--cluster", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "20 sets of memberships read" in done.stdout
        done = commands.call("store", "check", "--redis", url, cwd=tmp_path)
        assert (done.returncode, "give --cluster" in done.stderr) == (2, True)
        done = commands.call("store", "check", "--redis", f"{url}/1", "--cluster", cwd=tmp_path)
        assert (done.returncode, "no other database than 0" in done.stderr) == (2, True)
        with redis.RedisCluster(host="127.0.0.1", port=port) as client:
            node = redis.Redis(port=max(node.port for node in client.get_primaries()))
        node.config_set("maxmemory", "100mb")
        node.config_set("maxmemory-policy", "allkeys-lru")
        node.close()
        done = commands.call("store", "check", "--redis", url, "--cluster", cwd=tmp_path)
        assert (done.returncode, done.stdout.count("set maxmemory-policy to noeviction")) == (1, 2), (
            done.stdout
        )
