"""Redis servers for tests: the real one where it is installed, fakeredis's TCP server where any will do."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

#: Seconds within which a server has to answer; reached on a broken machine only.
START = 60.0


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    name: str

    @property
    def url(self) -> str:
        """Its address without TLS."""
        return f"redis://127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)  # between two attempts to connect
    raise AssertionError(f"redis-server did not listen within {START} s")


@contextlib.contextmanager
def real_redis(folder: Path, *options: str, tls: bool = False, port: int = 0) -> Iterator[Server]:
    """A redis-server on a free port of loopback, without persistence; skips where it is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port, log = port or free_port(), folder / "redis.log"
    ports = ("--port", "0", "--tls-port", str(port)) if tls else ("--port", str(port))
    command = [program, *ports, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        try:
            _wait(process, port, log)
            yield Server(port, "redis-server")
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def fake_redis() -> Iterator[Server]:
    """The TCP server of fakeredis on a free port of loopback."""
    from fakeredis import TcpFakeServer

    port = free_port()
    server = TcpFakeServer(("127.0.0.1", port), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Server(port, "fakeredis")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
