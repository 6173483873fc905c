"""Measures the mock: beside Prism's, request for request, and what a create and a start cost.

    npm install @stoplight/prism-cli
    python benchmarks/mock_speed.py --prism node_modules/.bin/prism
    python benchmarks/mock_speed.py                  # without Prism: only our own figures

Both servers listen on loopback and get the same requests from the same load tool (eight connections, each
sends its next request when it has the response to the last one), in turn, A B A B. Prism gets a copy of the
document whose list has 20 integrations, so that both lists are as long. Run it with the interpreter of an
environment that has storepact in it.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from storepact.mock.options import MockOptions
from storepact.mock.serve import RunningMock, serve

DOCUMENT = Path(__file__).resolve().parent.parent / "openapi" / "persistent-store-integrations.yaml"
BASE = "/api/v2/integration-capabilities/big-segment-store"
BODY = json.dumps(
    {"name": "orders", "config": {"host": "redis.example.com", "password": "an-example-only"}}
).encode()
CONNECTIONS = 8


@dataclass(frozen=True)
class Load:
    """The speed of one server: responses per second, and the 99th percentile of a request in ms."""

    rate: float
    p99: float


class Client(asyncio.Protocol):
    """One connection in a closed loop; reads Content-Length and chunked responses."""

    def __init__(self, request: bytes, times: list[float], until: float, done: asyncio.Future[None]) -> None:
        self.request, self.times, self.until, self.done = request, times, until, done
        self.buffer = b""
        self.began = 0.0
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self._send()

    def _send(self) -> None:
        assert self.transport is not None
        if time.perf_counter() > self.until:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Send the next request when the response is complete."""
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0:
            length = int(lower[at + 15 :].partition(b"\r\n")[0])
            if len(body) < length:
                return
        elif not body.endswith(b"0\r\n\r\n"):
            return
        if head[9:10] != b"2" and not self.done.done():
            self.done.set_exception(RuntimeError(f"response {head[:40]!r}: {body[:200]!r}"))
            return
        self.times.append(time.perf_counter() - self.began)
        self.buffer = b""
        self._send()


def measure_load(url: str, request: bytes, seconds: float) -> Load:
    """Send one request to a server, again and again, for some seconds."""

    async def run() -> list[float]:
        loop, times = asyncio.get_running_loop(), list[float]()
        parts, until = urlsplit(url), time.perf_counter() + seconds
        ends = [loop.create_future() for _ in range(CONNECTIONS)]
        for end in ends:
            await loop.create_connection(
                lambda end=end: Client(request, times, until, end), parts.hostname, parts.port
            )
        await asyncio.gather(*ends)
        return times

    times = asyncio.run(run())
    return Load(len(times) / seconds, statistics.quantiles(times, n=100)[98] * 1000)


def encode_request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """Return a request as bytes."""
    more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: mock\r\nAuthorization: {token}\r\n"
        f"LD-API-Version: beta\r\n{more}\r\n".encode()
        + body
    )


def send(url: str, request: tuple[str, str, bytes], token: str) -> tuple[int, bytes]:
    """Send one request; returns its status and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = {"Authorization": token, "LD-API-Version": "beta", "Content-Type": "application/json"}
    method, path, body = request
    connection.request(
        method,
        path,
        body or None,
        headers if body else {k: v for k, v in headers.items() if k != "Content-Type"},
    )
    response = connection.getresponse()
    result = response.status, response.read()
    connection.close()
    return result


@contextmanager
def prism(program: str, document: Path) -> Iterator[tuple[str, float]]:
    """Run Prism's mock on a free port; yields its URL and the seconds from start to first response."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [program, "mock", "-h", "127.0.0.1", "-p", str(port), str(document)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        yield url, first_response(url, began, process)
    finally:
        process.terminate()
        process.wait()


def first_response(url: str, began: float, process: subprocess.Popen[bytes]) -> float:
    """Return the seconds from `began` to the first response of any kind."""
    while process.poll() is None:
        try:
            send(url, ("GET", BASE, b""), "x")
            return time.perf_counter() - began
        except OSError:
            time.sleep(0.005)
    raise SystemExit("the server ended before its first response")


