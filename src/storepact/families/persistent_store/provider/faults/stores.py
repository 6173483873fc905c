"""Faults of what is written to stores, which only the suite `store` can see."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from storepact.families.persistent_store.provider.faults.layers import LayerFactory, StoreFault, fault
from storepact.families.persistent_store.provider.operations import StoreProvider
from storepact.mock.faults import Layer

_C = "stores"


def _write(**rules: Any) -> LayerFactory:
    """Write stores by other rules."""

    def make_layer(provider: StoreProvider) -> Layer:
        provider.writing_rules = replace(provider.writing_rules, **rules)
        return Layer()

    return make_layer


def _later_version(version: str) -> str:
    book, _, number = version.rpartition(".")
    return f"{book}.{int(number) + 1000}"


def _hash_in_hex(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _fault(name: str, code: str, explanation: str, **rules: Any) -> StoreFault:
    return replace(fault(name, _C, code, explanation, _write(**rules)), suite="store")


FAULTS = (
    _fault("heartbeat-missing", "SP703", "no time of synchronization is written", heartbeats=False),
    _fault(
        "heartbeat-in-seconds", "SP704", "the time of synchronization is in seconds",
        time=lambda milliseconds: milliseconds // 1000,
    ),
    _fault(
        "heartbeat-stale", "SP705", "the time of synchronization is ten minutes old",
        time=lambda milliseconds: milliseconds - 600_000,
    ),
    _fault("membership-as-string", "SP706", "a membership on Redis is a string, not a set", as_text=True),
    _fault("context-unhashed", "SP707", "contexts are stored under their keys", hash_key=lambda key: key),
    _fault(
        "context-hashed-in-hex", "SP707", "contexts are stored under hexadecimal hashes",
        hash_key=_hash_in_hex,
    ),
    _fault(
        "reference-without-generation", "SP708", "references of segments lack the generation",
        reference=lambda reference: reference.rpartition(".g")[0],
    ),
    _fault(
        "included-under-wrong-name", "SP709", "the name of the included sets on Redis is in the plural",
        included="big_segments_include",
    ),
    _fault(
        "exclude-wins", "SP710", "a context that is included and excluded is only stored as excluded",
        exclude_wins=True,
    ),
    _fault(
        "cursor-ahead", "SP711", "the version in the store is ahead of the last change",
        version=_later_version,
    ),
    _fault("patch-without-lock", "SP712", "a patch on Redis does not watch the lock", locks=False),
    _fault("patch-in-pieces", "SP713", "the changes of a patch are no transaction", whole=False),
    _fault(
        "available-while-down", "SP714", "_status shows no failure of the store", admits_failure=False
    ),
    _fault(
        "writes-when-off", "SP715", "the store is still written after a switch-off or delete",
        obeys_switch=False,
    ),
    _fault(
        "delete-empties-store", "SP715", "the delete of an integration empties its store",
        keeps_others=False,
    ),
)  # fmt: skip
