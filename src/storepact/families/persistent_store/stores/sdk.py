"""Read a store with LaunchDarkly's SDK for Python: metadata, memberships, and flags that depend on them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from storepact.model.values import lean_value

#: What the suite `store` needs, by the name of the module.
MODULES = ("ldclient", "redis", "boto3", "fakeredis", "moto", "flask", "flask_cors", "trustme")

#: The extra that installs all of them.
EXTRA = "storepact[store-sdk]"

_FLAG = "in-segment"


def store_lacks() -> str:
    """What the suite `store` lacks on this machine, as a sentence; empty for nothing."""
    missing = [name for name in MODULES if find_spec(name) is None]
    return f"the suite store needs {', '.join(missing)}: pip install '{EXTRA}'" if missing else ""


@lean_value(frozen=True)
class Evaluation:
    """The value of a flag for a context, and what the SDK says of the store."""

    value: bool
    status: str
    """HEALTHY, STALE, STORE_ERROR or NOT_CONFIGURED."""


@lean_value(frozen=True)
class SdkStore:
    """A store as the SDK sees it."""

    store: Any

    def last_sync_time(self) -> int | None:
        """The time of synchronization, in milliseconds since 1970."""
        time: int | None = self.store.get_metadata().last_up_to_date
        return time

    def membership(self, context_key: str) -> Mapping[str, bool]:
        """By reference of a segment, whether the context is in it."""
        digest = hashlib.sha256(context_key.encode()).digest()
        membership: Mapping[str, bool] | None = self.store.get_membership(base64.b64encode(digest).decode())
        return membership or {}


@contextmanager
def redis_reader(port: int, password: str = "", ca_file: Path | None = None) -> Iterator[SdkStore]:
    """The SDK's reader of a Redis store on loopback; with TLS, if there is a file of certificates."""
    from ldclient.integrations import Redis
    from redis.backoff import ExponentialBackoff
    from redis.exceptions import ConnectionError as ConnectionLost
    from redis.retry import Retry

    scheme = "redis" if ca_file is None else "rediss"
    # a connection that the server has closed says nothing about what it stores
    options: dict[str, Any] = {
        "retry": Retry(ExponentialBackoff(), 3),
        "retry_on_error": [ConnectionLost],
        **({"password": password} if password else {}),
    }
    if ca_file is not None:
        options["ssl_ca_certs"] = str(ca_file)
    store = Redis.new_big_segment_store(url=f"{scheme}://127.0.0.1:{port}", redis_opts=options)
    with contextlib.closing(_Stopped(store)):
        yield SdkStore(store)


@contextmanager
def dynamodb_reader(table: str, options: Mapping[str, str]) -> Iterator[SdkStore]:
    """The SDK's reader of a table."""
    from ldclient.integrations import DynamoDB

    store = DynamoDB.new_big_segment_store(table, dynamodb_opts=dict(options))
    with contextlib.closing(_Stopped(store)):
        yield SdkStore(store)


@lean_value(frozen=True)
class _Stopped:
    store: Any

    def close(self) -> None:
        self.store.stop()


def evaluate(
    store: SdkStore, segment: str, generation: int, context_keys: Sequence[str]
) -> dict[str, Evaluation]:
    """Evaluate a flag that is true for the contexts in a big segment, from a file of flags."""
    from ldclient import Context, LDClient
    from ldclient.config import BigSegmentsConfig, Config
    from ldclient.integrations import Files

    with TemporaryDirectory(prefix="storepact-") as folder:
        path = Path(folder) / "flags.json"
        path.write_text(json.dumps(_flags(segment, generation)), encoding="utf-8")
        config = Config(
            "sdk-00000000-0000-4000-8000-000000000000",
            update_processor_class=Files.new_data_source(paths=[str(path)]),
            send_events=False,
            diagnostic_opt_out=True,
            big_segments=BigSegmentsConfig(store=store.store),
        )
        with contextlib.closing(LDClient(config)) as client:
            results = {}
            for key in context_keys:
                detail = client.variation_detail(_FLAG, Context.create(key), False)
                status = str((detail.reason or {}).get("bigSegmentsStatus", ""))
                results[key] = Evaluation(bool(detail.value), status)
            return results


def _flags(segment: str, generation: int) -> dict[str, Any]:
    rule = {
        "id": "rule",
        "variation": 1,
        "clauses": [{"attribute": "", "op": "segmentMatch", "values": [segment]}],
    }
    flag = {
        "key": _FLAG,
        "version": 1,
        "on": True,
        "salt": "storepact",
        "variations": [False, True],
        "fallthrough": {"variation": 0},
        "offVariation": 0,
        "rules": [rule],
    }
    big = {"key": segment, "version": 1, "unbounded": True, "generation": generation}
    return {"flags": {_FLAG: flag}, "segments": {segment: big}}
