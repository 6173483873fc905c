"""Judge what a Redis server reports about itself: may it be written, and does it keep what is written?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.judge import StoreObservation
from storepact.model.flaw import FlawKind
from storepact.model.tree import Json
from storepact.model.values import lean_value


@lean_value(frozen=True)
class RedisFacts:
    """What a server reports about itself; empty where its user may not ask."""

    version: str = ""
    mode: str = ""
    role: str = ""
    eviction: str = ""
    memory_limit: int = 0
    memory_used: int = 0
    databases: frozenset[int] = frozenset()
    """The numbers of databases with keys."""
    may_expire: bool = True
    """Whether keys may have a time to live."""

    good_replicas: int | None = None
    """Replicas that follow; None where writes do not depend on them."""
    least_replicas: int = 1
    """Replicas without which the server refuses writes, if they depend on them."""
    cannot_save: bool = False
    """Whether its last attempt to write to its disk failed."""

    def __str__(self) -> str:
        if not self.version:
            return "a Redis server that does not say its version to this user"
        return f"Redis {self.version}, {self.mode or 'standalone'}, {self.role or 'unknown role'}"


def read_facts(info: Mapping[str, Json]) -> RedisFacts:
    """Take the facts from an answer to INFO."""
    keyspace = {
        int(name[2:]): facts for name, facts in info.items() if name.startswith("db") and name[2:].isdigit()
    }
    good = info.get("min_slaves_good_slaves")
    return RedisFacts(
        version=str(info.get("redis_version", "")),
        mode=str(info.get("redis_mode", "")),
        role=str(info.get("role", "")),
        eviction=str(info.get("maxmemory_policy", "")),
        memory_limit=int(info.get("maxmemory", 0)),
        memory_used=int(info.get("used_memory", 0)),
        databases=frozenset(keyspace),
        may_expire=any(facts.get("expires") != 0 for facts in keyspace.values()),
        good_replicas=None if good is None else int(good),
        cannot_save="err" in (info.get("rdb_last_bgsave_status"), info.get("aof_last_write_status")),
    )


def judge_servers(
    nodes: Iterable[RedisFacts], *, writer: bool, refuses_ping: bool
) -> Iterator[StoreObservation]:
    """Judge a server, or the nodes of a cluster, for the writer or for SDKs; each flaw once."""
    reported = set[str]()
    for facts in nodes:
        flaws = [*judge_server(facts, writer=writer)]
        if writer:
            flaws += _judge_writes(facts, refuses_ping=refuses_ping)
        for code, observation in flaws:
            if observation.locus not in reported:
                reported.add(observation.locus)
                yield code, observation


def _judge_writes(facts: RedisFacts, *, refuses_ping: bool) -> Iterator[StoreObservation]:
    """Yield why a server that has memory left refuses writes."""
    if refuses_ping and facts.cannot_save:
        yield _refusal(
            "disk",
            "the server could not save to its disk, and refuses writes since; make room on the disk and "
            "correct its permissions, or set stop-writes-on-bgsave-error to no",
        )
    if facts.good_replicas is not None and facts.good_replicas < facts.least_replicas:
        yield _refusal(
            "replicas",
            f"the server has {facts.good_replicas} replicas that follow, and refuses writes with fewer than "
            f"{facts.least_replicas}; connect its replicas, or lower min-replicas-to-write",
        )


def _refusal(locus: str, message: str) -> StoreObservation:
    return "SP701", Observation(
        locus, message, FlawKind.VALUE, expected="a server that takes writes", actual="it refuses them"
    )


def judge_server(facts: RedisFacts, *, writer: bool) -> Iterator[StoreObservation]:
    """Judge a server for the writer, or for SDKs that read.

    Policies that evict only keys with a time to live remove nothing of a store without one.
    """
    if writer and facts.role == "slave":
        yield (
            "SP701",
            Observation(
                "role",
                "the server is a read-only replica: the writer cannot write to it; give the address of the "
                "primary",
                FlawKind.VALUE,
                expected="a primary",
                actual="a replica",
            ),
        )
    if not facts.memory_limit:
        return
    if facts.eviction.startswith("allkeys"):
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
    elif writer and facts.memory_used >= facts.memory_limit:
        yield (
            "SP701",
            Observation(
                "memory",
                f"the server uses {facts.memory_used:,} of {facts.memory_limit:,} bytes: it refuses writes; "
                "raise maxmemory, or remove what else it holds",
                FlawKind.VALUE,
                expected="room for memberships",
                actual="none",
            ),
        )
