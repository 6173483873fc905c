"""Scenarios of the suite `store` about `_status`: failures of the store, recovery, and the end of writing."""

from __future__ import annotations

import time

from storepact.checks.evidence import Observation
from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.scenarios.steps import change, delete, patch
from storepact.families.persistent_store.scenarios.store_steps import (
    LONG_PATIENCE,
    Memberships,
    Segment,
    Status,
    await_heartbeat,
    create_dynamodb,
    create_redis,
    last_sync,
    patience_of,
    prepare_dynamodb,
    read_status,
    report,
    report_status,
    wait_for,
    wait_for_write,
)
from storepact.families.persistent_store.stores.embedded import (
    EmbeddedRedis,
    embedded_redis,
    new_table,
)
from storepact.model.flaw import FlawKind


def follow_redis_status(story: Story) -> None:
    """`_status` shows that the store stops, comes back, refuses the password and takes it again."""
    right = story.new_secret()
    with embedded_redis(password=right) as store:
        integration = create_redis(story, store)
        heartbeat = await_heartbeat(story, integration)
        store.gateway.close()
        if not _expect_failure(story, integration, "store stopped", "the store has stopped", heartbeat):
            return
        store.gateway.open()
        if not _expect_recovery(story, integration, "store back", "the store is back"):
            return
        store.gateway.password = story.new_secret()
        store.gateway.cut()
        event = "the store refuses the password"
        if not _expect_failure(story, integration, "password refused", event, heartbeat):
            return
        store.gateway.password = right
        _expect_recovery(story, integration, "password accepted", "the store takes the password again")


def follow_dynamodb_status(story: Story) -> None:
    """`_status` shows that the table is missing, and that it was created."""
    with prepare_dynamodb(story) as store:
        table = new_table()
        integration = create_dynamodb(story, table)
        if _expect_failure(story, integration, "table missing", "the table does not exist"):
            store.create_table(table)
            _expect_recovery(story, integration, "table created", "the table was created")


def _expect_failure(
    story: Story, integration: Resource, locus: str, event: str, heartbeat: float = 0.0
) -> bool:
    """Wait until `_status` shows a failure with its time and text; returns whether it does."""
    before = last_sync(read_status(story, integration))

    def holds(status: Status) -> bool:
        is_dated = bool(status.get("errors")) and (status.get("lastError") or 0) >= before
        return status.get("available") is False and is_dated

    status, is_shown = wait_for(story, integration, holds, patience_of(heartbeat))
    if not is_shown:
        actual = f"available: {status.get('available')}, {len(status.get('errors') or ())} errors"
        report_status(story, locus, event, "available: false, lastError, an entry in errors", actual)
    return is_shown


def _expect_recovery(story: Story, integration: Resource, locus: str, event: str) -> bool:
    """Wait until `_status` shows that the store is written again; returns whether it does."""

    def holds(status: Status) -> bool:
        is_later = last_sync(status) >= (status.get("lastError") or 0)
        return status.get("available") is True and status.get("potentiallyStale") is not True and is_later

    status, is_shown = wait_for(story, integration, holds, LONG_PATIENCE)
    if not is_shown:
        actual = f"available: {status.get('available')}"
        report_status(story, locus, event, "available: true, potentiallyStale: false, lastSync", actual)
    return is_shown


def switch_redis_off_and_delete(story: Story) -> None:
    """Nothing is written while an integration is off or deleted, and nothing of others is removed."""
    with embedded_redis() as store:
        integration = create_redis(story, store)
        heartbeat = await_heartbeat(story, integration)
        store.write("theirs", "1")
        patch(story, integration, change("/on", False))
        if not _expect_silence(story, store, "switched off", heartbeat):
            return
        patch(story, integration, change("/on", True))
        wait_for_write(story, integration)
        before = store.names()
        delete(story, integration)
        lost = sorted(before - store.names())
        if lost:
            _report_write(
                story, "deleted", f"the delete of the integration removed {len(lost)} keys of the store"
            )
        else:
            _expect_silence(story, store, "deleted", heartbeat)


def _expect_silence(story: Story, store: EmbeddedRedis, event: str, heartbeat: float) -> bool:
    """Look for commands that arrive after a response; returns whether there are none."""
    before = len(store.gateway.commands)
    Memberships().change(story, Segment("late", 1, (event,)))
    time.sleep(max(_SILENCE, 2 * heartbeat))
    writes = [command.name for command in store.gateway.commands[before:] if command.name in _WRITING]
    if writes:
        _report_write(story, event, f"{writes[0]} arrived at the store after the integration was {event}")
    return not writes


#: Seconds of silence that are waited for, if not two heartbeats are longer.
_SILENCE = 0.8


_WRITING = ("SET", "SADD", "SREM", "DEL", "UNLINK", "EXEC", "FLUSHDB", "FLUSHALL")


def _report_write(story: Story, locus: str, problem: str) -> None:
    message = f"{problem}; end writing before the response, and leave what is in the store"
    report(story, "SP715", Observation(locus, message, FlawKind.VALUE, expected="no write", actual=problem))
