"""Broken stores on a real redis-server: one finding each, in one sentence that names the repair."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from socket import create_server

import pytest
import redis
import trustme

import commands
from context_hashes import hash_context_key
from redis_server import free_port, real_redis
from storepact.families.persistent_store.stores.layout import RedisNames
from storepact.families.persistent_store.stores.redis_access import RedisAccess
from synced_mock import eventually

NAMES = RedisNames("launchdarkly")
CONTEXT = hash_context_key("x")
FILLED = hash_context_key("context-1")


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """One redis-server for the tests of this module; each test empties it."""
    with real_redis(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def client(shared_server, fill):
    """A client of a store in good order."""
    with redis.Redis(port=shared_server.port) as connected:
        connected.flushall()
        fill(connected)
        yield connected
        connected.config_set("maxmemory", "0")
        connected.config_set("min-replicas-to-write", "0")
        connected.config_set("maxmemory-policy", "noeviction")
        for user in connected.acl_users():
            if user != "default":
                connected.acl_deluser(user)


def check(folder, *options, password=None):
    """Call the command; returns its exit code, its findings as (code, message), and all that it printed."""
    environment = {} if password is None else {"STOREPACT_STORE_PASSWORD": password}
    done = commands.call(
        "store", "check", *options, "--report-dir", folder / "report", cwd=folder, environment=environment
    )
    path = folder / "report" / "run.json"
    findings = json.loads(path.read_text(encoding="utf-8"))["findings"] if path.exists() else []
    return done.returncode, [(item["code"], item["message"]) for item in findings], done.stdout + done.stderr


def milliseconds():
    return int(time.time() * 1000)


def set_time(text):
    return lambda client: client.set(NAMES.synchronized_on, text() if callable(text) else text)


def move(prefix, separator=":"):
    """The same store below another prefix."""

    def damage(client):
        for name in list(client.scan_iter()):
            client.rename(name, name.replace(b"launchdarkly:", (prefix + separator).encode(), 1))

    return damage


def include(reference, context=CONTEXT):
    return lambda client: client.sadd(NAMES.include_key(context), reference)


def move_to_database_3(client):
    for name in list(client.scan_iter()):
        client.move(name, 3)


def replace_time_by_hash(client):
    client.delete(NAMES.synchronized_on)
    client.hset(NAMES.synchronized_on, "ms", milliseconds())


def replace_cursor_by_list(client):
    client.delete(NAMES.cursor)
    client.rpush(NAMES.cursor, "12")


def limit_memory(size, policy):
    def damage(client):
        client.config_set("maxmemory", size)
        client.config_set("maxmemory-policy", policy)

    return damage


DAMAGES = {
    "time in seconds": (set_time(lambda: milliseconds() // 1000), "SP704", "in seconds"),
    "time in microseconds": (set_time(lambda: milliseconds() * 1000), "SP704", "never call the store stale"),
    "time as a fraction": (set_time(lambda: f"{milliseconds()}.0"), "SP704", "milliseconds as digits"),
    "time in ISO 8601": (set_time("2026-11-27T00:00:00Z"), "SP704", "milliseconds as digits"),
    "time with a line feed": (set_time(lambda: f"{milliseconds()}\n"), "SP704", "milliseconds as digits"),
    "time in other digits": (set_time("١٧٩٥٠٠٠٠٠٠٠٠٠"), "SP704", "milliseconds as digits"),
    "time as bytes": (set_time(b"\x00\xff"), "SP704", "milliseconds as digits"),
    "time missing": (lambda c: c.delete(NAMES.synchronized_on), "SP703", "switch the integration on"),
    "time too old": (set_time(lambda: milliseconds() - 200_000), "SP705", "check that the integration is on"),
    "time in the future": (set_time(lambda: milliseconds() + 3_600_000), "SP705", "set the clock"),
    "time is a hash": (replace_time_by_hash, "SP706", "is a hash, not a string"),
    "time will go": (lambda c: c.expire(NAMES.synchronized_on, 3000), "SP701", "remove the time to live"),
    "cursor will go": (lambda c: c.expire(NAMES.cursor, 3000), "SP701", "remove the time to live"),
    "set will go": (lambda c: c.expire(NAMES.include_key(FILLED), 3000), "SP701", "remove the time to live"),
    "cursor missing": (lambda c: c.delete(NAMES.cursor), "SP703", "synchronize from the beginning"),
    "cursor empty": (lambda c: c.set(NAMES.cursor, ""), "SP703", "synchronize from the beginning"),
    "cursor is a list": (replace_cursor_by_list, "SP706", "is a list, not a string"),
    "string for a set": (
        lambda c: c.set(NAMES.include_key(CONTEXT), "b.g1"),
        "SP706",
        "delete what is no set",
    ),
    "list for a set": (
        lambda c: c.rpush(NAMES.exclude_key(CONTEXT), "b.g1"),
        "SP706",
        "is a list, not a set",
    ),
    "hash in hex": (include("beta.g1", "0" * 64), "SP707", "hexadecimal"),
    "hash URL-safe": (include("beta.g1", CONTEXT.replace("+", "-")), "SP707", "URL-safe alphabet"),
    "hash unpadded": (include("beta.g1", CONTEXT.rstrip("=")), "SP707", "base64 without padding"),
    "no hash": (include("beta.g1", "joe@example.com"), "SP707", "store it under base64 of the SHA-256"),
    "no generation": (include("beta"), "SP708", "its generation"),
    "two references in one": (include("beta.g1,alpha.g2"), "SP708", "no reference of a segment"),
    "references as JSON": (include('["beta.g1"]'), "SP708", "no reference of a segment"),
    "wrong name": (
        lambda c: c.sadd("launchdarkly:big_segments_include:joe@example.com", "b.g1"),
        "SP709",
        "big_segments_include…: no SDK reads this name, which resembles big_segment_include; write that name",
    ),
    "wrong separator": (
        lambda c: c.sadd(f"launchdarkly:big_segment_include/{CONTEXT}", "b.g1"),
        "SP709",
        "write that name",
    ),
    "foreign name": (lambda c: c.set("launchdarkly:session:joe@example.com", "1"), "SP709", "another prefix"),
    "empty": (lambda c: c.flushdb(), "SP703", "switch the integration on"),
    "other prefix": (move("team-a"), "SP703", "below the prefix 'team-a': give that one with --prefix"),
    "prefix with a colon": (move("launchdarkly:"), "SP703", "below the prefix 'launchdarkly:'"),
    "other database": (move_to_database_3, "SP703", "database 3 has keys: let writer and SDKs use the same"),
    "evicts": (limit_memory("100mb", "allkeys-lru"), "SP701", "set maxmemory-policy to noeviction"),
    "no replicas": (lambda c: c.config_set("min-replicas-to-write", 2), "SP701", "fewer than 2; connect its"),
    "no prefix": (move("", separator=""), "SP703", "has one without a prefix"),
    "reference in bytes": (include(b"\xff.g1"), "SP708", "no reference of a segment"),
    "no memory": (limit_memory("1mb", "noeviction"), "SP701", "raise maxmemory"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_broken_store_has_one_finding_with_its_repair(client, shared_server, tmp_path, damage):
    apply, code, words = DAMAGES[damage]
    apply(client)
    exit_code, findings, output = check(tmp_path, "--redis", shared_server.url)
    assert (exit_code, [code for code, _ in findings]) == (1, [code]), findings
    assert words in findings[0][1]
    assert "; " in findings[0][1], "what is wrong, and after a semicolon how to repair it"
    assert "\n" not in findings[0][1]
    assert "joe@example.com" not in output, "the key of a context is never printed"


@pytest.mark.parametrize(
    "addition",
    [
        lambda c: c.hset("launchdarkly:features", "flag", "{}"),
        lambda c: c.hset("launchdarkly:segments", "segment", "{}"),
        lambda c: c.set("launchdarkly:$inited", ""),
        lambda c: c.set("launchdarkly:prod:big_segments_synchronized_on", "1"),
        lambda c: c.sadd(f"launchdarkly:prod:big_segment_include:{CONTEXT}", "beta.g1"),
        lambda c: c.set("launchdarkly-sessions", "1"),
        lambda c: c.set(NAMES.lock, "held"),
        lambda c: c.sadd(NAMES.exclude_key(FILLED), "beta.g1"),
        limit_memory("100mb", "volatile-lru"),
        lambda c: c.config_set("maxmemory-policy", "allkeys-lru"),
    ],
)
def test_what_is_allowed_is_no_finding(client, shared_server, tmp_path, addition):
    """The SDKs' store of flags has the same prefix; a policy for keys with a time to live evicts no other."""
    addition(client)
    code, findings, output = check(tmp_path, "--redis", shared_server.url)
    assert (code, findings) == (0, []), output


