"""Scenarios of the suite `store`: what the target writes to a store, and what the SDK reads there."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping

from storepact.checks.evidence import Observation
from storepact.engines.story import Story
from storepact.families.persistent_store.scenarios.store_steps import (
    Memberships,
    Segment,
    Status,
    create_dynamodb,
    create_redis,
    prepare_dynamodb,
    report,
    report_all,
    report_status,
    send_command,
    wait_for_write,
)
from storepact.families.persistent_store.stores.dynamodb_access import DynamoDBAccess
from storepact.families.persistent_store.stores.dynamodb_store import DynamoDBStore
from storepact.families.persistent_store.stores.embedded import (
    CREDENTIALS,
    REGION,
    EmbeddedDynamoDB,
    EmbeddedRedis,
    embedded_redis,
    new_table,
)
from storepact.families.persistent_store.stores.judge import StoreObservation
from storepact.families.persistent_store.stores.layout import REDIS_PREFIX, DynamoDBNames, Part, RedisNames
from storepact.families.persistent_store.stores.patch_protocol import (
    judge_dynamodb_patches,
    judge_redis_patches,
)
from storepact.families.persistent_store.stores.redis_access import RedisAccess
from storepact.families.persistent_store.stores.redis_store import RedisStore
from storepact.families.persistent_store.stores.sdk import SdkStore, dynamodb_reader, evaluate, redis_reader
from storepact.model.flaw import FlawKind

_NAMES = RedisNames(REDIS_PREFIX)

#: Contexts of the segments: ASCII, accents, another script, outside the basic plane, a blank, a colon.
_BETA = Segment("beta", 2, ("ann", "Zoë", "日本", "🦄 rider", "org:7", "both"), ("bob", "both"))
_ALPHA = Segment("alpha.x", 1, ("ann", "bob", "leaves"), ("Zoë",))
_LATER = Segment("alpha.x", 1, removed=("leaves",))

#: How much later than the heartbeat that an SDK reads `lastSync` may be, and the other way round, in ms.
_TOLERANCE = 60_000

#: Contexts of the large change, and which of them the SDK reads: every so many-th.
_MANY, _STRIDE = 10_000, 40


def synchronize_redis(story: Story) -> None:
    """What was put in is read by the SDK: Redis with a password, Unicode, both lists, a removal."""
    with embedded_redis(password=story.new_secret()) as store:
        integration = create_redis(story, store)
        memberships = Memberships()
        for segment in (_BETA, _ALPHA, _LATER):
            memberships.change(story, segment)
        status = wait_for_write(story, integration, lambda: _cursor(store) == memberships.version)
        if report_all(story, _judge_redis(store)):
            return
        if _is_ahead(story, _cursor(store), memberships.version):
            return
        with redis_reader(store.gateway.port, store.gateway.password) as reader:
            _compare_with_sdk(story, reader, memberships, status)


def _judge_redis(store: EmbeddedRedis) -> Iterator[StoreObservation]:
    access = RedisAccess(f"redis://127.0.0.1:{store.server_port}")
    with contextlib.closing(RedisStore(access)) as reader:
        now = time.time_ns() // 1_000_000
        yield from reader.judge(now, 1_000, writer=True, progress=lambda _: None)
    yield from judge_redis_patches([*store.gateway.commands], _NAMES)


def _cursor(store: EmbeddedRedis) -> str | None:
    return store.read(_NAMES.cursor)


def synchronize_dynamodb(story: Story) -> None:
    """What was put in is read by the SDK: a table, with more contexts than one transaction holds."""
    with prepare_dynamodb(story) as store:
        table = new_table()
        store.create_table(table)
        integration = create_dynamodb(story, table)
        memberships = Memberships()
        many = Segment("gamma", 1, [f"context-{number}" for number in range(40)])
        for segment in (_BETA, _ALPHA, many, _LATER):
            memberships.change(story, segment)
        names = DynamoDBNames()
        status = wait_for_write(story, integration, lambda: store.read_version(table) == memberships.version)
        if report_all(story, _judge_dynamodb(store, table)):
            return
        if report_all(story, judge_dynamodb_patches([*store.requests], names)):
            return
        if _is_ahead(story, store.read_version(table), memberships.version):
            return
        options = {"region_name": REGION, "endpoint_url": store.url, **CREDENTIALS}
        with dynamodb_reader(table, options) as reader:
            _compare_with_sdk(story, reader, memberships, status)


def _judge_dynamodb(store: EmbeddedDynamoDB, table: str) -> Iterator[StoreObservation]:
    access = DynamoDBAccess(table, region=REGION, endpoint=store.url, credentials=CREDENTIALS)
    with contextlib.closing(DynamoDBStore(access)) as reader:
        yield from reader.judge(time.time_ns() // 1_000_000, 1_000, writer=True, progress=lambda _: None)


def synchronize_redis_with_tls(story: Story) -> None:
    """The target speaks TLS where the config says so, and authenticates."""
    with embedded_redis(password=story.new_secret(), tls=True) as store:
        send_command(story, "trust an authority", "stores", {"caFile": str(store.ca_file)})
        integration = create_redis(story, store)
        memberships = Memberships()
        memberships.change(story, _BETA)
        status = wait_for_write(story, integration, lambda: _cursor(store) == memberships.version)
        with redis_reader(store.gateway.port, store.gateway.password, store.ca_file) as reader:
            if not report_all(story, _judge_redis(store)):
                _compare_with_sdk(story, reader, memberships, status)


def synchronize_many_contexts(story: Story) -> None:
    """A change of ten thousand contexts is written as a whole."""
    with embedded_redis() as store:
        integration = create_redis(story, store)
        memberships = Memberships()
        keys = [f"context-{number}" for number in range(_MANY)]
        memberships.change(story, Segment("large", 1, keys[: _MANY // 2], keys[_MANY // 2 :]))
        wait_for_write(story, integration, lambda: _cursor(store) == memberships.version)
        if not report_all(story, _judge_redis(store)):
            _compare_count(story, store, len(keys))
            with redis_reader(store.gateway.port) as reader:
                _compare_memberships(story, reader, memberships.sample(_STRIDE))


def _compare_count(story: Story, store: EmbeddedRedis, contexts: int) -> None:
    parsed = (_NAMES.parse(key) for key in store.names())
    count = len({key.context for key in parsed if key.part in (Part.INCLUDED, Part.EXCLUDED)})
    if count < contexts:
        message = f"the store has memberships of {count:,} contexts, and {contexts:,} were given"
        _report_membership(story, "number of contexts", message, f"{contexts:,}", f"{count:,}")


def _is_ahead(story: Story, actual: str | None, version: str) -> bool:
    """Report a version in the store that is not the one of the last change; returns whether it is not."""
    if actual == version:
        return False
    report(
        story,
        "SP711",
        Observation(
            "cursor",
            f"the version in the store is {actual!r}, and the last change has {version!r}: a writer that "
            "goes on from it leaves out or repeats changes; set it in the transaction of the patch",
            FlawKind.VALUE,
            expected=version,
            actual=str(actual),
        ),
    )
    return True


def _compare_with_sdk(story: Story, reader: SdkStore, memberships: Memberships, status: Status) -> None:
    """Compare what the SDK reads, and how it evaluates a flag, with what the target was given."""
    synchronized, last = reader.last_sync_time() or 0, status.get("lastSync")
    if isinstance(last, int) and abs(synchronized - last) > _TOLERANCE:
        problem = f"the SDK reads {synchronized} as the time of synchronization; _status.lastSync is {last}"
        report_status(story, "lastSync", problem, str(synchronized))
    if _compare_memberships(story, reader, memberships):
        return
    keys = ("ann", "Zoë", "both", "bob", "nobody")
    results = evaluate(reader, _BETA.key, _BETA.generation, keys)
    for key in keys:
        expected = memberships.expected.get(key, {}).get(_BETA.reference, False)
        result = results[key]
        if result.value is not expected or result.status != "HEALTHY":
            _report_membership(
                story,
                "evaluation of a flag",
                f"a flag for the segment {_BETA.key} is {result.value} for a context that must get "
                f"{expected}; the SDK calls the store {result.status}",
                f"{expected}, HEALTHY",
                f"{result.value}, {result.status}",
            )
            return


def _compare_memberships(story: Story, reader: SdkStore, memberships: Memberships) -> bool:
    """Report the contexts whose membership is not as given; returns whether there are any."""
    wrong = [
        (key, expected, actual)
        for key, expected in memberships.expected.items()
        if (actual := memberships.of(reader.membership(key))) != expected
    ]
    if wrong:
        key, expected, actual = wrong[0]
        _report_membership(
            story,
            "membership",
            f"the SDK reads wrong memberships of {len(wrong):,} of {len(memberships.expected):,} contexts, "
            f"such as {_words(actual)} in place of {_words(expected)} for {key!r}",
            _words(expected),
            _words(actual),
        )
    return bool(wrong)


def _words(membership: Mapping[str, bool]) -> str:
    parts = [f"{'in' if value else 'not in'} {reference}" for reference, value in sorted(membership.items())]
    return ", ".join(parts) or "nothing"


def _report_membership(story: Story, locus: str, message: str, expected: str, actual: str) -> None:
    repair = "; write each reference to the set that it was given for"
    report(
        story, "SP710", Observation(locus, message + repair, FlawKind.VALUE, expected=expected, actual=actual)
    )
