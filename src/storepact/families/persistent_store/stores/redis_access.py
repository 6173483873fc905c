"""Access to a store on Redis: its address, the connection, and what the server reports about itself."""

from __future__ import annotations

from dataclasses import field, replace
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from storepact.families.persistent_store.stores.layout import REDIS_PREFIX
from storepact.families.persistent_store.stores.probe import Endpoint, StoreUnreachable, probe_redis
from storepact.families.persistent_store.stores.redis_server import RedisFacts, read_facts
from storepact.model.errors import UsageError
from storepact.model.values import lean_value

#: The port of Redis where a URL names none.
PORT = 6379


@lean_value(frozen=True)
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
        parts = self._parts
        if parts.password:
            raise UsageError(
                "a password in the URL can be read by others: set STOREPACT_STORE_PASSWORD, or "
                "use --password-file"
            )
        if parts.query or parts.fragment:
            raise UsageError(
                "the URL of Redis goes on after its database: write redis://HOST:PORT/0; a password belongs "
                "in STOREPACT_STORE_PASSWORD, a user in --username"
            )
        try:
            port = PORT if parts.port is None else parts.port
        except ValueError:
            port = 0
        if not port:
            raise UsageError(f"the port of {parts.hostname} is no number from 1 to 65535: correct it")
        if self.ca_file is not None and parts.scheme == "redis":
            raise UsageError("--ca-file is for TLS: write rediss:// instead of redis://, or leave it out")
        return Endpoint(str(parts.hostname), port, parts.scheme == "rediss", self.ca_file)

    @property
    def _parts(self) -> SplitResult:
        try:
            parts = urlsplit(self.url)
            hostname = parts.hostname or ""
        except ValueError:  # brackets of IPv6
            parts, hostname = urlsplit(""), ""
        if parts.scheme not in ("redis", "rediss") or not hostname or any(map(str.isspace, hostname)):
            name = self.url.rpartition("@")[2].partition("?")[0].partition("#")[0]
            raise UsageError(
                f"{name!r} is no URL of Redis: write redis://HOST:PORT, or rediss://HOST:PORT for TLS"
            )
        return parts

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
        if access.cluster and database:
            raise UsageError("a Redis cluster has no other database than 0: leave the number out")
        self._wants_password = probe_redis(endpoint, access.timeout)
        self.refuses_ping = False
        self.client = self._open(redis, endpoint)
        self.nodes = self._read_facts(endpoint)
        self.facts = self.nodes[0]
        if self.refuses_ping and not self.facts.cannot_save:
            raise StoreUnreachable(f"{endpoint} refuses PING: look into the log of the server")
        if self.facts.mode == "cluster" and not access.cluster:
            raise UsageError(f"{endpoint} is a node of a cluster: give --cluster")
        if access.cluster and self.facts.mode not in ("", "cluster"):
            raise UsageError(f"{endpoint} is no cluster: leave --cluster out")
        if database:
            self._select(endpoint, database)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _options(self, redis: Any, endpoint: Endpoint) -> dict[str, Any]:
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
            "retry": redis.retry.Retry(redis.backoff.NoBackoff(), 1),
        }
        if endpoint.tls and access.ca_file is not None:
            options["ssl_ca_certs"] = str(access.ca_file)
        return options

    def _open(self, redis: Any, endpoint: Endpoint) -> Any:
        client = redis.Redis(**self._options(redis, endpoint))
        self._authenticate(client, endpoint)
        if not self.access.cluster:
            return client
        is_node = self._is_node(client)
        client.close()
        if is_node is False:
            raise UsageError(f"{endpoint} is no cluster: leave --cluster out")
        try:
            return redis.RedisCluster(**self._options(redis, endpoint))
        except (self.errors.RedisError, self.errors.RedisClusterException):
            raise StoreUnreachable(
                f"the cluster of {endpoint} is incomplete, or not all of its nodes can be reached: look at "
                "CLUSTER INFO, and open the network to every node"
            ) from None

    def _is_node(self, client: Any) -> bool | None:
        """Whether the server is a node of a cluster; None where it does not say so."""
        try:
            return bool(int(client.info("cluster")["cluster_enabled"]))
        except (self.errors.RedisError, KeyError, ValueError):
            return None

    def _authenticate(self, client: Any, endpoint: Endpoint) -> None:
        try:
            client.ping()
        except self.errors.NoPermissionError:
            return
        except self.errors.AuthenticationError:
            raise StoreUnreachable(self._describe_refusal(endpoint)) from None
        except self.errors.ResponseError:  # as a server that cannot save does: INFO says so
            self.refuses_ping = True
        except self.errors.RedisError as error:
            kind = type(error).__name__
            raise StoreUnreachable(
                f"{endpoint} did not answer PING ({kind}): check the server, and its limit of clients"
            ) from None

    def _describe_refusal(self, endpoint: Endpoint) -> str:
        """Why the server does not let the user in."""
        access = self.access
        if access.password is None:
            return f"{endpoint} requires a password: set STOREPACT_STORE_PASSWORD, or use --password-file"
        if access.user is None and not self._wants_password:
            return (
                f"the default user at {endpoint} has no password, so that the one given is refused: unset "
                "STOREPACT_STORE_PASSWORD, or set requirepass on the server"
            )
        user = f"the user {access.user!r}" if access.user else "the default user"
        return (
            f"the password for {user} at {endpoint} is wrong: correct it, or the user's name, or switch the "
            "user on"
        )

    def _read_facts(self, endpoint: Endpoint) -> tuple[RedisFacts, ...]:
        """What the server reports about itself, or every primary of a cluster."""
        options = {"target_nodes": "primaries"} if self.access.cluster else {}
        try:
            info: Any = self.client.info(**options)
        except self.errors.ResponseError:  # not permitted, or not offered
            return (RedisFacts(),)
        except self.errors.RedisError as error:
            kind = type(error).__name__
            raise StoreUnreachable(f"{endpoint} did not answer INFO ({kind}): check the server") from None
        if self.access.cluster and info and isinstance(next(iter(info.values())), dict):
            return tuple(map(read_facts, info.values()))
        facts = read_facts(info)
        if facts.good_replicas is None or self.access.cluster:
            return (facts,)
        return (replace(facts, least_replicas=self._read_least_replicas()),)

    def _read_least_replicas(self) -> int:
        """How many replicas must be there for a write; 1 where the user may not ask."""
        try:
            return int(self.client.config_get("min-replicas-to-write")["min-replicas-to-write"])
        except (self.errors.RedisError, KeyError, ValueError):
            return 1

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