READING = (
    "+ping",
    "+info",
    "+get",
    "+smembers",
    "+scan",
    "+ttl",
    "+type",
    "+select",
    "+acl|whoami",
    "+acl|dryrun",
)
WRITING = ("+set", "+sadd", "+srem", "+del", "+watch", "+multi", "+exec")


@pytest.mark.parametrize(
    ("refused", "keys", "role", "code", "words"),
    [
        ("+smembers", "*", "reader", 1, "SMEMBERS below launchdarkly: SDKs need it; add +smembers"),
        ("+get", "*", "reader", 1, "GET below launchdarkly: SDKs need it; add +get ~launchdarkly:*"),
        ("+watch", "*", "writer", 1, "WATCH below launchdarkly: the writer needs it; add +watch"),
        ("+watch", "*", "reader", 0, ""),
        ("", "other:*", "reader", 1, "GET, SMEMBERS below launchdarkly: SDKs need them"),
        ("", "launchdarkly:big_segments_*", "writer", 1, "add +smembers +sadd +srem +del ~launchdarkly:*"),
        ("+info", "launchdarkly:*", "writer", 0, ""),
        ("+scan", "*", "reader", 3, "add +scan to its ACL"),
    ],
)
def test_missing_permission_is_one_finding(client, shared_server, tmp_path, refused, keys, role, code, words):
    rules = [rule for rule in (*READING, *WRITING) if rule != refused]
    client.acl_setuser("app", enabled=True, passwords=["+secret-1"], keys=[keys], commands=rules)
    options = ("--redis", shared_server.url, "--username", "app", "--role", role)
    exit_code, findings, output = check(tmp_path, *options, password="secret-1")
    assert exit_code == code, output
    assert [code for code, _ in findings] == (["SP702"] if code == 1 else [])
    assert words in " ".join(output.split()) or words in findings[0][1]
    assert "secret-1" not in output


