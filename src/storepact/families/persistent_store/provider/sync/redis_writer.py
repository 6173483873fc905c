"""Write a store on Redis: a patch is one MULTI that watches the lock."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from storepact.families.persistent_store.provider.sync.names import RedisNames, WritingRules
from storepact.families.persistent_store.provider.sync.writer import (
    Patch,
    StoreAccess,
    StoreFailed,
    VersionMoved,
)
from storepact.model.tree import Json

if TYPE_CHECKING:
    from collections.abc import Iterator


class RedisWriter:
    """The writer of one Redis store. Implements `StoreWriter`."""

    def __init__(self, config: Mapping[str, Json], access: StoreAccess, rules: WritingRules) -> None:
        """Prepare a client from the config of an integration; it connects with its first command."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._errors: Any = redis.exceptions
        self._rules, self._names = rules, RedisNames(rules)
        options: dict[str, Any] = {"ssl": True} if config.get("tlsEnabled") is True else {}
        if options and access.ca_file is not None:
            options["ssl_ca_certs"] = str(access.ca_file)
        self._client: Any = redis.Redis(
            host=str(config["host"]),
            port=int(str(config.get("port") or 6379)),
            username=config.get("username") or None,
            password=config.get("password") or None,
            socket_timeout=access.timeout,
            socket_connect_timeout=access.timeout,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            **options,
        )

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn the driver's errors into sentences without address and secret."""
        errors = self._errors
        try:
            yield
        except errors.WatchError:
            raise VersionMoved from None
        except errors.NoPermissionError:
            raise StoreFailed(403, "the user of the store may not send a command of the writer") from None
        except (errors.AuthenticationError, errors.AuthorizationError):
            raise StoreFailed(401, "the store refused the user or the password") from None
        except (
            errors.ConnectionError,
            errors.TimeoutError,
            OSError,
            UnicodeError,
        ):  # of a host with no label
            raise StoreFailed(503, "the store cannot be reached") from None
        except errors.RedisError as error:
            raise StoreFailed(500, f"the store refused a command ({type(error).__name__})") from None

    def read_version(self) -> str | None:
        """Return the cursor."""
        with self._failures():
            return _text(self._client.get(self._names.cursor))

    def apply(self, patch: Patch, version: str, expected: str | None) -> None:
        """Apply a patch in one transaction."""
        with self._failures(), self._client.pipeline(transaction=self._rules.whole) as pipeline:
            if self._rules.locks and self._rules.whole:
                pipeline.watch(self._names.lock, self._names.cursor)
            if _text(self._client.get(self._names.cursor)) != expected:
                raise VersionMoved
            if self._rules.whole:
                pipeline.multi()
            if self._rules.locks:
                pipeline.set(self._names.lock, "")
            pipeline.set(self._names.cursor, self._rules.version(version))
            self._add_changes(pipeline, patch)
            pipeline.execute()

    def _add_changes(self, pipeline: Any, patch: Patch) -> None:
        """Queue the commands of a patch."""
        names, reference = self._names, self._rules.reference(patch.reference)
        add = pipeline.set if self._rules.as_text else pipeline.sadd
        for key in patch.included:
            add(names.include_key(key), reference)
        for key in patch.not_included:
            pipeline.srem(names.include_key(key), reference)
        for key in patch.excluded:
            add(names.exclude_key(key), reference)
            if self._rules.exclude_wins:
                pipeline.srem(names.include_key(key), reference)
        for key in patch.not_excluded:
            pipeline.srem(names.exclude_key(key), reference)

    def write_heartbeat(self, milliseconds: int) -> None:
        """Set the time of synchronization."""
        with self._failures():
            self._client.set(self._names.synchronized_on, str(self._rules.time(milliseconds)))

    def remove_all(self) -> None:
        """Delete every key of the database."""
        with self._failures():
            self._client.flushdb()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
