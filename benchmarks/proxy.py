# ruff: noqa: E501
"""`storepact proxy` beside direct calls: the median of one client after the other, and requests per second of many.

The provider is a few lines of aiohttp in a process of its own; everything shares the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from aiohttp import ClientSession, TCPConnector, web

BASE = "/api/v2/integration-capabilities/big-segment-store"
ID = "0123456789abcdef01234567"
PATH = f"{BASE}/default/test/redis/{ID}"
ITEM = {
    "_id": ID, "integrationKey": "redis", "projectKey": "default", "environmentKey": "test",
    "config": {"host": "redis.example.com", "port": "6379"}, "on": False, "tags": ["a"], "name": "Orders",
    "version": 1, "_status": {},
    "_links": {name: {"href": PATH, "type": "application/json"} for name in ("self", "parent", "project", "environment")},
}  # fmt: skip
HEADERS = {"Authorization": "api-token-of-benchmark", "LD-API-Version": "beta"}


def provider(port: int) -> None:
    """Answer every request with one integration."""
    body = json.dumps(ITEM).encode()

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async def run() -> None:
        runner = web.ServerRunner(web.Server(answer, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(run())


async def load(url: str, clients: int, count: int) -> tuple[list[float], float]:
    """Milliseconds of each request, and requests per second."""
    times: list[float] = []

    async def client(session: ClientSession) -> None:
        for _ in range(count // clients):
            started = time.perf_counter()
            async with session.get(url + PATH, headers=HEADERS) as response:
                await response.read()
            times.append((time.perf_counter() - started) * 1_000)

    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        async with session.get(url + PATH, headers=HEADERS) as response:
            await response.read()
        started = time.perf_counter()
        await asyncio.gather(*(client(session) for _ in range(clients)))
        seconds = time.perf_counter() - started
    return times, len(times) / seconds


def main() -> None:
    """Measure both in turn, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    server = multiprocessing.Process(target=provider, args=(18_923,), daemon=True)
    server.start()
    time.sleep(1)
    direct = "http://127.0.0.1:18923"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "storepact", "proxy", "--target", direct, "--port", "18924"]
        process = subprocess.Popen([*command, "--report-dir", folder], stdout=subprocess.PIPE, text=True)
        print(process.stdout.readline().strip())
        added, rates = [], []
        for _ in range(options.pairs):
            alone, _ = asyncio.run(load(direct, 1, options.requests // 2))
            through, _ = asyncio.run(load("http://127.0.0.1:18924", 1, options.requests // 2))
            added.append(statistics.median(through) - statistics.median(alone))
            _, rate = asyncio.run(load("http://127.0.0.1:18924", 16, options.requests))
            _, rate_alone = asyncio.run(load(direct, 16, options.requests))
            rates.append((rate, rate_alone))
            print(
                f"median +{added[-1]:.2f} ms; {rate:,.0f} requests per s through it, {rate_alone:,.0f} directly"
            )
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate()
        print(output.strip().splitlines()[-1], f"({time.monotonic() - started:.1f} s after the end)")
    server.kill()
    print(
        f"at the median {statistics.median(added):.2f} ms more; {max(rate for rate, _ in rates):,.0f} requests per s"
    )


if __name__ == "__main__":
    main()