def test_write_probe_stays_below_the_prefix(client, shared_server, tmp_path):
    """A user who may write only below the prefix of the store passes; nothing is left."""
    rules = [*READING, *WRITING]
    client.acl_setuser("app", enabled=True, passwords=["+p"], keys=["launchdarkly:*"], commands=rules)
    before = sorted(client.keys())
    options = ("--redis", shared_server.url, "--username", "app", "--write-probe")
    code, findings, output = check(tmp_path, *options, password="p")
    assert (code, findings) == (0, []), output
    assert sorted(client.keys()) == before
    client.config_set("maxmemory", "1mb")
    _, findings, _ = check(tmp_path, *options, password="p")
    assert any("the write probe failed at SET" in message for _, message in findings), findings
    assert all("raise maxmemory" in message for _, message in findings)


@pytest.mark.parametrize(
    ("options", "password", "code", "words"),
    [
        ((), "needless", 3, "unset STOREPACT_STORE_PASSWORD"),
        (("--username", "nobody"), "p", 3, "the password for the user 'nobody'"),
        (("--cluster",), None, 2, "is no cluster: leave --cluster out"),
        (("--ca-file", "ca.pem"), None, 2, "write rediss:// instead of redis://"),
    ],
)
def test_server_does_not_fit_the_options(client, shared_server, tmp_path, options, password, code, words):
    exit_code, _, output = check(tmp_path, "--redis", shared_server.url, *options, password=password)
    assert exit_code == code
    assert words in " ".join(output.split())


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("redis://h?password=hidden-1", 2, "STOREPACT_STORE_PASSWORD"),
        ("redis://h/0#hidden-1", 2, "write redis://HOST:PORT/0"),
        ("redis://h:0", 2, "1 to 65535"),
        ("redis://[::1", 2, "redis://HOST:PORT"),
        ("redis://a b", 2, "redis://HOST:PORT"),
        ("http://h:6379", 2, "'http://h:6379' is no URL of Redis"),
        ("http://u:hidden-1@h", 2, "redis://HOST:PORT"),
        ("redis://a..b", 3, "correct the name"),
        (f"redis://{'a' * 80}.invalid", 3, "correct the name"),
    ],
)
def test_url_is_refused(tmp_path, url, code, words):
    exit_code, _, output = check(tmp_path, "--redis", url)
    assert exit_code == code
    assert words in " ".join(output.split())
    assert "hidden-1" not in output


