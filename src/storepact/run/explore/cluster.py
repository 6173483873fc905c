"""Exploration on a Dask cluster: chunks are tasks, and a task whose worker is lost runs again elsewhere."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE, Auth
from storepact.model.errors import BudgetExhausted, Undetermined, UsageError
from storepact.run.explore.chunks import Chunk
from storepact.run.explore.ledger import Queues, begin_attempt, open_ledger
from storepact.run.explore.own_mock import with_own_mock
from storepact.run.explore.pool import Pool
from storepact.run.explore.work import ChunkResult, run_chunk
from storepact.run.session import PreparedRun
from storepact.run.workers import WorkerStart, decode_start, encode_message
from storepact.transport.credentials import credentials_from

#: Seconds until a scheduler counts as not there.
TIMEOUT = 10

#: A worker with several threads does one chunk at a time: generation has state of its process.
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def open_cluster(address: str, prepared: PreparedRun) -> Iterator[Pool]:
    """The workers of a Dask cluster; tokens are never sent to it, each worker has them in its environment.

    Raises:
        UsageError: Dask is not installed, or the address is none.
        Undetermined: the scheduler does not answer, or has no worker.

    """
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise UsageError("--scheduler needs Dask: pip install 'storepact[dask]'") from None
    check_address(address)
    greet(address)
    try:
        client: Any = Client(address, timeout=TIMEOUT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError) as error:
        raise _no_scheduler(address, error) from None
    except (ValueError, TypeError):
        raise UsageError(f"--scheduler {address!r}: write the scheduler's address, tcp://HOST:8786") from None
    with client:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise Undetermined(
                f"the Dask scheduler at {address} has no worker: start `dask worker {address}`"
            )
        start = encode_message(remote_start(prepared, workers))
        ledger = open_ledger(client, requests_left(prepared), workers, prepared.clock.monotonic)
        with closing(ledger), client.get_executor(pure=False) as executor:
            function, losses = partial(explore_on_worker, ledger.queues), (KilledWorker, OSError)
            yield Pool(executor, workers, function, start, losses, ledger=ledger)


def check_address(address: str) -> None:
    """Refuse what a client of Dask could not use: it fails with a trace of its own, seconds later.

    Raises:
        UsageError: it is no address, or TLS is not configured.

    """
    from distributed.comm.addressing import get_address_host_port, parse_address
    from distributed.security import Security

    try:
        scheme = parse_address(address)[0]
        host, port = get_address_host_port(address)
    except (ValueError, TypeError):
        scheme = host = ""
        port = 0
    if not host or not 0 < port < 1 << 16:
        raise UsageError(f"--scheduler {address!r}: write the scheduler's address, tcp://HOST:8786")
    security: Any = Security
    if scheme == "tls" and security().get_connection_args("client").get("ssl_context") is None:
        raise UsageError(
            f"--scheduler {address}: tls:// needs the keys of distributed.comm.tls in Dask's settings"
        )


def greet(address: str) -> None:
    """Exchange the first messages with a scheduler, within the time for it.

    A client of Dask waits for them without an end where a server is silent, and fails in any way where it
    speaks another protocol, as its first bytes are read as lengths.

    Raises:
        Undetermined: nothing listens there, or it is no scheduler, or it does not answer in time.

    """
    logging.disable(logging.CRITICAL)  # Dask would log a traceback
    try:
        asyncio.run(_greet(address))
    except Exception as error:
        raise _no_scheduler(address, error) from None
    finally:
        logging.disable(logging.NOTSET)


async def _greet(address: str) -> None:
    from distributed.comm.core import connect
    from distributed.core import send_recv
    from distributed.security import Security

    security: Any = Security
    arguments = security().get_connection_args("client")

    async def ask() -> None:
        comm: Any = await connect(address, timeout=TIMEOUT, **arguments)  # type: ignore[no-untyped-call]
        try:
            identity: Any = await send_recv(comm, op="identity")
        finally:
            comm.abort()
        if identity["type"] != "Scheduler":
            raise ConnectionError(identity["type"])

    await asyncio.wait_for(ask(), TIMEOUT)


def _no_scheduler(address: str, error: Exception) -> Undetermined:
    return Undetermined(
        f"no Dask scheduler answers at {address} within {TIMEOUT} s ({type(error).__name__}): start "
        "`dask scheduler` and `dask worker`, or name another address"
    )


def requests_left(prepared: PreparedRun) -> int | None:
    """How many requests the preflight has left for the workers; None without a limit."""
    limits = prepared.options.limits
    if limits.max_requests is None:
        return None
    return limits.max_requests - limits.reserve - prepared.traffic.sent


def remote_start(prepared: PreparedRun, workers: int) -> WorkerStart:
    """What each task gets: no token, no file of this machine, and a worker's share of the rate."""
    options = prepared.options
    rate = options.limits.rate
    limits = replace(options.limits, rate=None if rate is None else rate / workers)
    settings, preflight = prepared.settings, prepared.preflight
    return WorkerStart(
        settings.family,
        replace(options, limits=limits, pace=None, journal=None),
        {},
        preflight and replace(preflight, token=""),
        variables={
            Auth.WRITER: settings.token_env or TOKEN_VARIABLE,
            Auth.READER: settings.reader_token_env or READER_VARIABLE,
        },
    )


def explore_on_worker(queues: Queues, start: str, chunk: Chunk) -> ChunkResult:
    """Do the work on one chunk in a worker, unless the requests of the run are used up."""
    message = decode_start(start)
    try:
        with _ONE_AT_A_TIME, begin_attempt(queues, chunk.number) as allowance:
            result = run_chunk(_with_target(message), chunk, allowance)
            if allowance is not None:
                allowance.give_back(result.evidence.traffic.requests)
            return result
    except BudgetExhausted:
        most = message.options.limits.max_requests
        return ChunkResult.without_work(chunk, f"--max-requests {most} is used up")


def _with_target(message: WorkerStart) -> WorkerStart:
    """A task's message with the tokens of this worker's environment, or with a mock of its own."""
    if message.options.is_mock:
        return with_own_mock(message)
    tokens = credentials_from(os.environ, message.options.renewal, message.variables).tokens
    return msgspec.structs.replace(message, tokens=dict(tokens))
