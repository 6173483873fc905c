"""Judge what a Redis server reports about itself: may it be written, and does it keep what is written?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.judge import StoreObservation
from storepact.model.flaw import FlawKind


@dataclass(frozen=True)
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

    def __str__(self) -> str:
        if not self.version:
            return "a Redis server that does not say its version to this user"
        return f"Redis {self.version}, {self.mode or 'standalone'}, {self.role or 'unknown role'}"


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
