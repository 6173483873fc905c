"""Access to a store on DynamoDB: its table, the connection, and each error with its repair."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any
from urllib.parse import urlsplit

from storepact.families.persistent_store.stores.probe import StoreUnreachable
from storepact.model.errors import UnknownName, UsageError
from storepact.model.tree import Json
from storepact.model.values import lean_value

_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)

_KEYS = "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_EXPIRED = "the session of AWS has expired: sign in again"
_WRONG_SECRET = "the secret access key is wrong: correct AWS_SECRET_ACCESS_KEY"  # noqa: S105 - a sentence
_UNSIGNED = f"DynamoDB does not accept the signature of these credentials: {_KEYS}, and the clock"
_LIMIT = "the table {t} is at its limit of reads: raise its capacity, or use a smaller --sample"
_OVERLOAD = "DynamoDB in this region has a failure of its own: wait, and run this again"
_NO_KEY = "these credentials may not use the key that encrypts the table {t}: allow kms:Decrypt on it"

#: What to do about each error code of DynamoDB, `{t}` being the table and `{o}` the operation.
_REPAIRS = {
    "ResourceNotFoundException": "there is no table {t} in this region and account: create it, or correct "
    "its name or the region",
    "UnrecognizedClientException": f"the access key is not known: {_KEYS}",
    "InvalidSignatureException": _WRONG_SECRET,
    "SignatureDoesNotMatch": _WRONG_SECRET,
    "IncompleteSignatureException": _UNSIGNED,
    "IncompleteSignature": _UNSIGNED,
    "MissingAuthenticationTokenException": _UNSIGNED,
    "MissingAuthenticationToken": _UNSIGNED,
    "ExpiredTokenException": _EXPIRED,
    "ExpiredToken": _EXPIRED,
    "AccessDeniedException": "these credentials may not send {o} to the table {t}: allow dynamodb:{o} in "
    "their policy",
    "KMSAccessDeniedException": _NO_KEY,
    "OptInRequired": "this account does not have DynamoDB in this region: enable it, or correct --region",
    "SubscriptionRequiredException": "this account is not subscribed to DynamoDB: enable it",
    "ProvisionedThroughputExceededException": _LIMIT,
    "RequestLimitExceeded": _LIMIT,
    "ThrottlingException": _LIMIT,
    "InternalServerError": _OVERLOAD,
    "ServiceUnavailable": _OVERLOAD,
    "ValidationException": "DynamoDB does not accept the name {t} of the table: correct it",
}
_UNKNOWN_CODE = "DynamoDB answers {code} for the table {t}: look it up, and try again"


class ActionDenied(StoreUnreachable):
    """The credentials may not send one operation."""


@lean_value(frozen=True)
class DynamoDBAccess:
    """How a table is reached; credentials come from the environment and files that AWS's tools use."""

    table: str
    prefix: str = ""
    region: str | None = None
    endpoint: str | None = None
    timeout: float = 10.0
    credentials: Mapping[str, str] | None = field(default=None, repr=False)
    """Of a local DynamoDB, in place of those of the environment."""

    def check(self) -> None:
        """Refuse a name that no table has, and a password in the URL of the endpoint.

        Raises:
            UsageError: it is one of these.

        """
        if not _TABLE.fullmatch(self.table):
            raise UsageError(
                f"{self.table[:60]!r} is no name of a table: 3 to 255 of A-Z a-z 0-9 _ . - (no ARN)"
            )
        try:
            user = None if self.endpoint is None else urlsplit(self.endpoint).username
        except ValueError:
            raise UsageError("--endpoint is no URL: write https://HOST") from None
        if user is not None:
            raise UsageError("--endpoint holds a user, and perhaps a password: DynamoDB needs none there")


