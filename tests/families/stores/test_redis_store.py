"""`storepact store check` on Redis servers: good stores, and broken ones with the repair in one sentence."""

from __future__ import annotations

import http.server
import json
import threading
import time

import pytest
import redis
import trustme

import commands
from redis_server import free_port, real_redis
from storepact.families.persistent_store.stores.layout import RedisNames

NAMES = RedisNames("launchdarkly")


def check(folder, *options, environment=None):
    """Call the command; returns its exit code, its findings as (code, message), and all that it printed."""
    done = commands.call(
        "store", "check", *options, "--report-dir", folder / "report", cwd=folder, environment=environment
    )
    path = folder / "report" / "run.json"
    findings = json.loads(path.read_text(encoding="utf-8"))["findings"] if path.exists() else []
    return done.returncode, [(each["code"], each["message"]) for each in findings], done.stdout + done.stderr


def test_good_store_conforms(server, fill, tmp_path):
    with redis.Redis(port=server.port) as client:
        fill(client)
        before = sorted(client.keys())
        code, findings, output = check(tmp_path, "--redis", server.url, "--write-probe")
        assert (code, findings) == (0, []), output
        assert sorted(client.keys()) == before
    assert "6 sets of memberships read" in output
    assert '"tlsEnabled": false' in output


def test_another_prefix_is_another_store(server, fill, tmp_path):
    with redis.Redis(port=server.port) as client:
        fill(client, prefix="team-a")
    assert check(tmp_path, "--redis", server.url, "--prefix", "team-a")[0] == 0
    code, findings, _ = check(tmp_path, "--redis", server.url)
    assert code == 1
    assert [code for code, _ in findings] == ["SP703"]


def test_damage_is_a_finding_on_either_server(server, fill, tmp_path):
    """The kinds of damage are in test_broken_stores.py."""
    with redis.Redis(port=server.port) as client:
        fill(client)
        client.set(NAMES.synchronized_on, int(time.time()))
    exit_code, findings, _ = check(tmp_path, "--redis", server.url)
    assert exit_code == 1
    assert [code for code, _ in findings] == ["SP704"]


def test_sample_reads_some_sets_and_says_so(server, fill, tmp_path):
    with redis.Redis(port=server.port) as client:
        fill(client, contexts=50)
    code, _, output = check(tmp_path, "--redis", server.url, "--sample", 10, "--verbose")
    assert code == 0
    assert "10 sets of memberships read" in output
    assert "90 of 100 sets of references" in output


