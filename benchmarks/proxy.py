# ruff: noqa: E501, D102
"""`storepact proxy` beside direct calls: the median of one client after the other, and requests per second of many.

Provider and clients are a few lines each, on plain protocols and uvloop, so that neither is what is measured:
the rate of direct calls is the ceiling. Everything shares the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import uvloop

BASE = "/api/v2/integration-capabilities/big-segment-store"
ID = "0123456789abcdef01234567"
PATH = f"{BASE}/default/test/redis/{ID}"
ITEM = {
    "_id": ID, "integrationKey": "redis", "projectKey": "default", "environmentKey": "test",
    "config": {"host": "redis.example.com", "port": "6379"}, "on": False, "tags": ["a"], "name": "Orders",
    "version": 1, "_status": {},
    "_links": {name: {"href": href, "type": "application/json"} for name, href in (
        ("self", PATH), ("parent", BASE), ("project", "/api/v2/projects/default"),
        ("environment", "/api/v2/projects/default/environments/test"),
    )},
}  # fmt: skip
REQUEST = (
    f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: api-token-of-benchmark\r\nLD-API-Version: beta\r\n"
    "Accept: */*\r\nUser-Agent: benchmark/1.0\r\n\r\n"
).encode()
BODY = json.dumps(ITEM).encode()
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
)


class Provider(asyncio.Protocol):
    """Answers every request with one integration."""

    def connection_made(self, transport):
        self.transport, self.data = transport, b""

    def data_received(self, data):
        self.data += data
        count = self.data.count(b"\r\n\r\n")
        if count:
            self.data = b""
            self.transport.write(RESPONSE * count)


def provider(port: int) -> None:
    """Answer until the process is ended."""

    async def run() -> None:
        await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port)
        await asyncio.Event().wait()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(run())


class Client(asyncio.Protocol):
    """Sends one request after the other, and notes how long each took."""

    def __init__(self, count: int, times: list[float]) -> None:
        self.left, self.times = count, times
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.send()

    def send(self):
        self.size, self.started = 0, time.perf_counter()
        self.transport.write(REQUEST)

    def data_received(self, data):
        self.size += len(data)
        if self.size < len(RESPONSE):
            return
        self.times.append((time.perf_counter() - self.started) * 1_000)
        self.left -= 1
        if self.left:
            self.send()
        else:
            self.transport.close()
            self.done.set_result(None)

    def connection_lost(self, error):
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the connection was closed"))


async def load(port: int, clients: int, count: int) -> tuple[list[float], float]:
    """Milliseconds of each request, and requests per second."""
    times: list[float] = []
    loop, started = asyncio.get_running_loop(), time.perf_counter()
    connections = [
        await loop.create_connection(lambda: Client(count // clients, times), "127.0.0.1", port)
        for _ in range(clients)
    ]
    await asyncio.gather(*(client.done for _, client in connections))
    return times, len(times) / (time.perf_counter() - started)


def main() -> None:
    """Measure both in turn, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    server = multiprocessing.Process(target=provider, args=(18_923,), daemon=True)
    server.start()
    time.sleep(1)
    direct, relayed = 18_923, 18_924
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "storepact", "proxy", "--target", f"http://127.0.0.1:{direct}"]
        command += ["--port", str(relayed), "--report-dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        print(process.stdout.readline().strip())
        added, rates = [], []
        for _ in range(options.pairs):
            alone, _ = uvloop.run(load(direct, 1, options.requests // 2))
            through, _ = uvloop.run(load(relayed, 1, options.requests // 2))
            added.append(statistics.median(through) - statistics.median(alone))
            _, rate = uvloop.run(load(relayed, 16, options.requests))
            _, rate_alone = uvloop.run(load(direct, 16, options.requests))
            rates.append(rate)
            print(
                f"median +{added[-1]:.2f} ms; {rate:,.0f} requests per s through it, {rate_alone:,.0f} directly"
            )
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(output.strip().splitlines()[-1], f"({time.monotonic() - started:.1f} s after the end)")
    server.kill()
    print(f"at the median {statistics.median(added):.2f} ms more; {max(rates):,.0f} requests per s")
    print(f"{used.ru_utime + used.ru_stime:.1f} s of CPU for relaying and judging, the start included")


if __name__ == "__main__":
    main()
