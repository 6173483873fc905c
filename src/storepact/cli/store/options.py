"""The options of `storepact store check`: how a store is reached, and how much of it is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from storepact.model.errors import UsageError
from storepact.model.files import read_text
from storepact.model.values import lean_value

if TYPE_CHECKING:
    from storepact.families.persistent_store.stores.dynamodb_access import DynamoDBAccess
    from storepact.families.persistent_store.stores.redis_access import RedisAccess

PASSWORD_VARIABLE = "STOREPACT_STORE_PASSWORD"  # noqa: S105 - the name of a variable

Redis = Annotated[
    str | None,
    Parameter(
        metavar="URL",
        help="A store on Redis: redis://HOST:PORT, or rediss:// for TLS. Its password comes from "
        f"{PASSWORD_VARIABLE} or --password-file.",
    ),
]
DynamoDB = Annotated[
    str | None,
    Parameter(
        name="--dynamodb",
        metavar="TABLE",
        help="A store on DynamoDB; credentials come from where AWS's own tools find them.",
    ),
]
Prefix = Annotated[
    str | None,
    Parameter(help="The prefix of the names: launchdarkly on Redis, none on DynamoDB, if not given."),
]
Username = Annotated[str | None, Parameter(help="The user of Redis, if not the default one.")]
PasswordFile = Annotated[
    Path | None, Parameter(help=f"A file with the password of Redis, in place of {PASSWORD_VARIABLE}.")
]
CaFile = Annotated[
    Path | None, Parameter(help="A PEM file with certificates to trust in place of the usual ones.")
]
Cluster = Annotated[bool, Parameter(help="The server is a node of a Redis cluster.")]
Region = Annotated[str | None, Parameter(help="The region of the table; AWS_DEFAULT_REGION if not given.")]
Endpoint = Annotated[
    str | None, Parameter(metavar="URL", help="Another address of DynamoDB, such as a local one.")
]
RoleArn = Annotated[
    str | None, Parameter(help="The role that the integration assumes; printed in the request.")
]
Timeout = Annotated[
    float, Parameter(help="Seconds for a connection and for each answer.", validator=Number(gte=0.1))
]


@Parameter(name="*")
@lean_value(frozen=True)
class StoreAddress:
    """How a store is reached, each field an option."""

    redis: Redis = None
    dynamodb: DynamoDB = None
    prefix: Prefix = None
    username: Username = None
    password_file: PasswordFile = None
    ca_file: CaFile = None
    cluster: Cluster = False
    region: Region = None
    endpoint: Endpoint = None
    role_arn: RoleArn = None
    timeout: Timeout = 10.0

    def access(self) -> RedisAccess | DynamoDBAccess:
        """The store.

        Raises:
            UsageError: no store is named, or two; an option is for the other kind; the password file or the
                prefix cannot be used.

        """
        from storepact.families.persistent_store.stores.dynamodb_access import DynamoDBAccess
        from storepact.families.persistent_store.stores.layout import REDIS_PREFIX
        from storepact.families.persistent_store.stores.redis_access import RedisAccess

        if (self.redis is None) == (self.dynamodb is None):
            raise UsageError("name one store: --redis URL, or --dynamodb TABLE")
        if self.prefix is not None and (not self.prefix.strip() or any(map(str.isspace, self.prefix))):
            raise UsageError(
                f"the prefix {self.prefix!r} is empty or holds a blank: names of stores have none"
            )
        self._require_own_options()
        if self.dynamodb is not None:
            if self.role_arn is not None and not self.role_arn.startswith("arn:"):
                raise UsageError("--role-arn is no ARN: write arn:aws:iam::ACCOUNT:role/NAME")
            table = DynamoDBAccess(self.dynamodb, self.prefix or "", self.region, self.endpoint, self.timeout)
            table.check()
            return table
        access = RedisAccess(
            url=self.redis or "",
            prefix=self.prefix or REDIS_PREFIX,
            username=self.username,
            password=self._password(),
            ca_file=self.ca_file,
            cluster=self.cluster,
            timeout=self.timeout,
        )
        _ = access.endpoint, access.database  # a wrong URL is wrong before anything else
        return access

    def _require_own_options(self) -> None:
        of_redis = {
            "--username": self.username,
            "--password-file": self.password_file,
            "--ca-file": self.ca_file,
            "--cluster": self.cluster or None,
        }
        of_dynamodb = {"--region": self.region, "--endpoint": self.endpoint, "--role-arn": self.role_arn}
        wrong, kind = (of_dynamodb, "--dynamodb") if self.redis is not None else (of_redis, "--redis")
        for name, value in wrong.items():
            if value is not None:
                raise UsageError(f"{name} is for {kind} only: leave it out")

    def _password(self) -> str | None:
        if self.password_file is None:
            return os.environ.get(PASSWORD_VARIABLE) or None
        try:
            text = read_text(self.password_file).strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise UsageError(
                f"cannot read {self.password_file}: {reason}; give a file with the password"
            ) from None
        if not text:
            raise UsageError(f"{self.password_file} is empty: give a file with the password")
        return text


#: How a store is reached where no option says otherwise.
NO_STORE = StoreAddress()
