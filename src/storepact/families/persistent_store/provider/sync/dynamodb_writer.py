"""Write a store on DynamoDB: a patch is transactions of at most 25 items, the last one moves the version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from storepact.families.persistent_store.provider.sync.names import CONTEXTS, METADATA, WritingRules
from storepact.families.persistent_store.provider.sync.writer import (
    Patch,
    StoreAccess,
    StoreFailed,
    VersionMoved,
)
from storepact.model.tree import Json

#: Contexts in one transaction, beside the item with the version.
_CONTEXTS = 24

#: Credentials of a local DynamoDB, which takes any.
_LOCAL = {"aws_access_key_id": "storepact", "aws_secret_access_key": "storepact"}

#: What an error code of AWS means for the integration.
_FAILURES = {
    "ResourceNotFoundException": (404, "the table does not exist"),
    "AccessDeniedException": (403, "the role may not write the table"),
    "UnrecognizedClientException": (401, "the credentials are not known"),
    "ExpiredTokenException": (401, "the credentials have expired"),
    "ValidationException": (400, "the table has another key schema"),
}


class DynamoDBWriter:
    """The writer of one table. Implements `StoreWriter`.

    It uses the credentials of this process: it cannot assume the role of the config.
    """

    def __init__(self, config: Mapping[str, Json], access: StoreAccess, rules: WritingRules) -> None:
        """Prepare a client from the config of an integration."""
        import boto3
        import botocore.config
        import botocore.exceptions

        self._errors: Any = botocore.exceptions
        self._rules, self._table = rules, str(config["tableName"])
        options = botocore.config.Config(
            connect_timeout=access.timeout,
            read_timeout=access.timeout,
            retries={"total_max_attempts": 1},
            user_agent_extra="storepact-mock",
        )
        local = {"endpoint_url": access.dynamodb, **_LOCAL} if access.dynamodb else {}
        region = str(config["region"])
        with self._failures():
            session = boto3.session.Session()
            self._client: Any = session.client("dynamodb", region_name=region, config=options, **local)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn the driver's errors into sentences without address and secret."""
        try:
            yield
        except self._errors.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code == "ConditionalCheckFailedException" or _lost_race(error.response):
                raise VersionMoved from None
            status, message = _FAILURES.get(code, (500, f"the store refused a request ({code})"))
            raise StoreFailed(status, message) from None
        except (
            self._errors.NoCredentialsError,
            self._errors.PartialCredentialsError,
            self._errors.ProfileNotFound,
        ):
            raise StoreFailed(401, "the mock has no credentials of AWS") from None
        except self._errors.BotoCoreError:
            raise StoreFailed(503, "the store cannot be reached") from None

    def read_version(self) -> str | None:
        """Return the attribute lastVersion of the metadata."""
        with self._failures():
            item = self._client.get_item(
                TableName=self._table, Key=_key(METADATA, METADATA), ConsistentRead=True
            )
        version = item.get("Item", {}).get("lastVersion", {}).get("S")
        return None if version is None else str(version)

    def apply(self, patch: Patch, version: str, expected: str | None) -> None:
        """Apply a patch in transactions; each checks the version, the last one sets it."""
        updates = [self._update(key, changes) for key, changes in self._changes(patch).items()]
        groups = [updates[at : at + _CONTEXTS] for at in range(0, len(updates), _CONTEXTS)] or [[]]
        condition = _condition(expected)
        with self._failures():
            for number, group in enumerate(groups):
                is_last = number == len(groups) - 1
                first = self._set_version(version, condition) if is_last else self._check_version(condition)
                self._write([first, *group])

    def _write(self, operations: Sequence[Mapping[str, Any]]) -> None:
        if self._rules.whole:
            self._client.transact_write_items(TransactItems=list(operations))
            return
        for operation in operations:
            if "Update" in operation:
                self._client.update_item(**operation["Update"])

    def _changes(self, patch: Patch) -> dict[str, dict[tuple[str, str], str]]:
        """Return, by hash of the context, what is added to and deleted from which attribute."""
        reference = self._rules.reference(patch.reference)
        changes: dict[str, dict[tuple[str, str], str]] = {}
        lists = (
            ("ADD", "included", patch.included),
            ("DELETE", "included", patch.not_included),
            ("ADD", "excluded", patch.excluded),
            ("DELETE", "excluded", patch.not_excluded),
        )
        for verb, attribute, keys in lists:
            for key in keys:
                changes.setdefault(self._rules.hash_key(key), {})[verb, attribute] = reference
        if self._rules.exclude_wins:
            for change in changes.values():
                if ("ADD", "excluded") in change:
                    change.pop(("ADD", "included"), None)
        return changes

    def _update(self, context: str, changes: Mapping[tuple[str, str], str]) -> dict[str, Any]:
        verbs: dict[str, list[str]] = {}
        for verb, attribute in changes:
            verbs.setdefault(verb, []).append(f"{attribute} :r")
        reference = next(iter(changes.values()))
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(CONTEXTS, context),
                "UpdateExpression": " ".join(f"{verb} {', '.join(parts)}" for verb, parts in verbs.items()),
                "ExpressionAttributeValues": {":r": {"SS": [reference]}},
            }
        }

    def _set_version(self, version: str, condition: Mapping[str, Any]) -> dict[str, Any]:
        values = {**condition.get("ExpressionAttributeValues", {}), ":v": {"S": self._rules.version(version)}}
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(METADATA, METADATA),
                "UpdateExpression": "SET lastVersion = :v",
                "ConditionExpression": condition["ConditionExpression"],
                "ExpressionAttributeValues": values,
            }
        }

    def _check_version(self, condition: Mapping[str, Any]) -> dict[str, Any]:
        return {"ConditionCheck": {"TableName": self._table, "Key": _key(METADATA, METADATA), **condition}}

    def write_heartbeat(self, milliseconds: int) -> None:
        """Set the attribute synchronizedOn of the metadata."""
        with self._failures():
            self._client.update_item(
                TableName=self._table,
                Key=_key(METADATA, METADATA),
                UpdateExpression="SET synchronizedOn = :n",
                ExpressionAttributeValues={":n": {"N": str(self._rules.time(milliseconds))}},
            )

    def remove_all(self) -> None:
        """Delete every item of the table."""
        with self._failures():
            items = self._client.scan(
                TableName=self._table,
                ProjectionExpression="#n, #k",
                ExpressionAttributeNames={"#n": "namespace", "#k": "key"},
            )["Items"]
            for item in items:
                self._client.delete_item(TableName=self._table, Key=item)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _key(namespace: str, key: str) -> dict[str, Any]:
    return {"namespace": {"S": namespace}, "key": {"S": key}}


def _condition(expected: str | None) -> dict[str, Any]:
    """Return the condition that the version of the last patch is this one."""
    if expected is None:
        return {"ConditionExpression": "attribute_not_exists(lastVersion)"}
    return {
        "ConditionExpression": "lastVersion = :e",
        "ExpressionAttributeValues": {":e": {"S": expected}},
    }


def _lost_race(response: Mapping[str, Any]) -> bool:
    """Whether a transaction was cancelled as the version is another one, or by a simultaneous writer."""
    reasons = [reason.get("Code") for reason in response.get("CancellationReasons", ())]
    return bool({"ConditionalCheckFailed", "TransactionConflict"} & set(reasons))
