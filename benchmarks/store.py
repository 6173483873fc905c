"""Write and check large stores on a redis-server: seconds side by side, and peak memory.

`python benchmarks/store.py` writes 100,000 memberships with the writer of `storepact mock --sync` and with
one command for each of them, on the same server in turn, then checks stores of 100,000 and 1,000,000 keys.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from redis_server import free_port
from storepact.families.persistent_store.provider.sync.names import RedisNames, WritingRules
from storepact.families.persistent_store.provider.sync.redis_writer import RedisWriter
from storepact.families.persistent_store.provider.sync.writer import Patch, StoreAccess

#: Contexts of one patch.
_PATCH = 5_000

#: A program that synchronizes so many memberships, and one that checks a store: each prints its figures.
_SYNC = (
    "import sys; sys.path.insert(0, sys.argv[1]); import store; store.synchronize(*map(int, sys.argv[2:]))"
)


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """A redis-server without persistence on a free port of loopback."""
    program, port = shutil.which("redis-server"), free_port()
    if program is None:
        sys.exit("install redis-server first")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([program, *options], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            while True:
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def patches(count: int) -> Iterator[tuple[str, Patch]]:
    """Versions and patches that include so many contexts."""
    for start in range(0, count, _PATCH):
        keys = tuple(f"context-{number}" for number in range(start, min(count, start + _PATCH)))
        yield f"bench.{start // _PATCH + 1}", Patch("beta.g1", included=keys)


def synchronize(port: int, count: int) -> None:
    """Write memberships as the mock does; prints seconds and the growth of memory in MB."""
    import resource

    writer = RedisWriter({"host": "127.0.0.1", "port": str(port)}, StoreAccess(timeout=30), WritingRules())
    version = writer.read_version()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    for following, patch in patches(count):
        writer.apply(patch, following, version)
        version = following
    writer.write_heartbeat(time.time_ns() // 1_000_000)
    seconds = time.perf_counter() - started
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"seconds": seconds, "growth": growth}))


def run_sync(port: int, count: int) -> dict[str, float]:
    """The figures of `synchronize` in a process of its own, on an empty server."""
    with redis.Redis(port=port) as client:
        client.flushall()
    command = [sys.executable, "-c", _SYNC, str(Path(__file__).parent), str(port), str(count)]
    figures: dict[str, float] = json.loads(subprocess.check_output(command))
    return figures


def write_one_by_one(port: int, count: int) -> float:
    """The seconds that one command for each membership takes."""
    names = RedisNames(WritingRules())
    with redis.Redis(port=port) as client:
        client.flushall()
        started = time.perf_counter()
        for number in range(count):
            client.sadd(names.include_key(f"context-{number}"), "beta.g1")
        return time.perf_counter() - started


def check(port: int, folder: Path) -> tuple[float, float, int]:
    """Seconds and peak memory in MB of `storepact store check`, and its exit code."""
    command = [sys.executable, "-m", "storepact", "store", "check", "--redis", f"redis://127.0.0.1:{port}"]
    started = time.perf_counter()
    process = subprocess.Popen([*command, "--report-dir", str(folder)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - started, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="memberships that are written both ways")
    parser.add_argument("--large", type=int, default=1_000_000, help="memberships of the large store")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as port:
        ratios = []
        for _ in range(3):
            single, patched = write_one_by_one(port, options.count), run_sync(port, options.count)["seconds"]
            ratios.append(single / patched)
            print(
                f"{options.count:,} memberships: {single:.1f} s one by one, {patched:.1f} s as patches: "
                f"{single / patched:.1f} times faster"
            )
        print(f"median: {sorted(ratios)[1]:.1f} times faster")
        for count in (options.count, options.large):
            figures = run_sync(port, count)
            seconds, memory, code = check(port, Path(folder) / "report")
            print(
                f"{count:,} memberships: written in {figures['seconds']:.1f} s with "
                f"{figures['growth']:.0f} MB more memory; checked in {seconds:.1f} s, peak "
                f"{memory:.0f} MB, exit code {code}"
            )


if __name__ == "__main__":
    main()
