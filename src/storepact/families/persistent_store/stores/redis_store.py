"""Read a store on Redis as an SDK would, and judge it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.judge import (
    MembershipJudge,
    StoreObservation,
    judge_cursor,
    judge_synchronized_on,
)
from storepact.families.persistent_store.stores.layout import REDIS_PREFIX, Part, RedisNames
from storepact.families.persistent_store.stores.probe import Endpoint, StoreUnreachable, probe_redis
from storepact.model.errors import UsageError
from storepact.model.flaw import FlawKind

#: The port of Redis where a URL names none.
PORT = 6379

#: Names asked for at once, and values read at once.
_SCAN_COUNT = 1000
_BATCH = 500

#: The commands that SDKs and the Relay Proxy send, and those that the writer sends beside them.
READER_COMMANDS = (("GET", "{p}:big_segments_synchronized_on"), ("SMEMBERS", "{p}:big_segment_include:x"))
WRITER_COMMANDS = (
    ("SET", "{p}:big_segments_synchronized_on", "1"),
    ("SADD", "{p}:big_segment_include:x", "a"),
    ("SREM", "{p}:big_segment_include:x", "a"),
    ("DEL", "{p}:big_segment_include:x"),
    ("WATCH", "{p}:big_segments_lock"),
    ("MULTI",),
    ("EXEC",),
)


@dataclass(frozen=True)
class RedisAccess:
    """How a Redis store is reached. The password is in no representation."""

    url: str
    prefix: str = REDIS_PREFIX
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cluster: bool = False
    timeout: float = 10.0

    @property
    def endpoint(self) -> Endpoint:
        """The address.

        Raises:
            UsageError: the URL is not one of Redis, or holds a password.

        """
        parts = urlsplit(self.url)
        if parts.scheme not in ("redis", "rediss") or not parts.hostname:
            raise UsageError(
                f"{parts.hostname or self.url.partition('@')[2] or self.url!r} is no URL of Redis: write "
                "redis://HOST:PORT, or rediss://HOST:PORT for TLS"
            )
        if parts.password:
            raise UsageError(
                "a password in the URL can be read by others: set STOREPACT_STORE_PASSWORD, or "
                "use --password-file"
            )
        try:
            port = parts.port or PORT
        except ValueError:
            raise UsageError(
                f"the port of {parts.hostname} is no number from 1 to 65535: correct it"
            ) from None
        return Endpoint(parts.hostname, port, parts.scheme == "rediss", self.ca_file)

    @property
    def user(self) -> str | None:
        """The name of the user: of the URL, or the one that is given."""
        name = urlsplit(self.url).username
        return self.username or (unquote(name) if name else None)

    @property
    def database(self) -> int:
        """The number of the database.

        Raises:
            UsageError: it is no number.

        """
        path = urlsplit(self.url).path.strip("/")
        if not path:
            return 0
        if not path.isascii() or not path.isdigit():
            raise UsageError(f"{path!r} is no number of a database: write redis://HOST:PORT/0")
        return int(path)


@dataclass(frozen=True)
class RedisFacts:
    """What a server says of itself; empty where its user may not ask."""

    version: str = ""
    mode: str = ""
    role: str = ""
    eviction: str = ""
    memory_limit: int = 0


class RedisStore:
    """A connection to a store on Redis.

    Raises:
        StoreUnreachable: the store cannot be read.
        UsageError: the URL is wrong, or the driver is not installed.

    """

    def __init__(self, access: RedisAccess) -> None:
        self.access, self.names = access, RedisNames(access.prefix)
        try:
            import redis
        except ImportError:
            raise UsageError("Redis needs its driver: pip install 'storepact[store]'") from None
        self._errors: Any = redis.exceptions
        endpoint, database = access.endpoint, access.database
        probe_redis(endpoint, access.timeout)
        self._client = self._open(redis, endpoint)
        self.facts = self._read_facts(endpoint)
        if self.facts.mode == "cluster" and not access.cluster:
            raise UsageError(f"{endpoint} is a node of a cluster: give --cluster")
        if access.cluster and self.facts.mode not in ("", "cluster"):
            raise UsageError(f"{endpoint} is no cluster: leave --cluster out")
        if database:
            self._select(endpoint, database)

    def _options(self, endpoint: Endpoint) -> dict[str, Any]:
        access = self.access
        options: dict[str, Any] = {
            "host": endpoint.host,
            "port": endpoint.port,
            "username": access.user,
            "password": access.password,
            "socket_timeout": access.timeout,
            "socket_connect_timeout": access.timeout,
            "ssl": endpoint.tls,
            "decode_responses": True,
            "encoding_errors": "backslashreplace",
            "protocol": 2,
        }
        if endpoint.tls and access.ca_file is not None:
            options["ssl_ca_certs"] = str(access.ca_file)
        return options

    def _open(self, redis: Any, endpoint: Endpoint) -> Any:
        client = redis.Redis(**self._options(endpoint))
        self._authenticate(client, endpoint)
        if not self.access.cluster:
            return client
        client.close()
        try:
            return redis.RedisCluster(**self._options(endpoint))
        except self._errors.RedisClusterException:
            raise UsageError(f"{endpoint} is no cluster, or not all of its nodes can be reached") from None

    def _authenticate(self, client: Any, endpoint: Endpoint) -> None:
        try:
            client.ping()
        except self._errors.NoPermissionError:
            return
        except self._errors.AuthenticationError:
            if self.access.password is None:
                problem = f"{endpoint} wants a password: set STOREPACT_STORE_PASSWORD, or use --password-file"
            else:
                user = f"the user {self.access.user!r}" if self.access.user else "the default user"
                problem = f"the password for {user} at {endpoint} is wrong: correct it, or the user's name"
            raise StoreUnreachable(problem) from None
        except self._errors.RedisError as error:
            kind = type(error).__name__
            raise StoreUnreachable(f"{endpoint} did not answer PING ({kind}): check the server") from None

    def _read_facts(self, endpoint: Endpoint) -> RedisFacts:
        try:
            info: Any = self._client.info()
        except self._errors.ResponseError:  # not permitted, or not offered
            return RedisFacts()
        except self._errors.RedisError as error:
            kind = type(error).__name__
            raise StoreUnreachable(f"{endpoint} did not answer INFO ({kind}): check the server") from None
        if self.access.cluster and info and isinstance(next(iter(info.values())), dict):
            info = next(iter(info.values()))
        return RedisFacts(
            version=str(info.get("redis_version", "")),
            mode=str(info.get("redis_mode", "")),
            role=str(info.get("role", "")),
            eviction=str(info.get("maxmemory_policy", "")),
            memory_limit=int(info.get("maxmemory", 0)),
        )

    def _select(self, endpoint: Endpoint, database: int) -> None:
        try:
            self._client.execute_command("SELECT", database)
        except self._errors.ResponseError:
            raise StoreUnreachable(
                f"{endpoint} has no database {database}: LaunchDarkly and SDKs use 0; leave the number out"
            ) from None
        pool = self._client.connection_pool
        pool.connection_kwargs["db"] = database
        pool.disconnect()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def server(self) -> str:
        """The server in words: version, mode, role."""
        facts = self.facts
        if not facts.version:
            return "a Redis server that does not say its version to this user"
        return f"Redis {facts.version}, {facts.mode or 'standalone'}, {facts.role or 'unknown role'}"

    def judge(
        self, now_ms: int, sample: int, *, writer: bool, progress: Callable[[int], None]
    ) -> Iterator[StoreObservation]:
        """Read the store and yield what is wrong.

        Args:
            now_ms: the present, in milliseconds since 1970.
            sample: how many sets of references are read; names are all read.
            writer: whether the user is the one that writes.
            progress: called with the number of names read so far.

        """
        yield from self._judge_server(writer=writer)
        yield from self._judge_permissions(writer=writer)
        raw = self._read_text(self.names.synchronized_on)
        yield from _strings(self.names.synchronized_on, raw)
        if not isinstance(raw, WrongType):
            yield from judge_synchronized_on(raw, self.names.synchronized_on, now_ms)
        judge = MembershipJudge()
        total = self._judge_names(judge, sample, progress)
        yield from judge.observations()
        cursor = self._read_text(self.names.cursor)
        yield from _strings(self.names.cursor, cursor)
        if not isinstance(cursor, WrongType):
            yield from judge_cursor(cursor, self.names.cursor, total)
        self.sampled = judge.contexts
        if total > judge.contexts:
            self.unread = f"{total - judge.contexts:,} of {total:,} sets of references"

    sampled = 0
    """Sets of references that were read, after `judge`."""
    unread = ""
    """What was not read, after `judge`; empty if everything was."""

    def _judge_server(self, *, writer: bool) -> Iterator[StoreObservation]:
        facts = self.facts
        if writer and facts.role == "slave":
            yield (
                "SP701",
                Observation(
                    "role",
                    "the server is a read-only replica: the writer cannot write to it; give the "
                    "address of the primary",
                    FlawKind.VALUE,
                    expected="a primary",
                    actual="a replica",
                ),
            )
        if facts.memory_limit and facts.eviction not in ("", "noeviction"):
            yield (
                "SP701",
                Observation(
                    "eviction policy",
                    f"the eviction policy is {facts.eviction}: when memory is full, memberships "
                    "disappear and contexts "
                    "silently leave their segments; set maxmemory-policy to noeviction",
                    FlawKind.VALUE,
                    expected="noeviction",
                    actual=facts.eviction,
                ),
            )

    def _judge_permissions(self, *, writer: bool) -> Iterator[StoreObservation]:
        commands = (*READER_COMMANDS, *(WRITER_COMMANDS if writer else ()))
        missing = [words[0] for words in commands if self._may_send(words) is False]
        if missing:
            whose = "the writer" if writer else "SDKs"
            yield (
                "SP702",
                Observation(
                    "permissions",
                    f"the user may not send {', '.join(missing)} below {self.access.prefix}: "
                    f"{whose} needs them; add them "
                    "to its ACL",
                    FlawKind.REFUSED,
                    expected="permission for " + ", ".join(words[0] for words in commands),
                    actual=f"not permitted: {', '.join(missing)}",
                ),
            )

    def _may_send(self, words: Sequence[str]) -> bool | None:
        """Whether the user may send a command; None where the server does not say it."""
        filled = [word.replace("{p}", self.access.prefix) for word in words]
        try:
            if words in READER_COMMANDS:
                self._client.execute_command(*filled)
                return True
            user = self._client.execute_command("ACL", "WHOAMI")
            answer = self._client.execute_command("ACL", "DRYRUN", user, *filled)
        except self._errors.NoPermissionError:
            return False if words in READER_COMMANDS else None
        except self._errors.RedisError:
            return None
        return str(answer) == "OK"

    def _read_text(self, key: str) -> str | WrongType | None:
        try:
            value: str | None = self._client.get(key)
        except self._errors.NoPermissionError:
            return None
        except self._errors.ResponseError:
            return WrongType(str(self._client.type(key)))
        return value

    def _judge_names(self, judge: MembershipJudge, sample: int, progress: Callable[[int], None]) -> int:
        """Judge all names below the prefix, and the values of a sample; returns the number of sets."""
        total, read, batch = 0, 0, list[str]()
        for name in self._client.scan_iter(match=_escape(f"{self.access.prefix}:") + "*", count=_SCAN_COUNT):
            read += 1
            if read % 10_000 == 0:
                progress(read)
            key = self.names.parse(name)
            if key.part is Part.FOREIGN:
                judge.add_foreign(name if key.similar else _shorten(name), key.similar)
            elif key.part in (Part.INCLUDED, Part.EXCLUDED):
                total += 1
                judge.judge_hash(key.context)
                if total <= sample:
                    batch.append(name)
            if len(batch) >= _BATCH:
                self._judge_values(judge, batch)
                batch.clear()
        if batch:
            self._judge_values(judge, batch)
        progress(read)
        return total

    def _judge_values(self, judge: MembershipJudge, names: Sequence[str]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for name in names:
            pipeline.smembers(name)
        for name, value in zip(names, pipeline.execute(raise_on_error=False), strict=True):
            if isinstance(value, self._errors.NoPermissionError):
                continue
            if isinstance(value, Exception):
                kind = self.names.parse(name).part.value
                judge.judge_type(f"the {kind} set of a context", f"a {self._client.type(name)}", "a set")
            elif judge.judge_type(name, "a set", "a set"):
                judge.judge_references(value)

    def probe_writes(self) -> Iterator[StoreObservation]:
        """Send the writer's commands below another prefix, remove what they leave, yield what failed."""
        prefix = f"storepact-probe-{secrets.token_hex(6)}"
        names = RedisNames(prefix)
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("SET", lambda: self._client.set(names.synchronized_on, "1", ex=60)),
            ("SADD", lambda: self._client.sadd(names.included("x"), "a.g1")),
            ("MULTI", lambda: self._transact(names)),
            ("SREM", lambda: self._client.srem(names.included("x"), "a.g1")),
        )
        failed = []
        try:
            for command, send in steps:
                try:
                    send()
                except self._errors.RedisError as error:
                    failed.append(f"{command} ({type(error).__name__})")
        finally:
            try:
                for name in (names.synchronized_on, names.cursor, names.lock, names.included("x")):
                    self._client.delete(name)
            except self._errors.RedisError as error:
                failed.append(f"DEL ({type(error).__name__})")
        if failed:
            yield (
                "SP702",
                Observation(
                    "write probe",
                    f"the write probe failed at {', '.join(failed)}: the writer needs these "
                    "commands; add them to its ACL, "
                    "or give the address of the primary",
                    FlawKind.REFUSED,
                    expected="all commands of the writer succeed",
                    actual=", ".join(failed),
                ),
            )

    def _transact(self, names: RedisNames) -> None:
        if self.access.cluster:
            return  # keys of one transaction must be in one slot; the layout does not see to that
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.watch(names.lock)
            pipeline.multi()
            pipeline.set(names.cursor, "1", ex=60)
            pipeline.execute()


@dataclass(frozen=True)
class WrongType:
    """A key that holds another type than a string."""

    name: str


def _strings(place: str, value: object) -> Iterator[StoreObservation]:
    if isinstance(value, WrongType):
        yield (
            "SP706",
            Observation(
                place,
                f"{place} is a {value.name}, not a string: SDKs cannot read it; delete it, and "
                "let the writer synchronize "
                "again",
                FlawKind.TYPE,
                expected="a string",
                actual=f"a {value.name}",
            ),
        )


def _escape(text: str) -> str:
    """A text that a pattern of SCAN matches literally."""
    return "".join(f"\\{character}" if character in "*?[]\\^-" else character for character in text)


def _shorten(name: str) -> str:
    """The name of a foreign key, cut: it may hold personal data."""
    return name if len(name) <= 60 else name[:57] + "…"
