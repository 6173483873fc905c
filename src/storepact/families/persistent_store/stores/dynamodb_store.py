"""Read a store on DynamoDB as an SDK would, and judge it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storepact.checks.evidence import Observation
from storepact.families.persistent_store.stores.judge import (
    MembershipJudge,
    StoreObservation,
    judge_cursor,
    judge_synchronized_on,
)
from storepact.families.persistent_store.stores.layout import PARTITION_KEY, SORT_KEY, DynamoDBNames
from storepact.families.persistent_store.stores.probe import StoreUnreachable
from storepact.model.errors import UnknownName, UsageError
from storepact.model.flaw import FlawKind

_SYNCHRONIZED_ON, _LAST_VERSION = "synchronizedOn", "lastVersion"
_ATTRIBUTES = ("included", "excluded")

#: Items asked for at once.
_PAGE = 500

#: What to do about each error code of DynamoDB, `{t}` being the table.
_REPAIRS = {
    "ResourceNotFoundException": "there is no table {t} in this region and account: create it, or correct "
    "its name or the region",
    "UnrecognizedClientException": "the access key is not known: correct AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY",
    "InvalidSignatureException": "the secret access key is wrong: correct AWS_SECRET_ACCESS_KEY",
    "ExpiredTokenException": "the session of AWS has expired: sign in again",
    "AccessDeniedException": "these credentials may not read the table {t}: allow dynamodb:DescribeTable, "
    "GetItem, Query and Scan",
    "ProvisionedThroughputExceededException": "the table {t} is at its limit of reads: raise its capacity, "
    "or use a smaller --sample",
    "ValidationException": "DynamoDB does not accept the name {t} of the table: correct it",
}


@dataclass(frozen=True)
class DynamoDBAccess:
    """How a table is reached; credentials come from the environment and files that AWS's tools use."""

    table: str
    prefix: str = ""
    region: str | None = None
    endpoint: str | None = None
    timeout: float = 10.0
    credentials: Mapping[str, str] | None = field(default=None, repr=False)
    """Of a local DynamoDB, in place of those of the environment."""


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

    def __init__(self, access: DynamoDBAccess) -> None:
        self.access, self.names = access, DynamoDBNames(access.prefix)
        try:
            import boto3
            import botocore.config
            import botocore.exceptions
        except ImportError:
            raise UsageError("DynamoDB needs its driver: pip install 'storepact[store]'") from None
        self._errors: Any = botocore.exceptions
        session = boto3.session.Session(**(access.credentials or {}))
        region = access.region or session.region_name
        if not region:
            raise UsageError("no region: give --region, or set AWS_DEFAULT_REGION")
        regions = session.get_available_regions("dynamodb")
        if region not in regions:
            raise UnknownName("region", region, regions)
        config = botocore.config.Config(
            connect_timeout=access.timeout,
            read_timeout=access.timeout,
            retries={"total_max_attempts": 3, "mode": "standard"},
            user_agent_extra="storepact",
        )
        try:
            self._client: Any = session.client(
                "dynamodb", region_name=region, endpoint_url=access.endpoint, config=config
            )
        except ValueError:
            raise UsageError(f"{access.endpoint!r} is no URL of an endpoint: write https://HOST") from None
        self.region = region
        self._table: Mapping[str, Any] = self._call("describe_table")["Table"]

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        table = self.access.table
        try:
            response: dict[str, Any] = getattr(self._client, operation)(TableName=table, **arguments)
        except self._errors.NoCredentialsError:
            problem = "no credentials of AWS: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        except self._errors.PartialCredentialsError:
            problem = (
                "half of the credentials of AWS is missing: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        except self._errors.EndpointConnectionError:
            place = self.access.endpoint or f"DynamoDB in {self.region}"
            problem = f"{place} cannot be reached: check the network, or correct --endpoint"
        except self._errors.ParamValidationError:
            problem = f"{table!r} is no name of a table: 3 to 255 of A-Z a-z 0-9 _ . -"
        except self._errors.ClientError as error:
            code = error.response.get("Error", {}).get("Code", "an error")
            problem = _REPAIRS.get(
                code, f"DynamoDB answers {code} for the table {{t}}: look it up, and try again"
            )
            problem = problem.replace("{t}", table)
        except self._errors.BotoCoreError as error:
            problem = f"DynamoDB did not answer ({type(error).__name__}): check the network, or --endpoint"
        else:
            return response
        raise StoreUnreachable(problem)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def server(self) -> str:
        """The table in words: state and billing."""
        mode = self._table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        return (
            f"DynamoDB in {self.region}, table {self._table.get('TableStatus', 'of unknown state')}, {mode}"
        )

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
        observations = list(_judge_table(self._table))
        yield from observations
        if any(observation.locus == "key schema" for _, observation in observations):
            return
        metadata = self._call(
            "get_item",
            Key={PARTITION_KEY: {"S": self.names.metadata}, SORT_KEY: {"S": self.names.metadata}},
            ConsistentRead=True,
        ).get("Item", {})
        yield from self._judge_metadata(metadata, now_ms)
        judge = MembershipJudge()
        self._judge_contexts(judge, sample, progress)
        self._judge_namespaces(judge, sample)
        yield from judge.observations()
        version = metadata.get(_LAST_VERSION, {}).get("S")
        yield from judge_cursor(version, _LAST_VERSION, judge.contexts)
        self.sampled = judge.contexts

    def _judge_metadata(self, metadata: Mapping[str, Any], now_ms: int) -> Iterator[StoreObservation]:
        value = metadata.get(_SYNCHRONIZED_ON)
        if value is not None and "N" not in value:
            yield _wrong_type(_SYNCHRONIZED_ON, next(iter(value)), "N")
        else:
            raw = None if value is None else str(value["N"])
            yield from judge_synchronized_on(raw, _SYNCHRONIZED_ON, now_ms)
        version = metadata.get(_LAST_VERSION)
        if version is not None and "S" not in version:
            yield _wrong_type(_LAST_VERSION, next(iter(version)), "S")

    def _judge_contexts(self, judge: MembershipJudge, sample: int, progress: Callable[[int], None]) -> None:
        count, start = 0, None
        while count < sample:
            page = self._call(
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
            progress(count)
            start = page.get("LastEvaluatedKey")
            if not start:
                return
        self.unread = f"contexts after the first {count:,}"

    def _judge_namespaces(self, judge: MembershipJudge, sample: int) -> None:
        """Look for namespaces that resemble those of the layout among the first items of the table."""
        page = self._call(
            "scan",
            ProjectionExpression="#n",
            ExpressionAttributeNames={"#n": PARTITION_KEY},
            Limit=max(1, min(_PAGE, sample)),
        )
        for namespace in {str(item[PARTITION_KEY]["S"]) for item in page["Items"]}:
            similar = self.names.similar(namespace)
            if similar:
                judge.add_foreign(namespace, similar)

    def probe_writes(self) -> Iterator[StoreObservation]:
        """Write an item in a namespace of its own, remove it, yield what failed."""
        key = {PARTITION_KEY: {"S": f"storepact-probe-{secrets.token_hex(6)}"}, SORT_KEY: {"S": "probe"}}
        failed = []
        for operation, arguments in (
            ("put_item", {"Item": {**key, "included": {"SS": ["a.g1"]}}}),
            (
                "update_item",
                {
                    "Key": key,
                    "UpdateExpression": "ADD excluded :r",
                    "ExpressionAttributeValues": {":r": {"SS": ["a.g1"]}},
                },
            ),
            ("delete_item", {"Key": key}),
        ):
            try:
                self._call(operation, **arguments)
            except StoreUnreachable:
                failed.append(operation)
        if failed:
            yield (
                "SP702",
                Observation(
                    "write probe",
                    f"the write probe failed at {', '.join(failed)}: the role of the writer needs "
                    "dynamodb:PutItem, UpdateItem and DeleteItem on the table; add them to its policy",
                    FlawKind.REFUSED,
                    expected="all operations of the writer succeed",
                    actual=", ".join(failed),
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


def _judge_item(judge: MembershipJudge, item: Mapping[str, Any]) -> None:
    for name in _ATTRIBUTES:
        value = item.get(name)
        if value is None:
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
