"""Read a store on Redis as an SDK would, and judge it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.judge import (
    MembershipJudge,
    StoreObservation,
    judge_cursor,
    judge_synchronized_on,
)
from storepact.families.persistent_store.stores.layout import Part, RedisNames
from storepact.families.persistent_store.stores.redis_access import RedisAccess, RedisConnection
from storepact.model.flaw import FlawKind

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


class RedisStore:
    """A store on Redis, as SDKs read it.

    Raises:
        StoreUnreachable: the store cannot be read.
        UsageError: the URL is wrong, or the driver is not installed.

    """

    sampled = 0
    """Sets of references that were read, after `judge`."""
    unread = ""
    """What was not read, after `judge`; empty if everything was."""

    def __init__(self, access: RedisAccess) -> None:
        self.access, self.names = access, RedisNames(access.prefix)
        self._connection = RedisConnection(access)
        self._client, self._errors = self._connection.client, self._connection.errors

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    @property
    def server(self) -> str:
        """The server in words: version, mode, role."""
        return str(self._connection.facts)

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

    def _judge_server(self, *, writer: bool) -> Iterator[StoreObservation]:
        facts = self._connection.facts
        if writer and facts.role == "slave":
            yield (
                "SP701",
                Observation(
                    "role",
                    "the server is a read-only replica: the writer cannot write to it; give the address "
                    "of the primary",
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
                    f"the eviction policy is {facts.eviction}: when memory is full, memberships disappear "
                    "and contexts silently leave their segments; set maxmemory-policy to noeviction",
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
                    f"{whose} needs them; add them to its ACL",
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
            ("SADD", lambda: self._client.sadd(names.include_key("x"), "a.g1")),
            ("MULTI", lambda: self._transact(names)),
            ("SREM", lambda: self._client.srem(names.include_key("x"), "a.g1")),
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
                for name in (names.synchronized_on, names.cursor, names.lock, names.include_key("x")):
                    self._client.delete(name)
            except self._errors.RedisError as error:
                failed.append(f"DEL ({type(error).__name__})")
        if failed:
            yield (
                "SP702",
                Observation(
                    "write probe",
                    f"the write probe failed at {', '.join(failed)}: the writer needs these commands; add "
                    "them to its ACL, or give the address of the primary",
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
                f"{place} is a {value.name}, not a string: SDKs cannot read it; delete it, and let the "
                "writer synchronize again",
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