class DynamoDBTable:
    """A connection to one table.

    Raises:
        StoreUnreachable: the table cannot be described.
        UsageError: the region is none, or the driver is not installed.

    """

    def __init__(self, access: DynamoDBAccess) -> None:
        try:
            import boto3
            import botocore.config
            import botocore.exceptions
        except ImportError:
            raise UsageError("DynamoDB needs its driver: pip install 'storepact[store]'") from None
        access.check()
        self.access = access
        self._errors: Any = botocore.exceptions
        config = botocore.config.Config(
            connect_timeout=access.timeout,
            read_timeout=access.timeout,
            retries={"total_max_attempts": 3, "mode": "standard"},
            user_agent_extra="storepact",
        )
        try:
            session = boto3.session.Session(**(access.credentials or {}))
            self.region = _region(session, access.region)
            self._client: Any = session.client(
                "dynamodb", region_name=self.region, endpoint_url=access.endpoint, config=config
            )
        except self._errors.ProfileNotFound:
            raise UsageError("AWS_PROFILE names a profile that does not exist: correct it") from None
        except self._errors.PartialCredentialsError:
            raise StoreUnreachable(f"half of the credentials of AWS is missing: {_KEYS}") from None
        except self._errors.BotoCoreError as error:
            kind = type(error).__name__
            raise UsageError(
                f"AWS is not set up ({kind}): look at ~/.aws, AWS_PROFILE and the like"
            ) from None
        except ValueError:
            raise UsageError(f"{access.endpoint!r} is no URL of an endpoint: write https://HOST") from None
        self.description: Mapping[str, Any] = self._describe()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _describe(self) -> Mapping[str, Any]:
        """What DynamoDB says about the table."""
        response = self.call("describe_table")
        table = response.get("Table") if isinstance(response, dict) else None
        if not isinstance(table, dict):
            raise StoreUnreachable(self._stranger)
        return table

    @property
    def _stranger(self) -> str:
        place = self.access.endpoint or f"DynamoDB in {self.region}"
        return f"{place} answers, but not as DynamoDB does: correct --endpoint"

    def call(self, operation: str, **arguments: Any) -> dict[str, Json]:
        """Send an operation about the table.

        Raises:
            ActionDenied: the credentials may not send it.
            StoreUnreachable: it failed for another reason; the message names the repair.

        """
        try:
            response: dict[str, Json] = getattr(self._client, operation)(
                TableName=self.access.table, **arguments
            )
        except self._errors.ClientError as error:
            raise self._describe_error(
                operation, str(error.response.get("Error", {}).get("Code", ""))
            ) from None
        except self._errors.NoCredentialsError:
            problem = "no credentials of AWS: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        except self._errors.PartialCredentialsError:
            problem = f"half of the credentials of AWS is missing: {_KEYS}"
        except self._errors.EndpointConnectionError:
            place = self.access.endpoint or f"DynamoDB in {self.region}"
            problem = f"{place} cannot be reached: check the network, or correct --endpoint"
        except self._errors.BotoCoreError as error:
            problem = f"DynamoDB did not answer ({type(error).__name__}): check the network, or --endpoint"
        except (AttributeError, KeyError, TypeError):  # botocore reads a body that is none of DynamoDB
            problem = self._stranger
        else:
            return response
        raise StoreUnreachable(problem)

    def _describe_error(self, operation: str, code: str) -> StoreUnreachable:
        action = "".join(word.capitalize() for word in operation.split("_"))
        problem = _REPAIRS.get(code, _UNKNOWN_CODE.replace("{code}", code or "an error"))
        problem = problem.replace("{t}", self.access.table).replace("{o}", action)
        return ActionDenied(problem) if code == "AccessDeniedException" else StoreUnreachable(problem)


def _region(session: Any, name: str | None) -> str:
    """The region that is given, or the usual one.

    Raises:
        UsageError: there is none.
        UnknownName: it is none of AWS.

    """
    region: str | None = name or session.region_name
    if not region:
        raise UsageError("no region: give --region, or set AWS_DEFAULT_REGION")
    regions = [
        entry
        for partition in session.get_available_partitions()
        for entry in session.get_available_regions("dynamodb", partition)
    ]
    if region not in regions:
        raise UnknownName("region", region, regions)
    return region