@pytest.mark.parametrize(
    ("scheme", "head", "words"),
    [
        ("redis", b"", "it may speak TLS (rediss://)"),
        ("redis", b"-LOADING Redis is loading\r\n", "wait, and run this again"),
        ("redis", b"-DENIED protected\r\n", "set a password on it"),
        ("redis", b"-MASTERDOWN link\r\n", "use the address of the primary"),
        ("redis", b"-ERR max number of clients reached\r\n", "raise maxclients"),
        ("redis", b"SSH-2.0-OpenSSH\r\n", "correct the port"),
        ("rediss", b"SSH-2.0-OpenSSH\r\n", "correct the port"),
        ("rediss", b"+PONG\r\n", "write redis:// instead of rediss://"),
    ],
)
def test_first_bytes_of_a_server_name_the_repair(tmp_path, scheme, head, words):
    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(99)
                connection.sendall(head)

    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        code, _, output = check(tmp_path, "--redis", f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
    assert code == 3
    assert words in " ".join(output.split())


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("other.example", {}, "write the host name that it is for"),
        ("127.0.0.1", {"not_after": datetime(2020, 1, 1, tzinfo=UTC)}, "renew it"),
        ("127.0.0.1", {"clients": "yes"}, "set tls-auth-clients to no"),
    ],
)
def test_certificate_that_does_not_fit(tmp_path, name, options, words):
    clients = options.pop("clients", "no")
    authority = trustme.CA()
    certificate = authority.issue_cert(name, **options)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    files = ("--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-ca-cert-file", "ca.pem")
    with real_redis(tmp_path, *files, "--tls-auth-clients", clients, tls=True) as server:
        url = f"rediss://127.0.0.1:{server.port}"
        code, _, output = check(tmp_path, "--redis", url, "--ca-file", tmp_path / "ca.pem")
    assert code == 3
    assert words in " ".join(output.split())


def test_node_of_an_unfinished_cluster(tmp_path):
    with real_redis(tmp_path, "--cluster-enabled", "yes", "--cluster-port", str(free_port())) as server:
        code, _, output = check(tmp_path, "--redis", server.url, "--cluster")
    assert code == 3
    assert "look at CLUSTER INFO" in " ".join(output.split())


def test_server_that_stops_answering_while_it_is_read(client, shared_server, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise redis.TimeoutError

    monkeypatch.setattr(redis.Redis, "scan_iter", fail)
    code, _, output = check(tmp_path, "--redis", shared_server.url)
    assert code == 3
    assert "give it more time with --timeout" in " ".join(output.split())


def test_server_that_cannot_save(fill, tmp_path):
    """It answers PING with an error and refuses writes; SDKs read it."""
    place = tmp_path / "place"
    place.mkdir()
    with real_redis(place) as running, redis.Redis(port=running.port) as client, ExitStack() as stack:
        stack.callback(client.config_set, "save", "")  # a server that cannot save does not end at SIGTERM
        fill(client)
        client.config_set("save", "3600 1")
        shutil.rmtree(place)
        client.bgsave()
        eventually(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
        code, findings, _ = check(tmp_path, "--redis", running.url)
        assert (code, [code for code, _ in findings]) == (1, ["SP701"])
        assert "make room on the disk" in findings[0][1]
        assert check(tmp_path, "--redis", running.url, "--role", "reader")[0] == 0
        client.config_set("stop-writes-on-bgsave-error", "no")
        assert check(tmp_path, "--redis", running.url)[0] == 0


def test_address_of_ipv6(tmp_path):
    port = free_port()
    code, _, output = check(tmp_path, "--redis", f"redis://[::1]:{port}")
    assert code == 3
    assert f"[::1]:{port}" in output or "::1" in output
    assert str(RedisAccess("redis://[::1]:6379").endpoint) == "[::1]:6379"
