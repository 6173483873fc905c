"""Judge how patches are written: what a writer sends to the store, command by command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.gateway import Command
from storepact.families.persistent_store.stores.judge import StoreObservation
from storepact.families.persistent_store.stores.layout import DynamoDBNames, Part, RedisNames
from storepact.model.flaw import FlawKind
from storepact.model.tree import Json

_SINGLE_WRITES = ("UpdateItem", "PutItem", "DeleteItem")
_WRITES = frozenset({"SADD", "SREM", "SET", "DEL", "UNLINK", "SMOVE", "SPOP"})


@dataclass
class _Transaction:
    """What one connection has watched and queued."""

    watched: set[str] = field(default_factory=set)
    is_open: bool = False
    keys: list[str] = field(default_factory=list)
    """The keys that the queued commands write."""


def judge_redis_patches(commands: Iterable[Command], names: RedisNames) -> Iterator[StoreObservation]:
    """Yield what is wrong with the way in which memberships were written."""
    connections: dict[int, _Transaction] = {}
    flaws: dict[str, StoreObservation] = {}
    for command in commands:
        state = connections.setdefault(command.connection, _Transaction())
        for observation in _judge_command(command, state, names):
            flaws.setdefault(observation[0], observation)
        if command.name in ("EXEC", "DISCARD"):
            connections[command.connection] = _Transaction()
    yield from flaws.values()


def _judge_command(command: Command, state: _Transaction, names: RedisNames) -> Iterator[StoreObservation]:
    if command.name == "WATCH":
        state.watched.update(command.words[1:])
    elif command.name == "MULTI":
        state.is_open = True
    elif command.name == "EXEC" and any(_is_membership(key, names) for key in state.keys):
        if names.lock not in state.watched:
            yield _missing_lock(names.lock)
        if names.cursor not in state.keys:
            yield _partial("a transaction with memberships does not set the version of the patch")
    elif command.name in _WRITES and len(command.words) > 1:
        if state.is_open:
            state.keys.append(command.words[1])
        elif _is_membership(command.words[1], names):
            yield _partial(f"{command.name} of a membership was sent outside of a transaction")


def _is_membership(key: str, names: RedisNames) -> bool:
    return names.parse(key).part in (Part.INCLUDED, Part.EXCLUDED)


def _missing_lock(lock: str) -> StoreObservation:
    return "SP712", Observation(
        "lock",
        f"a patch was written without watching {lock}: two writers can undo each other; WATCH the lock "
        "before MULTI, and SET it in the transaction",
        FlawKind.MISSING,
        expected=f"WATCH {lock}",
        actual="MULTI without it",
    )


def _partial(what: str) -> StoreObservation:
    return "SP713", Observation(
        "transaction",
        f"{what}: a reader, or a writer that dies, sees half of a patch; write the whole patch and its "
        "version in one transaction",
        FlawKind.MISSING,
        expected="all changes of a patch and its version in one transaction",
        actual=what,
    )


def judge_dynamodb_patches(
    requests: Sequence[tuple[str, Mapping[str, Json]]], names: DynamoDBNames
) -> Iterator[StoreObservation]:
    """Yield what is wrong with how memberships were written, from operations and their bodies."""
    for operation, body in requests:
        problem = ""
        if operation == "TransactWriteItems":
            items = [next(iter(item.values())) for item in body.get("TransactItems", ())]
            contexts = [item for item in items if _namespace(item) == names.contexts]
            guarded = any(
                _namespace(item) == names.metadata and "lastVersion" in item.get("ConditionExpression", "")
                for item in items
            )
            if contexts and not guarded:
                problem = "a transaction with memberships has no condition on lastVersion"
        elif operation in _SINGLE_WRITES and _namespace(body) == names.contexts:
            problem = f"{operation} of a membership was sent outside of a transaction"
        if problem:
            yield _partial(problem)
            return


def _namespace(item: Mapping[str, Json]) -> str:
    key = item.get("Key") or item.get("Item") or {}
    return str(key.get("namespace", {}).get("S", ""))
