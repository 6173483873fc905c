"""Serving the mock: in this process for `storepact mock`, in a process of its own for a run."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from storepact.errors import Undetermined, UsageError

#: How a parent tells the child what must not stand in an argument list.
CONTROL_VARIABLE = "STOREPACT_MOCK_CONTROL"
TOKENS_VARIABLE = "STOREPACT_MOCK_TOKENS"
FOLLOW_VARIABLE = "STOREPACT_MOCK_FOLLOWS_STDIN"


@dataclass(frozen=True, repr=False)
class Running:
    """A mock in a process of its own. `tokens` by condition; `control` opens its back door."""

    url: str
    tokens: Mapping[str, str]
    control: str
    process: subprocess.Popen[str]

    def __repr__(self) -> str:
        return f"Running({self.url})"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def bound_socket(port: int) -> socket.socket:
    """A socket on loopback; port 0 takes a free one.

    Raises:
        UsageError: the port is taken, or not allowed.

    """
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer waits 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot listen on port {port}: {reason}; choose another with --port, or 0 for a free one") from None
    return listener


def run(app: Any, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, or until the parent goes away if it asked for that."""
    config = uvicorn.Config(app, log_config=None, log_level="warning", access_log=False, lifespan="off", server_header=False)
    host, port = listener.getsockname()
    server = _Server(config, lambda: ready(f"http://{host}:{port}"))
    if os.environ.get(FOLLOW_VARIABLE):
        threading.Thread(target=_stop_with_parent, args=(server,), daemon=True).start()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # uvicorn takes it while it serves, and throws it again afterwards
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass


def _stop_with_parent(server: uvicorn.Server) -> None:
    sys.stdin.read()
    server.should_exit = True


@contextmanager
def serve(arguments: tuple[str, ...] = (), conditions: tuple[str, ...] = ("writer", "reader")) -> Iterator[Running]:
    """A mock on a free port in a process of its own, gone when the block ends or this process does.

    Raises:
        Undetermined: it did not start.

    """
    control = secrets.token_hex(16)
    tokens = {condition: f"api-{secrets.token_hex(16)}" for condition in conditions}
    environment = {
        **os.environ,
        CONTROL_VARIABLE: control,
        TOKENS_VARIABLE: json.dumps({token: condition for condition, token in tokens.items()}),
        FOLLOW_VARIABLE: "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "storepact", "mock", "--port", "0", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready "):
            _, complaint = process.communicate(timeout=10)
            raise Undetermined(f"the mock did not start: {(line + complaint).strip().splitlines()[-1:] or 'it said nothing'}")
        yield Running(line.split()[1], tokens, control, process)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