def test_eviction_policy_is_a_finding_where_memory_is_limited(fill, tmp_path):
    with (
        real_redis(tmp_path, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru") as server,
        redis.Redis(port=server.port) as client,
    ):
        fill(client)
        code, findings, _ = check(tmp_path, "--redis", server.url)
    assert code == 1
    assert [code for code, _ in findings] == ["SP701"]
    assert "noeviction" in findings[0][1]


def test_replica_is_a_finding_for_the_writer_only(fill, tmp_path):
    (tmp_path / "second").mkdir()
    with real_redis(tmp_path) as primary, redis.Redis(port=primary.port) as client:
        fill(client)
        options = ("--replicaof", f"127.0.0.1 {primary.port}")
        with real_redis(tmp_path / "second", *options) as replica, redis.Redis(port=replica.port) as follower:
            end = time.monotonic() + 60
            while time.monotonic() < end and not follower.exists(NAMES.cursor):
                time.sleep(0.05)  # between two looks at the replica
            code, findings, _ = check(tmp_path, "--redis", replica.url)
            reader = check(tmp_path, "--redis", replica.url, "--role", "reader")
    assert (code, [code for code, _ in findings]) == (1, ["SP701"])
    assert "address of the primary" in findings[0][1]
    assert reader[0] == 0


def test_permissions_of_users_are_told_by_role(fill, tmp_path):
    with real_redis(tmp_path) as server, redis.Redis(port=server.port) as client:
        fill(client)
        client.acl_setuser(
            "sdk",
            enabled=True,
            passwords=["+secret-1"],
            keys=["*"],
            commands=[
                "+get",
                "+smembers",
                "+scan",
                "+info",
                "+type",
                "+select",
                "+ping",
                "+acl|whoami",
                "+acl|dryrun",
            ],
        )
        environment = {"STOREPACT_STORE_PASSWORD": "secret-1"}
        options = ("--redis", server.url, "--username", "sdk")
        code, findings, output = check(tmp_path, *options, environment=environment)
        reader = check(tmp_path, *options, "--role", "reader", environment=environment)
    assert (code, [code for code, _ in findings]) == (1, ["SP702"]), output
    assert "SET, SADD, SREM, DEL" in findings[0][1]
    assert reader[0] == 0, reader
    assert "secret-1" not in output


def test_password_is_required_wrong_or_right(fill, tmp_path):
    with real_redis(tmp_path, "--requirepass", "right-1") as server:
        with redis.Redis(port=server.port, password="right-1") as client:
            fill(client)
        missing = check(tmp_path, "--redis", server.url)
        wrong = check(tmp_path, "--redis", server.url, environment={"STOREPACT_STORE_PASSWORD": "wrong-1"})
        (tmp_path / "password").write_text("right-1\n", encoding="utf-8")
        right = check(tmp_path, "--redis", server.url, "--password-file", tmp_path / "password")
    assert missing[0] == 3
    assert "requires a password: set STOREPACT_STORE_PASSWORD" in missing[2]
    assert wrong[0] == 3
    assert "is wrong: correct it" in wrong[2]
    assert "wrong-1" not in wrong[2]
    assert right[0] == 0
    assert '"password": "********"' in right[2]
    assert not any(
        "right-1" in text for text in (right[2], (tmp_path / "report/run.json").read_text("utf-8"))
    )


def test_tls_and_its_errors(fill, tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    options = ("--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-ca-cert-file", "ca.pem")
    with real_redis(tmp_path, *options, "--tls-auth-clients", "no", tls=True) as server:
        url = f"rediss://127.0.0.1:{server.port}"
        with redis.Redis(port=server.port, ssl=True, ssl_ca_certs=str(tmp_path / "ca.pem")) as client:
            fill(client)
        good = check(tmp_path, "--redis", url, "--ca-file", tmp_path / "ca.pem")
        untrusted = check(tmp_path, "--redis", url)
        plain = check(tmp_path, "--redis", server.url)
    assert good[0] == 0, good
    assert untrusted[0] == 3
    assert "is not trusted" in untrusted[2]
    assert "--ca-file" in untrusted[2]
    assert plain[0] == 3
    assert "rediss://" in plain[2]


def test_tls_on_a_plain_port(server, tmp_path):
    code, _, output = check(tmp_path, "--redis", server.url.replace("redis://", "rediss://"), "--timeout", 5)
    assert code == 3
    assert "does not speak TLS" in output


def test_cluster_wants_its_option(tmp_path):
    with real_redis(tmp_path, "--cluster-enabled", "yes", "--cluster-port", str(free_port())) as server:
        code, _, output = check(tmp_path, "--redis", server.url)
    assert code == 2
    assert "give --cluster" in output


def test_database_that_does_not_exist(tmp_path):
    with real_redis(tmp_path) as server:
        code, _, output = check(tmp_path, "--redis", f"{server.url}/99")
    assert code == 3
    assert "no database 99" in output


def test_port_of_something_else(tmp_path):
    class Silent(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Silent) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        code, _, output = check(tmp_path, "--redis", f"redis://127.0.0.1:{web.server_port}")
        web.shutdown()
    assert code == 3
    assert "correct the port" in output


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 2, "name one store"),
        (("--redis", "redis://h", "--dynamodb", "t"), 2, "name one store"),
        (("--redis", "127.0.0.1:6379"), 2, "redis://HOST:PORT"),
        (("--redis", "http://127.0.0.1"), 2, "redis://HOST:PORT"),
        (("--redis", "redis://u:hidden-1@h"), 2, "STOREPACT_STORE_PASSWORD"),
        (("--redis", "redis://h:99999"), 2, "1 to 65535"),
        (("--redis", "redis://h/one"), 2, "no number of a database"),
        (("--redis", "redis://h", "--prefix", "a b"), 2, "holds a blank"),
        (("--redis", "redis://h", "--prefix", ""), 2, "is empty"),
        (("--redis", "redis://h", "--region", "us-east-1"), 2, "--dynamodb only"),
        (("--redis", "redis://h", "--password-file", "nowhere"), 2, "cannot read nowhere"),
        (("--dynamodb", "t", "--cluster"), 2, "--redis only"),
        (("--redis", "redis://host.invalid"), 3, "is unknown"),
    ],
)
def test_wrong_usage_says_what_to_do(tmp_path, options, code, words):
    exit_code, _, output = check(tmp_path, *options)
    assert exit_code == code
    assert words in " ".join(output.split())
    assert "hidden-1" not in output


def test_nothing_listens(tmp_path):
    code, _, output = check(tmp_path, "--redis", f"redis://127.0.0.1:{free_port()}")
    assert code == 3
    assert "start the server, or correct the port" in output
