"""Check a store: read it as an SDK would, and make the record and the reports of it."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from storepact import pacts
from storepact.checks.judgement import make_finding
from storepact.engines.profiles import without_cases
from storepact.engines.run_log import RunLog
from storepact.families.persistent_store.stores.dynamodb_access import DynamoDBAccess
from storepact.families.persistent_store.stores.dynamodb_store import DynamoDBStore
from storepact.families.persistent_store.stores.judge import StoreObservation
from storepact.families.persistent_store.stores.redis_access import RedisAccess
from storepact.families.persistent_store.stores.redis_store import RedisStore
from storepact.model.counts import many
from storepact.model.outcome import STORE, OutcomeKind, Status
from storepact.model.values import lean_value
from storepact.openapi.load import load_document
from storepact.record.acceptance import load_acceptances
from storepact.record.recorder import Recorder
from storepact.record.values import Outcome
from storepact.record.values.base import STORE_PROFILE
from storepact.run.clock import Clock
from storepact.run.engine_options import engine_options
from storepact.run.finish import FinishedRun, finish_without_target
from storepact.run.progress import print_notice
from storepact.run.session import PreparedRun
from storepact.run.settings import Settings
from storepact.transport.credentials import Credentials

#: The text that stands for a secret in what is printed.
MASK = "********"


@lean_value(frozen=True)
class Extent:
    """How much of a store is read, and whether it is written to."""

    sample: int
    """Sets of memberships that are read."""
    is_writer: bool
    """Whether the user is the writer's, not that of an SDK."""
    write_probe: bool


@lean_value(frozen=True)
class StoreChecked:
    """The result of a check: the run, and what is known of the server."""

    access: RedisAccess | DynamoDBAccess
    run: FinishedRun
    server: str
    sampled: int
    """Sets of memberships that were read."""


def describe_target(access: RedisAccess | DynamoDBAccess) -> str:
    """The store in words, without user and password."""
    if isinstance(access, RedisAccess):
        parts = urlsplit(access.url)
        return f"{parts.scheme}://{access.endpoint}/{access.database} below {access.prefix}:"
    return f"dynamodb table {access.table}" + (f" below {access.prefix}:" if access.prefix else "")


def request_body(access: RedisAccess | DynamoDBAccess, role_arn: str | None = None) -> str:
    """The body of a create for this store as JSON, its secrets masked."""
    config: dict[str, object]
    if isinstance(access, RedisAccess):
        endpoint = access.endpoint
        config = {"host": endpoint.host, "port": str(endpoint.port), "tlsEnabled": endpoint.tls}
        config |= {"username": access.user} if access.user else {}
        config |= {"password": MASK} if access.password else {}
    else:
        config = {"tableName": access.table, "region": access.region or "", "roleArn": role_arn or MASK}
    return json.dumps({"name": "my store", "on": False, "config": config, "tags": []}, indent=2)


def check_store(
    access: RedisAccess | DynamoDBAccess, extent: Extent, report_dir: Path, accepted: Path | None = None
) -> StoreChecked:
    """Read a store, judge it, write the record and the reports.

    Raises:
        StoreUnreachable: the store cannot be read; the message names the repair.
        UsageError: the address is wrong.
        ReportFolderUnusable: the reports cannot be written.

    """
    clock = Clock()
    target = describe_target(access)
    settings = Settings(
        target=target, report_dir=report_dir, accepted=accepted, allow_writes=extent.write_probe
    )
    with closing(RedisStore(access) if isinstance(access, RedisAccess) else DynamoDBStore(access)) as store:
        observations = _observe(store, extent)
    document, recorder = load_document(settings.document_path), Recorder()
    log = RunLog(recorder, document, pacts.Impact((), document), Credentials(), shrinks=False)
    for code, observation in observations:
        log.record(make_finding(code, observation, source=STORE, operation=STORE, api=settings.api.api))
    _record_gaps(recorder, store, extent)
    recorder.outcomes.append(_outcome(target, clock.seconds, store.undecided, failed=bool(observations)))
    prepared = PreparedRun(
        settings=settings,
        document=document,
        contracts=(),
        options=engine_options(settings, target, profile=without_cases(STORE_PROFILE)),
        credentials=Credentials(),
        acceptances=load_acceptances(settings.accepted_path),
        clock=clock,
    )
    run = finish_without_target(prepared, recorder, is_selection=True)
    return StoreChecked(access, run, store.server, store.sampled)


def _observe(store: RedisStore | DynamoDBStore, extent: Extent) -> list[StoreObservation]:
    now = time.time_ns() // 1_000_000
    observations = list(store.judge(now, extent.sample, writer=extent.is_writer, progress=_print_progress))
    if extent.write_probe:
        observations += store.probe_writes()
    return observations


def _print_progress(names: int) -> None:
    """Say how many names were read, at every hundred thousand."""
    if names and names % 100_000 == 0:
        print_notice(f"read {names:,} names")


def _outcome(target: str, seconds: float, undecided: str, *, failed: bool) -> Outcome:
    status, reason = Status.PASSED, undecided
    if failed:
        status, reason = Status.FAILED, "findings in the store"
    elif undecided:
        status = Status.UNDETERMINED
    return Outcome(
        suite=STORE,
        name=f"{STORE}: {target}",
        status=status,
        reason=reason,
        seconds=round(seconds, 3),
        operation=STORE,
        kind=OutcomeKind.STORE,
    )


def _record_gaps(recorder: Recorder, store: RedisStore | DynamoDBStore, extent: Extent) -> None:
    if store.undecided:
        recorder.cannot_verify("memberships", store.undecided)
    if store.unread:
        recorder.cannot_verify(store.unread, "not in the sample (--sample)")
    if extent.is_writer and not extent.write_probe:
        recorder.cannot_verify("writes", "nothing is written without --write-probe")


def describe_store(checked: StoreChecked, role_arn: str | None = None) -> str:
    """What was read, and the body of a create for this store."""
    return (
        f"{checked.server}; {many(checked.sampled, 'set')} of memberships read\n"
        f"The body of a create for this store:\n{request_body(checked.access, role_arn)}\n"
    )
