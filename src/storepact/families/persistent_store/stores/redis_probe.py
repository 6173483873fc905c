"""Write to a store on Redis what its writer would, below a prefix of its own, and remove it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.judge import StoreObservation
from storepact.families.persistent_store.stores.layout import RedisNames
from storepact.model.flaw import FlawKind

#: Seconds after which the server removes what a broken connection has left.
_LIFE = 60


def probe_redis_writes(
    client: Any, errors: Any, prefix: str, *, is_cluster: bool
) -> Iterator[StoreObservation]:
    """Send the writer's commands below `prefix`, remove what they leave, yield what failed.

    The names are below the prefix of the store, so that a user who may write only there may write them.
    """
    names = RedisNames(f"{prefix}:storepact-probe-{secrets.token_hex(6)}")
    include = names.include_key("x")
    steps: list[tuple[str, Callable[[], object]]] = [
        ("SET", lambda: client.set(names.synchronized_on, "1", ex=_LIFE)),
        ("SADD", lambda: client.sadd(include, "a.g1")),
        ("SREM", lambda: client.srem(include, "a.g1")),
    ]
    if not is_cluster:  # the keys of a transaction must be in one slot, and those of the layout are not
        steps.append(("MULTI", lambda: _transact(client, names)))
    steps += [
        ("DEL", partial(client.delete, name)) for name in (names.synchronized_on, names.cursor, include)
    ]
    failed: dict[str, list[str]] = {}
    for command, send in steps:
        repair = _repair(send, errors, prefix)
        if repair and command not in failed.setdefault(repair, []):
            failed[repair].append(command)
    for repair, commands in failed.items():
        yield (
            "SP702",
            Observation(
                "write probe",
                f"the write probe failed at {', '.join(commands)}, which the writer needs: {repair}",
                FlawKind.REFUSED,
                expected="all commands of the writer succeed",
                actual=", ".join(commands),
            ),
        )


def _repair(send: Callable[[], object], errors: Any, prefix: str) -> str:
    """Send a command; what repairs its failure, empty if there is none."""
    try:
        send()
    except errors.ReadOnlyError:
        return "the server is a replica; give the address of the primary"
    except errors.OutOfMemoryError:
        return "the server is at its limit of memory; raise maxmemory, or remove what else it holds"
    except errors.NoPermissionError:
        return f"the user may not send it; add it to the user's ACL for ~{prefix}:*"
    except (errors.TimeoutError, errors.ConnectionError):
        return "the server did not answer; look whether it is paused, or give it more time with --timeout"
    except errors.RedisError as error:
        return f"the server answers {type(error).__name__}; look it up in its log"
    return ""


def _transact(client: Any, names: RedisNames) -> None:
    with client.pipeline(transaction=True) as pipeline:
        pipeline.watch(names.lock)
        pipeline.multi()
        pipeline.set(names.cursor, "1", ex=_LIFE)
        pipeline.execute()