def start_seconds() -> float:
    """Return the seconds from the start of `storepact mock` to its first response."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "storepact", "mock", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return first_response(f"http://127.0.0.1:{port}", began, process)
    finally:
        process.terminate()
        process.wait()


def with_list_of(count: int, folder: Path) -> Path:
    """Return a copy of the document whose list example has that many integrations."""
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    media = document["paths"][BASE]["get"]["responses"]["200"]["content"]["application/json"]
    items = media["examples"]["one"]["value"]["items"]
    media["examples"]["one"]["value"]["items"] = [items[0]] * count
    path = folder / "document.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def fill(running: RunningMock, count: int) -> str:
    """Create integrations; returns the path of the last one."""
    parts = urlsplit(running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = {**running.headers(), "Content-Type": "application/json"}
    path = ""
    for _ in range(count):
        connection.request("POST", f"{BASE}/default/test/redis", BODY, headers)
        path = json.loads(connection.getresponse().read())["_links"]["self"]["href"]
    connection.close()
    return str(path)


def create_ms(running: RunningMock, count: int) -> float:
    """Return the median of that many creates over one connection, in ms."""
    parts = urlsplit(running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = {**running.headers(), "Content-Type": "application/json"}
    times = []
    for _ in range(count):
        began = time.perf_counter()
        connection.request("POST", f"{BASE}/default/test/redis", BODY, headers)
        connection.getresponse().read()
        times.append(time.perf_counter() - began)
    connection.close()
    return statistics.median(times) * 1000


def compare_with_prism(program: str, rounds: int, seconds: float) -> None:
    """Print the table of both servers."""
    print(
        "| request | ours, requests/s | Prism, requests/s | ratio "
        "| ours, p99 ms | Prism, p99 ms | bytes, ours / Prism |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        running = stack.enter_context(serve())
        prism_url, start = stack.enter_context(prism(program, with_list_of(20, Path(folder))))
        path = fill(running, 20)
        token = running.tokens["writer"]
        requests = {
            "get by id": ("GET", path, b""),
            "list of 20": ("GET", BASE, b""),
            "create": ("POST", f"{BASE}/default/test/redis", BODY),
        }
        for name, request in requests.items():
            sizes = [len(send(url, request, token)[1]) for url in (running.url, prism_url)]
            results: dict[str, list[Load]] = {running.url: [], prism_url: []}
            for _ in range(rounds):
                for url, loads in results.items():
                    loads.append(
                        measure_load(url, encode_request(request[0], request[1], token, request[2]), seconds)
                    )
            ours, theirs = (_medians(loads) for loads in results.values())
            print(
                f"| {name} | {ours.rate:,.0f} | {theirs.rate:,.0f} | {ours.rate / theirs.rate:.1f} "
                f"| {ours.p99:.1f} | {theirs.p99:.1f} | {sizes[0]:,} / {sizes[1]:,} |",
                flush=True,
            )
    print(f"\nPrism's start to its first response: {start:.1f} s")


def _medians(loads: list[Load]) -> Load:
    return Load(statistics.median(load.rate for load in loads), statistics.median(load.p99 for load in loads))


def cost_of_create(rounds: int) -> None:
    """Print the cost of a create beside 10 and beside 10,000 integrations, in memory and in a file."""
    with tempfile.TemporaryDirectory() as folder:
        for storage, options in (
            ("in memory", (MockOptions(), MockOptions())),
            ("in a file", [MockOptions(data=Path(folder, f"{n}.db")) for n in (1, 2)]),
        ):
            with serve(options[0]) as few, serve(options[1]) as many:
                fill(few, 10)
                fill(many, 10_000)
                pairs = []
                for _ in range(rounds):
                    pairs.append((create_ms(few, 50), create_ms(many, 50)))
                    few.reset()
                    fill(few, 10)
                low, high = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
                print(
                    f"a create {storage}: {low:.2f} ms beside 10, {high:.2f} ms beside 10,000; "
                    f"ratio {high / low:.2f}",
                    flush=True,
                )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--prism", default="prism", help="the program; without it only our own figures are measured"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="of load, for each server, request and round"
    )
    options = parser.parse_args()
    program = shutil.which(options.prism)
    if program is None:
        print(
            f"there is no {options.prism}: npm install @stoplight/prism-cli, "
            "then --prism node_modules/.bin/prism\n"
        )
    else:
        compare_with_prism(program, options.rounds, options.seconds)
    print(
        f"start to first response: {statistics.median(start_seconds() for _ in range(5)):.2f} s (median of 5)"
    )
    cost_of_create(8)


if __name__ == "__main__":
    main()
