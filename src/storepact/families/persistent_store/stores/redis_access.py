"""Access to a store on Redis: its address, the connection, and what the server reports about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from storepact.families.persistent_store.stores.layout import REDIS_PREFIX
from storepact.families.persistent_store.stores.probe import Endpoint, StoreUnreachable, probe_redis
from storepact.model.errors import UsageError

#: The port of Redis where a URL names none.
PORT = 6379


@dataclass(frozen=True)
class RedisAccess:
    """How a Redis store is reached. The password is in no representation."""

    url: str
    prefix: str = REDIS_PREFIX
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cluster: bool = False
    timeout: float = 10.0

    @property
    def endpoint(self) -> Endpoint:
        """The address.

        Raises:
            UsageError: the URL is not one of Redis, or holds a password.

        """
        parts = urlsplit(self.url)
        if parts.scheme not in ("redis", "rediss") or not parts.hostname:
            raise UsageError(
                f"{parts.hostname or self.url.partition('@')[2] or self.url!r} is no URL of Redis: write "
                "redis://HOST:PORT, or rediss://HOST:PORT for TLS"
            )
        if parts.password:
            raise UsageError(
                "a password in the URL can be read by others: set STOREPACT_STORE_PASSWORD, or "
                "use --password-file"
            )
        try:
            port = parts.port or PORT
        except ValueError:
            raise UsageError(
                f"the port of {parts.hostname} is no number from 1 to 65535: correct it"
            ) from None
        return Endpoint(parts.hostname, port, parts.scheme == "rediss", self.ca_file)

    @property
    def user(self) -> str | None:
        """The name of the user: of the URL, or the one that is given."""
        name = urlsplit(self.url).username
        return self.username or (unquote(name) if name else None)

    @property
    def database(self) -> int:
        """The number of the database.

        Raises:
            UsageError: it is no number.

        """
        path = urlsplit(self.url).path.strip("/")
        if not path:
            return 0
        if not path.isascii() or not path.isdigit():
            raise UsageError(f"{path!r} is no number of a database: write redis://HOST:PORT/0")
        return int(path)


@dataclass(frozen=True)
class RedisFacts:
    """What a server reports about itself; empty where its user may not ask."""

    version: str = ""
    mode: str = ""
    role: str = ""
    eviction: str = ""
    memory_limit: int = 0

    def __str__(self) -> str:
        if not self.version:
            return "a Redis server that does not say its version to this user"
        return f"Redis {self.version}, {self.mode or 'standalone'}, {self.role or 'unknown role'}"


class RedisConnection:
    """A connection to a server; `client` and `errors` are those of its driver.

    Raises:
        StoreUnreachable: the server cannot be reached, or refuses the user.
        UsageError: the URL is wrong, or the driver is not installed.

    """

    def __init__(self, access: RedisAccess) -> None:
        try:
            import redis
        except ImportError:
            raise UsageError("Redis needs its driver: pip install 'storepact[store]'") from None
        self.access = access
        self.errors: Any = redis.exceptions
        endpoint, database = access.endpoint, access.database
        probe_redis(endpoint, access.timeout)
        self.client = self._open(redis, endpoint)
        self.facts = self._read_facts(endpoint)
        if self.facts.mode == "cluster" and not access.cluster:
            raise UsageError(f"{endpoint} is a node of a cluster: give --cluster")
        if access.cluster and self.facts.mode not in ("", "cluster"):
            raise UsageError(f"{endpoint} is no cluster: leave --cluster out")
        if database:
            self._select(endpoint, database)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _options(self, endpoint: Endpoint) -> dict[str, Any]:
        access = self.access
        options: dict[str, Any] = {
            "host": endpoint.host,
            "port": endpoint.port,
            "username": access.user,
            "password": access.password,
            "socket_timeout": access.timeout,
            "socket_connect_timeout": access.timeout,
            "ssl": endpoint.tls,
            "decode_responses": True,
            "encoding_errors": "backslashreplace",
            "protocol": 2,
        }
        if endpoint.tls and access.ca_file is not None:
            options["ssl_ca_certs"] = str(access.ca_file)
        return options

    def _open(self, redis: Any, endpoint: Endpoint) -> Any:
        client = redis.Redis(**self._options(endpoint))
        self._authenticate(client, endpoint)
        if not self.access.cluster:
            return client
        client.close()
        try:
            return redis.RedisCluster(**self._options(endpoint))
        except self.errors.RedisClusterException:
            raise UsageError(f"{endpoint} is no cluster, or not all of its nodes can be reached") from None

    def _authenticate(self, client: Any, endpoint: Endpoint) -> None:
        try:
            client.ping()
        except self.errors.NoPermissionError:
            return
        except self.errors.AuthenticationError:
            if self.access.password is None:
                problem = f"{endpoint} wants a password: set STOREPACT_STORE_PASSWORD, or use --password-file"
            else:
                user = f"the user {self.access.user!r}" if self.access.user else "the default user"
                problem = f"the password for {user} at {endpoint} is wrong: correct it, or the user's name"
            raise StoreUnreachable(problem) from None
        except self.errors.RedisError as error:
            kind = type(error).__name__
            raise StoreUnreachable(f"{endpoint} did not answer PING ({kind}): check the server") from None

    def _read_facts(self, endpoint: Endpoint) -> RedisFacts:
        try:
            info: Any = self.client.info()
        except self.errors.ResponseError:  # not permitted, or not offered
            return RedisFacts()
        except self.errors.RedisError as error:
            kind = type(error).__name__
            raise StoreUnreachable(f"{endpoint} did not answer INFO ({kind}): check the server") from None
        if self.access.cluster and info and isinstance(next(iter(info.values())), dict):
            info = next(iter(info.values()))
        return RedisFacts(
            version=str(info.get("redis_version", "")),
            mode=str(info.get("redis_mode", "")),
            role=str(info.get("role", "")),
            eviction=str(info.get("maxmemory_policy", "")),
            memory_limit=int(info.get("maxmemory", 0)),
        )

    def _select(self, endpoint: Endpoint, database: int) -> None:
        try:
            self.client.execute_command("SELECT", database)
        except self.errors.ResponseError:
            raise StoreUnreachable(
                f"{endpoint} has no database {database}: LaunchDarkly and SDKs use 0; leave the number out"
            ) from None
        pool = self.client.connection_pool
        pool.connection_kwargs["db"] = database
        pool.disconnect()
