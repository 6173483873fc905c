"""Read a store on Redis as an SDK would, and judge it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.judge import (
    StoreObservation,
    judge_cursor,
    judge_synchronized_on,
)
from storepact.families.persistent_store.stores.layout import HEARTBEAT, Part, RedisKey, RedisNames
from storepact.families.persistent_store.stores.memberships import MembershipJudge
from storepact.families.persistent_store.stores.probe import StoreUnreachable
from storepact.families.persistent_store.stores.redis_access import RedisAccess, RedisConnection
from storepact.families.persistent_store.stores.redis_probe import probe_redis_writes
from storepact.families.persistent_store.stores.redis_server import judge_servers
from storepact.families.persistent_store.stores.redis_values import UNREADABLE, Unreadable, WrongType
from storepact.model.flaw import FlawKind

#: Names asked for at once, and values read at once.
_SCAN_COUNT = 1000
_BATCH = 500

#: What the name of a membership with a well-formed hash is; the hash does not matter.
_WHOLE = RedisKey(Part.INCLUDED)

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
    undecided = ""
    """Why the memberships could not be judged at all, after `judge`; empty if they could."""

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

        Raises:
            StoreUnreachable: the server stopped answering.

        """
        try:
            yield from self._judge(now_ms, sample, writer=writer, progress=progress)
        except (self._errors.RedisError, self._errors.RedisClusterException) as error:
            raise StoreUnreachable(
                f"{self.access.endpoint} did not answer while it was read ({type(error).__name__}): check "
                "the server, or give it more time with --timeout"
            ) from None

    def _judge(
        self, now_ms: int, sample: int, *, writer: bool, progress: Callable[[int], None]
    ) -> Iterator[StoreObservation]:
        link = self._connection
        yield from judge_servers(link.nodes, writer=writer, refuses_ping=link.refuses_ping)
        yield from self._judge_permissions(writer=writer)
        judge = MembershipJudge()
        total = self._judge_names(judge, sample, progress)
        yield from self._judge_time(judge, now_ms)
        yield from self._judge_cursor(judge, total)
        yield from judge.observations()
        self.sampled = judge.contexts
        if total > judge.contexts:
            self.unread = f"{total - judge.contexts:,} of {total:,} sets of references"

    def _judge_time(self, judge: MembershipJudge, now_ms: int) -> Iterator[StoreObservation]:
        place = self.names.synchronized_on
        value = self._read_text(place, judge)
        if isinstance(value, WrongType):
            yield value.observation
        elif value is not UNREADABLE:
            hint = ""
            if value is None:
                similar = judge.names_like(HEARTBEAT)
                hint = (
                    f"{similar} is there: write it under its own name" if similar else self._look_elsewhere()
                )
            yield from judge_synchronized_on(value, place, now_ms, hint)

    def _judge_cursor(self, judge: MembershipJudge, total: int) -> Iterator[StoreObservation]:
        place = self.names.cursor
        value = self._read_text(place, judge)
        if isinstance(value, WrongType):
            yield value.observation
        elif value is not UNREADABLE:
            yield from judge_cursor(value, place, total)

    def _judge_permissions(self, *, writer: bool) -> Iterator[StoreObservation]:
        commands = (*READER_COMMANDS, *(WRITER_COMMANDS if writer else ()))
        missing = [words[0] for words in commands if self._may_send(words) is False]
        if missing:
            whose = "the writer needs" if writer else "SDKs need"
            rules = " ".join(f"+{command.lower()}" for command in missing)
            yield (
                "SP702",
                Observation(
                    "permissions",
                    f"the user may not send {', '.join(missing)} below {self.access.prefix}: "
                    f"{whose} {'it' if len(missing) == 1 else 'them'}; add {rules} ~{self.access.prefix}:* "
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

    def _read_text(self, key: str, judge: MembershipJudge) -> str | WrongType | Unreadable | None:
        try:
            value: str | None = self._client.get(key)
        except self._errors.NoPermissionError:
            return UNREADABLE
        except self._errors.ResponseError:
            return WrongType(key, self._type(key))
        if value is not None and self._expires(key):
            judge.add_expiring(key)
        return value

    def _expires(self, key: str) -> bool:
        try:
            return int(self._client.ttl(key)) >= 0
        except self._errors.ResponseError:  # the user may not ask
            return False

    def _type(self, key: str) -> str:
        try:
            return f"a {self._client.type(key)}"
        except self._errors.ResponseError:
            return "another type"

    def _look_elsewhere(self) -> str:
        """Where the writer may have left the time of synchronization instead, and what to do about it."""
        try:
            names = self._client.scan_iter(match=f"*{HEARTBEAT}", count=_SCAN_COUNT)
            places = sorted(name for name in names if name == HEARTBEAT or name.endswith(f":{HEARTBEAT}"))
        except self._errors.ResponseError:
            return ""
        if places == [HEARTBEAT]:
            return "the store has one without a prefix, and SDKs always have one: let the writer use it"
        prefixes = [place.removesuffix(f":{HEARTBEAT}") for place in places]
        if prefixes:
            others = ", ".join(map(repr, prefixes[:3]))
            return (
                f"the store has one below the prefix {others}: give that one with --prefix, here and in the "
                "SDKs, or correct the prefix of the integration"
            )
        filled = self._connection.facts.databases - {self.access.database}
        if filled and not self._client.dbsize():
            numbers = ", ".join(map(str, sorted(filled)))
            return (
                f"database {self.access.database} is empty, and database {numbers} has keys: let writer and "
                "SDKs use the same one"
            )
        return ""

    def _judge_names(self, judge: MembershipJudge, sample: int, progress: Callable[[int], None]) -> int:
        """Judge all names below the prefix, and the values of a sample; returns the number of sets."""
        total, read, batch, is_membership = 0, 0, list[str](), self.names.membership.fullmatch
        for name in self._scan():
            read += 1
            if read % 10_000 == 0:
                progress(read)
            is_whole = is_membership(name) is not None
            key = _WHOLE if is_whole else self.names.parse(name)
            if key.part is Part.FOREIGN:
                judge.add_foreign(self.names.shorten(name), key.similar)
            elif key.part in (Part.INCLUDED, Part.EXCLUDED):
                total += 1
                if not is_whole:
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

    def _scan(self) -> Iterator[str]:
        """The names below the prefix; none where the user may not ask for them: `undecided` says so."""
        pattern = _escape(f"{self.access.prefix}:") + "*"
        try:
            yield from self._client.scan_iter(match=pattern, count=_SCAN_COUNT)
        except self._errors.ResponseError:
            self.undecided = (
                "memberships were not read: the user may not send SCAN, which this check needs, unlike the "
                "writer and SDKs; add +scan to its ACL, or check with another user"
            )

    def _judge_values(self, judge: MembershipJudge, names: Sequence[str]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        may_expire = any(facts.may_expire for facts in self._connection.nodes)
        for name in names:
            pipeline.smembers(name)
        for name in names if may_expire else ():
            pipeline.ttl(name)
        values = pipeline.execute(raise_on_error=False)
        times = values[len(names) :] or [None] * len(names)
        for name, value, seconds in zip(names, values[: len(names)], times, strict=True):
            place = f"the {self.names.parse(name).part.value} set of a context"
            if isinstance(value, self._errors.NoPermissionError):
                continue
            if isinstance(value, Exception):
                judge.judge_type(place, self._type(name), "a set")
            elif judge.judge_type(place, "a set", "a set"):
                judge.judge_references(value)
            if isinstance(seconds, int) and seconds >= 0:
                judge.add_expiring(place)

    def probe_writes(self) -> Iterator[StoreObservation]:
        """Send the writer's commands below a prefix of their own, yield what failed."""
        return probe_redis_writes(
            self._client, self._errors, self.access.prefix, is_cluster=self.access.cluster
        )


def _escape(text: str) -> str:
    """A text that a pattern of SCAN matches literally."""
    return "".join(f"\\{character}" if character in "*?[]\\^-" else character for character in text)
