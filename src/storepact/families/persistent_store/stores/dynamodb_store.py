"""Read a store on DynamoDB as an SDK would, and judge it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.dynamodb_access import (
    ActionDenied,
    DynamoDBAccess,
    DynamoDBTable,
)
from storepact.families.persistent_store.stores.judge import (
    StoreObservation,
    judge_cursor,
    judge_synchronized_on,
)
from storepact.families.persistent_store.stores.layout import (
    METADATA,
    PARTITION_KEY,
    SORT_KEY,
    DynamoDBNames,
    similar_attribute,
)
from storepact.families.persistent_store.stores.memberships import MembershipJudge
from storepact.families.persistent_store.stores.probe import StoreUnreachable
from storepact.model.flaw import FlawKind

_SYNCHRONIZED_ON, _LAST_VERSION = "synchronizedOn", "lastVersion"
_ATTRIBUTES = ("included", "excluded")

#: Items asked for at once.
_PAGE = 500


class DynamoDBStore:
    """A connection to a store on DynamoDB.

    Raises:
        StoreUnreachable: the store cannot be read.
        UsageError: the region is none, or the driver is not installed.

    """

    sampled = 0
    """Sets of references that were read, after `judge`."""
    unread = ""
    """What was not read, after `judge`; empty if everything was."""
    undecided = ""
    """Why the memberships could not be judged at all, after `judge`; empty if they could."""

    def __init__(self, access: DynamoDBAccess) -> None:
        self.access, self.names = access, DynamoDBNames(access.prefix)
        self._table = DynamoDBTable(access)

    def close(self) -> None:
        """Close the connections."""
        self._table.close()

    @property
    def server(self) -> str:
        """The table in words: state and billing."""
        description = self._table.description
        mode = description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        state = description.get("TableStatus", "of unknown state")
        return f"DynamoDB in {self._table.region}, table {state}, {mode}"

    def judge(
        self, now_ms: int, sample: int, *, writer: bool, progress: Callable[[int], None]
    ) -> Iterator[StoreObservation]:
        """Read the store and yield what is wrong.

        Args:
            now_ms: the present, in milliseconds since 1970.
            sample: how many contexts are read.
            writer: whether the credentials are those of the writer; only `probe_writes` can tell.
            progress: called with the number of items read so far.

        """
        observations = list(_judge_table(self._table.description))
        yield from observations
        if any(observation.locus == "key schema" for _, observation in observations):
            return
        metadata = self._table.call(
            "get_item",
            Key={PARTITION_KEY: {"S": self.names.metadata}, SORT_KEY: {"S": self.names.metadata}},
            ConsistentRead=True,
        ).get("Item", {})
        judge, expiry = MembershipJudge(), self._expiring_attribute()
        self._judge_contexts(judge, sample, progress, expiry)
        prefixes = self._judge_namespaces(judge, sample)
        if expiry in metadata:
            judge.add_expiring("the item of metadata")
        yield from self._judge_metadata(metadata, now_ms, _hint(prefixes))
        yield from judge.observations()
        version = metadata.get(_LAST_VERSION, {"S": None})
        if "S" in version:
            yield from judge_cursor(version["S"], _LAST_VERSION, judge.contexts if metadata else 0)
        self.sampled = judge.contexts

    def _expiring_attribute(self) -> str:
        """The attribute by which DynamoDB removes items of the table; empty if it removes none."""
        try:
            response = self._table.call("describe_time_to_live")
        except StoreUnreachable:  # SDKs and the writer need no permission for it, and local ones have none
            return ""
        setting = response.get("TimeToLiveDescription", {})
        is_on = setting.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        return str(setting.get("AttributeName", "")) if is_on else ""

    def _judge_metadata(
        self, metadata: Mapping[str, Any], now_ms: int, hint: str
    ) -> Iterator[StoreObservation]:
        value = metadata.get(_SYNCHRONIZED_ON)
        if value is not None and "N" not in value:
            yield _wrong_type(_SYNCHRONIZED_ON, next(iter(value)), "N")
        else:
            near = similar_attribute(metadata, _SYNCHRONIZED_ON) if value is None else ""
            if near:
                hint = f"the item of metadata has the attribute {near}: write {_SYNCHRONIZED_ON}"
            raw = None if value is None else str(value["N"])
            yield from judge_synchronized_on(raw, _SYNCHRONIZED_ON, now_ms, hint)
        version = metadata.get(_LAST_VERSION)
        if version is not None and "S" not in version:
            yield _wrong_type(_LAST_VERSION, next(iter(version)), "S")

    def _judge_contexts(
        self, judge: MembershipJudge, sample: int, progress: Callable[[int], None], expiry: str
    ) -> None:
        count, start = 0, None
        while count < sample:
            page = self._table.call(
                "query",
                KeyConditionExpression="#n = :n",
                ExpressionAttributeNames={"#n": PARTITION_KEY},
                ExpressionAttributeValues={":n": {"S": self.names.contexts}},
                Limit=min(_PAGE, sample - count),
                **({"ExclusiveStartKey": start} if start else {}),
            )
            for item in page["Items"]:
                count += 1
                judge.judge_hash(str(item[SORT_KEY]["S"]))
                _judge_item(judge, item)
                if expiry in item:
                    judge.add_expiring("the item of a context")
            progress(count)
            start = page.get("LastEvaluatedKey")
            if not start:
                return
        self.unread = f"contexts after the first {count:,}"

    def _judge_namespaces(self, judge: MembershipJudge, sample: int) -> set[str]:
        """Judge the namespaces of the first items; returns those of metadata with another prefix or key."""
        try:
            page = self._table.call(
                "scan",
                ProjectionExpression="#n, #k",
                ExpressionAttributeNames={"#n": PARTITION_KEY, "#k": SORT_KEY},
                Limit=max(1, min(_PAGE, sample)),
            )
        except ActionDenied:  # neither the writer nor SDKs scan
            return set()
        others = set()
        for namespace, key in {(str(i[PARTITION_KEY]["S"]), str(i[SORT_KEY]["S"])) for i in page["Items"]}:
            similar = self.names.similar(namespace)
            if similar:
                judge.add_foreign(namespace, similar)
            elif namespace == self.names.metadata != key:
                judge.add_foreign(f"the item {key[:60]!r} of {namespace}", namespace)
            elif namespace.rpartition(":")[2] == METADATA and namespace != self.names.metadata:
                others.add(namespace)
        return others

    def probe_writes(self) -> Iterator[StoreObservation]:
        """Write an item in a namespace of its own, remove it, yield what failed."""
        start = f"{self.access.prefix}:" if self.access.prefix else ""
        namespace = f"{start}storepact-probe-{secrets.token_hex(6)}"
        key = {PARTITION_KEY: {"S": namespace}, SORT_KEY: {"S": "probe"}}
        change = {
            "UpdateExpression": "ADD excluded :r",
            "ExpressionAttributeValues": {":r": {"SS": ["a.g1"]}},
        }
        failed: dict[str, list[str]] = {}
        for operation, arguments in (
            ("put_item", {"Item": {**key, "included": {"SS": ["a.g1"]}}}),
            ("update_item", {"Key": key, **change}),
            ("delete_item", {"Key": key}),
        ):
            try:
                self._table.call(operation, **arguments)
            except ActionDenied:
                repair = (
                    "the role of the writer needs dynamodb:PutItem, UpdateItem and DeleteItem on the table; "
                    "add them to its policy"
                )
                failed.setdefault(repair, []).append(operation)
            except StoreUnreachable as error:
                failed.setdefault(str(error), []).append(operation)
        for repair, operations in failed.items():
            yield (
                "SP702",
                Observation(
                    "write probe",
                    f"the write probe failed at {', '.join(operations)}: {repair}",
                    FlawKind.REFUSED,
                    expected="all operations of the writer succeed",
                    actual=", ".join(operations),
                ),
            )


def _judge_table(table: Mapping[str, Any]) -> Iterator[StoreObservation]:
    schema = {entry["KeyType"]: entry["AttributeName"] for entry in table.get("KeySchema", ())}
    types = {
        entry["AttributeName"]: entry["AttributeType"] for entry in table.get("AttributeDefinitions", ())
    }
    actual = ", ".join(f"{name} ({types.get(name, '?')}, {role})" for role, name in sorted(schema.items()))
    if schema != {"HASH": PARTITION_KEY, "RANGE": SORT_KEY} or {
        types.get(name) for name in schema.values()
    } != {"S"}:
        yield (
            "SP701",
            Observation(
                "key schema",
                f"the keys of the table are {actual}: writer and SDKs need the partition key namespace and "
                "the sort key key, both of type S; create the table anew",
                FlawKind.TYPE,
                expected="namespace (S, HASH), key (S, RANGE)",
                actual=actual,
            ),
        )
    status = table.get("TableStatus", "ACTIVE")
    if status not in ("ACTIVE", "UPDATING"):
        yield (
            "SP701",
            Observation(
                "table status",
                f"the table is {status}: it cannot be read or written; wait, or create it anew",
                FlawKind.VALUE,
                expected="ACTIVE",
                actual=status,
            ),
        )


def _hint(namespaces: Collection[str]) -> str:
    """Where the time of synchronization was left instead, and what to do about it."""
    if not namespaces:
        return ""
    prefixes = [namespace.rpartition(":")[0] for namespace in sorted(namespaces)]
    names = ", ".join(repr(prefix) if prefix else "none" for prefix in prefixes[:3])
    return (
        f"the table has one with the prefix {names}: give that one with --prefix, here and in the SDKs, or "
        "correct the prefix of the integration"
    )


def _judge_item(judge: MembershipJudge, item: Mapping[str, Any]) -> None:
    for name in _ATTRIBUTES:
        value = item.get(name)
        if value is None:
            near = similar_attribute({*item} - {*_ATTRIBUTES}, name)
            if near:
                judge.add_foreign(f"the attribute {near}", name)
            continue
        kind = next(iter(value))
        if judge.judge_type(f"the attribute {name} of a context", kind, "SS"):
            judge.judge_references(value["SS"])


def _wrong_type(name: str, actual: str, expected: str) -> StoreObservation:
    return "SP706", Observation(
        name,
        f"{name} is of type {actual}, not {expected}: SDKs cannot read it; let the writer synchronize again",
        FlawKind.TYPE,
        expected=f"type {expected}",
        actual=f"type {actual}",
    )
